"""Buttons with whole sentences as choices, which show the right choice and the learner's after one was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets

_RIGHT, _WRONG = "good", "bad"


class OptionButtons(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A button for each choice, by its letter. `on_choice` is called with the letter of the button that was pressed.

    The number of choices is fixed, so that the focus stays on a button when other choices are shown.
    """

    def __init__(self, letters: str, on_choice: Callable[[str], object]) -> None:
        self.buttons = {
            letter: ipywidgets.Button(layout={"width": "100%", "height": "auto"}) for letter in letters
        }
        for letter, button in self.buttons.items():
            button.add_class("labs-option")
            button.on_click(lambda _, letter=letter: on_choice(letter))
        super().__init__(list(self.buttons.values()), layout={"width": "99%"})
        self.add_class("labs")

    def offer(self, choices: Mapping[str, str], right: str = "", chosen: str | None = None) -> None:
        """Show these choices and, if one was chosen, mark it and the right one in words and by their tints."""
        for letter, button in self.buttons.items():
            for tint in (_RIGHT, _WRONG):
                button.remove_class(tint)
            button.description = f"{letter}) {choices[letter]}"
            if chosen is None:
                continue
            if letter == right:
                button.description += " ✓ your choice, and the best" if letter == chosen else " ✓ the best"
                button.add_class(_RIGHT)
            elif letter == chosen:
                button.description += " ✗ your choice"
                button.add_class(_WRONG)
