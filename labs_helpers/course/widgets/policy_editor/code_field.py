"""A field for a policy's text, based on CodeMirror 6. Its browser part is editor_js, built into one module.

The browser part requests information about policies from Python: a message `{"id", "ask", "before"}` results in a call
of `ask(question, before)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT, Problem
from labs_helpers.course.widgets.text_controls import AnyText

_MODULE = Path(__file__).parent / "editor_js" / "built" / "editor.js"
_SHOWN = 200


class CodeField(AnyText, anywidget.AnyWidget):  # type: ignore[misc]  # anywidget has no types
    """The field for a policy's text. `ready` becomes True when a browser displays the field.

    `edition` counts edits, so that marks for an outdated text are discarded.
    """

    _esm = _MODULE.read_text(encoding="utf-8")
    value = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    placeholder = traitlets.Unicode("").tag(sync=True)
    edition = traitlets.Int(0).tag(sync=True)
    original = traitlets.Unicode("").tag(sync=True)
    """The text that the current text is compared with, or empty for no comparison."""
    marks = traitlets.Dict({"edition": 0, "problems": []}).tag(sync=True)
    ready = traitlets.Bool(False).tag(sync=True)

    def __init__(self, ask: Callable[[str, str], dict[str, Any]], **traits: Any) -> None:
        super().__init__(**traits)
        self._ask = ask
        self.on_msg(self._answer)

    def mark(self, problems: Sequence[Problem]) -> None:
        """Underline the first 200 problems in the current text."""
        listed = [asdict(each) for each in problems[:_SHOWN]]
        self.marks = {"edition": self.edition, "problems": listed}

    def _answer(self, _: object, message: object, __: object) -> None:
        """Answer a question of the browser and ignore any other message."""
        if not isinstance(message, dict):
            return
        question, before = message.get("ask"), message.get("before", "")
        if not isinstance(question, str) or not isinstance(before, str) or len(before) > MAX_TEXT:
            return
        self.send({"id": message.get("id"), **self._ask(question, before)})
