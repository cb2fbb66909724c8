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
    """The choices of a question as buttons. They show the prediction, and the result shows whether it was right.

    If the learner made no prediction but makes a choice after the result, the card shows whether it is right.

    `chosen`: called with the letter of the choice whose button was pressed.
    """

    def __init__(self, demo: Demo, chosen: Callable[[str], None]) -> None:
        self._demo, self._predicted, self._is_final = demo, "", False
        self.said = ipywidgets.HTML()
        self._keys = ipywidgets.HTML(f'<p class="dim keys">{escaped(keys_of(demo.choices))}</p>')
        self._buttons = OptionButtons(chosen)
        self._buttons.ask(demo.choices)
        row = ipywidgets.HBox([self.said, self._keys])
        row.add_class("labs-onward")
        self.view = card(self._buttons.view, row, max_width="none")
        # The stylesheet shows the options once: as buttons, not also in the list of the cell above. Screen readers
        # still read the list, and it is there on paper, in exports, and in editors other than JupyterLab.
        self.view.add_class("labs-predict")

    def commit(self, letter: str) -> None:
        """Mark a choice as the learner's prediction."""
        self._predicted = letter
        self._say("Your prediction is noted. Now run the next cell.")
        for each in self._demo.choices:
            if each == letter:
                self._buttons.mark(each, Verdict.NOTE, "your\N{NO-BREAK SPACE}prediction")
            else:
                self._buttons.mark(each, None)

    def follow(self) -> None:
        """Point to the result, which has been shown. Screen readers also hear whether the prediction was right."""
        if self._is_final:
            return
        if self._predicted:
            right = self._demo.right
            heard = "You were right." if self._predicted == right else f"The right answer is {right}."
            self._say("Your prediction is noted. Compare it with the result below.", heard)
            self._end()
        else:
            self._say("The result is below. You can still test yourself.")

    def judge(self, letter: str, belief: str) -> None:
        """Mark a choice that was made after the result, and the right one. An earlier choice stays.

        `belief`: the text about the belief behind a wrong choice.
        """
        if self._is_final:
            self._say("Your choice is final, because you have seen the result.")
            return
        right, word = self._demo.right or "", "your answer, right"
        if letter != right:
            self._buttons.mark(letter, Verdict.NO, "your answer", belief)
            word = "right"
        self._buttons.mark(right, Verdict.YES, word, self._demo.reason or "")
        self._say("You answered after the result, so this isn't a prediction.")
        self._end()

    def _end(self) -> None:
        self._is_final, self._keys.value = True, ""
        self.view.add_class("labs-done")

    def _say(self, line: str, heard: str = "") -> None:
        more = f'<span class="heard"> {escaped(heard)}</span>' if heard else ""
        self.said.value = f'<p role="status">{escaped(line)}{more}</p>'
