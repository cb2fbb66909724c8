"""The card of a prediction, in a notebook with ipywidgets: a button for each choice, and a line below the buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets

from labs_helpers.course.learner.asked import keys_of
from labs_helpers.course.lesson.option_buttons import OptionButtons, card
from labs_helpers.course.shown.look import Verdict, escaped

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Demo


class PredictionCard:
    """The choices of a question as buttons. Once the result has been seen, the card marks the right one.

    `chosen`: called with the letter of the choice whose button was pressed.
    """

    def __init__(self, demo: Demo, chosen: Callable[[str], None]) -> None:
        self._demo, self._predicted = demo, ""
        self.said = ipywidgets.HTML()
        self._keys = ipywidgets.HTML(f'<p class="dim keys">{escaped(keys_of(demo.choices))}</p>')
        self._buttons = OptionButtons(chosen)
        self._buttons.ask(demo.choices)
        row = ipywidgets.HBox([self.said, self._keys])
        row.add_class("labs-onward")
        self.view = card(self._buttons.view, row)
        # The stylesheet shows the options once: as buttons, not also in the list of the cell above. Screen readers
        # still read the list, and it is there on paper, in exports, and in editors other than JupyterLab.
        self.view.add_class("labs-predict")

    def commit(self, letter: str) -> None:
        """Mark a choice as the learner's prediction."""
        self._say("Your prediction is noted. Now run the next cell.")
        for each in self._demo.choices:
            mine = each == letter
            self._buttons.mark(each, Verdict.NOTE if mine else None, "your prediction" if mine else "")

    def reveal(self, letter: str) -> None:
        """Mark the learner's prediction and the right choice, after the result."""
        self._predicted = letter
        self._judge(letter, "your prediction")
        self._say("You were right." if letter == self._demo.right else f"The answer was {self._demo.right}.")

    def refuse(self, letter: str) -> None:
        """Mark the right choice. If no prediction is marked, also mark the choice that was made after the result."""
        if not self._predicted:
            self._judge(letter, "your answer")
        late = "This choice came after the result, so it isn't a prediction."
        self._say(f"{late} The answer was {self._demo.right}.")

    def _judge(self, letter: str, own: str) -> None:
        self._keys.value = ""
        for each in self._demo.choices:
            word = own if each == letter else "right" if each == self._demo.right else ""
            verdict = Verdict.YES if each == self._demo.right else Verdict.NO
            self._buttons.mark(each, verdict if word else None, word)

    def _say(self, line: str) -> None:
        self.said.value = f'<p role="status">{escaped(line)}</p>'
