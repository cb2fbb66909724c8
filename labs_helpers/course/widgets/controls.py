"""Text controls that take any text a browser sends."""

from __future__ import annotations

from typing import Any

import ipywidgets


class AnyText:
    """ipywidgets drops a text that is no UTF-8, half of a surrogate pair: here it arrives as an escape."""

    def set_state(self, sync_data: dict[str, Any]) -> None:
        if isinstance(sync_data.get("value"), str):
            sync_data = {**sync_data, "value": writable(sync_data["value"])}
        super().set_state(sync_data)  # type: ignore[misc]


class Area(AnyText, ipywidgets.Textarea):
    pass


class Choice(AnyText, ipywidgets.Combobox):
    pass


class Line(AnyText, ipywidgets.Text):
    pass


def writable(text: str) -> str:
    """Text that can be sent to a browser: what is no character (half of a surrogate pair) is written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
