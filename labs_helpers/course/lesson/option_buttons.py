"""Buttons with the text of a question's options, in a notebook with ipywidgets.

The keys for an option's letter and number also press its button.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from labs_helpers.course.shown.display import break_long_words, inline, soft
from labs_helpers.course.shown.look import STYLE, Verdict
from labs_helpers.course.shown.look.keyboard import keys
from labs_helpers.course.shown.printable import clean

_LAYOUT = {"width": "auto"}
_SHORT = 16
"""Options share a row if none has more characters than this."""


class OptionButtons:
    """A column of buttons, one per option, each with a line below it for the reason.

    `chosen`: called with the letter of the option whose button was pressed.
    """

    def __init__(self, chosen: Callable[[str], None]) -> None:
        self._chosen = chosen
        self._buttons: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._reasons: dict[str, Any] = {}
        self._is_scale = False
        self._column = ipywidgets.VBox(layout=_LAYOUT)
        self._column.add_class("labs-options")
        self.view = ipywidgets.VBox([self._column], layout={"width": "100%"})
        self.view.add_class("labs")

    def ask(self, options: Mapping[str, str], *, has_reasons: bool = False, is_scale: bool = False) -> None:
        """Show other options, without marks. Existing buttons are reused, so that they keep the focus.

        Short options are in one row, unless each has a reason to show below it. The steps of a scale have no letters.
        """
        for letter in options:
            if letter in self._buttons:
                continue
            self._buttons[letter] = self._button(letter)
            self._reasons[letter] = ipywidgets.HTML()
        self._texts, self._is_scale = dict(options), is_scale
        for letter, text in options.items():
            self.mark(letter, None, text)
        in_row = not has_reasons and all(len(text) <= _SHORT for text in options.values())
        (self._column.add_class if in_row else self._column.remove_class)("labs-row")
        (self._column.add_class if is_scale else self._column.remove_class)("labs-scale")
        parts = [part for letter in options for part in (self._buttons[letter], self._reasons[letter])]
        if list(self._column.children) != parts:
            self._column.children = parts

    def mark(self, letter: str, verdict: Verdict | None, word: str = "", reason: str = "") -> None:
        """Mark an option by sign, word, and color, and show its reason below it; None removes the mark."""
        button, tints = self._buttons[letter], {each.tint for each in Verdict}
        for tint in (*tints, "tinted"):
            button.remove_class(tint)
        text = _plain(clean(self._texts[letter]))
        text = text if self._is_scale else f"{letter}) {soft(text)}"
        button.description = text
        if verdict is not None:
            button.add_class(verdict.tint)
            button.add_class("tinted")
            # On a wide scale, the word is on a line of its own, for which each button has room.
            button.description = f"{verdict.sign} {text}" + (
                f"{chr(10) if self._is_scale else ' '}({word})" if word else ""
            )
        tint = verdict.tint if verdict is not None else ""
        told = f'<p class="reason {tint}">{break_long_words(inline(clean(reason)))}</p>' if reason else ""
        self._reasons[letter].value = told

    def _button(self, letter: str) -> Any:
        button = ipywidgets.Button(description=letter, layout=_LAYOUT)
        button.on_click(lambda _: self._chosen(letter))
        return button


def _plain(text: str) -> str:
    """Return a text without marks of code, which a button can't show. A word that is code gets quotation marks."""
    return re.sub(
        "`([a-z]+)`", "\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}", text
    ).replace("`", "")


def card(*parts: Any, max_width: str = "62em") -> Any:
    """Return widgets as one card, in which keys press buttons and JupyterLab's shortcuts are off."""
    inner = ipywidgets.VBox(
        [ipywidgets.HTML(STYLE), *parts], layout={"width": "100%", "max_width": max_width}
    )
    inner.add_class("labs")
    inner.add_class("labs-question")
    view = ipywidgets.VBox([inner, keys()])
    view.add_class("labs-widget")
    return view
