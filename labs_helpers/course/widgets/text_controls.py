"""Text controls that accept any text that a browser sends."""

from __future__ import annotations

from typing import Any

import ipywidgets


class AnyText:
    """A mixin for text that isn't valid Unicode (half of a surrogate pair), which ipywidgets would discard.

    The invalid parts of such text are replaced by escapes.
    """

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Set the state, after escaping any invalid text in it."""
        if isinstance(sync_data.get("value"), str):
            sync_data = {**sync_data, "value": writable(sync_data["value"])}
        super().set_state(sync_data)  # type: ignore[misc]


class Area(AnyText, ipywidgets.Textarea):  # type: ignore[misc]  # ipywidgets has no types
    """A text area that accepts any text."""


class Choice(AnyText, ipywidgets.Combobox):  # type: ignore[misc]
    """A combobox that accepts any text."""


class Line(AnyText, ipywidgets.Text):  # type: ignore[misc]
    """A text field that accepts any text."""


def labeled_above(control: Any) -> Any:
    """Return a control that fills the width of its place, with its label above it."""
    control.layout = {
        "flex_flow": "column", "align_items": "stretch", "height": "auto", "width": "calc(100% - 4px)",
    }  # fmt: skip
    control.add_class("labs-stacked")
    return control


def writable(text: str) -> str:
    """Return text that can be sent to a browser: half of a surrogate pair becomes an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
