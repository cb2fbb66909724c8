"""Questions by click: one at a time, with the options as buttons; once answered, the right one and all reasons.

The quiz, the questions about earlier days, and the self-test use it in notebooks. Elsewhere, and in saved and exported
notebooks, the page with all questions is shown instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labs_helpers.course.learner.asked import Asked
from labs_helpers.course.shown.display import Page, clean, in_notebook, inline
from labs_helpers.course.shown.look import Verdict, escaped

if TYPE_CHECKING:
    from labs_helpers.course.lesson.option_buttons import OptionButtons


Answered = Callable[[int, Mapping[int, str]], str]
"""The function that is called with the number of the question that was just answered, and all letters so far.

It returns the text to show once all questions are answered.
"""


def show_questions(title: str, asked: Sequence[Asked], page: Page, answered: Answered) -> bool:
    """Show questions as buttons in a notebook, with `page` as their equivalent. Returns False if that's impossible."""
    if not in_notebook():
        return False
    try:
        cards = QuestionCards(title, asked, answered)
    except ImportError:  # a notebook without ipywidgets
        return False
    from IPython.display import display

    bundle: dict[str, Any] = cards.view._repr_mimebundle_()
    display(bundle | {"text/plain": page.text, "text/html": page.html}, raw=True)
    return True


class QuestionCards:
    """The card of the current question. `letters` are the answers so far, by the question's number (from 1)."""

    def __init__(self, title: str, asked: Sequence[Asked], answered: Answered) -> None:
        import ipywidgets

        from labs_helpers.course.lesson.option_buttons import OptionButtons, card

        self._title, self._asked, self._answered = title, asked, answered
        self.letters: dict[int, str] = {}
        self.number = 1
        self.head, self.told = ipywidgets.HTML(), ipywidgets.HTML()
        self.options: OptionButtons = OptionButtons(self.choose)
        self.back = ipywidgets.Button(description="◀ Back")
        self.next = ipywidgets.Button(description="Next ▶", button_style="primary")
        self.back.on_click(lambda _: self.go(self.number - 1))
        self.next.on_click(lambda _: self.go(self.number + 1))
        row = ipywidgets.HBox([self.back, self.next])
        self.view = card(self.head, self.options.view, self.told, row)
        self.go(1)

    @property
    def current(self) -> Asked:
        """Return the question that is shown."""
        return self._asked[self.number - 1]

    def go(self, number: int) -> None:
        """Show a question by its number. After the last one comes the first."""
        self.number = (number - 1) % len(self._asked) + 1
        self.options.ask(self.current.options)
        self._draw()

    def choose(self, letter: str) -> None:
        """Answer the current question. If the answer was revealed, it stays."""
        if self.current.right and self.number in self.letters:
            return
        self.letters[self.number] = letter
        self._done = self._answered(self.number, dict(self.letters))
        self._draw()
        if not self.current.right and self.number < len(self._asked):
            self.go(self.number + 1)

    _done = ""

    @property
    def score(self) -> str:
        """Return how many questions are answered and, if that is revealed, how many of them are right."""
        done = len(self.letters)
        if not any(each.right for each in self._asked):
            return f"{done} of {len(self._asked)} answered"
        right = sum(letter in self._asked[number - 1].right for number, letter in self.letters.items())
        return f"{right} right, {done} of {len(self._asked)} answered"

    def _draw(self) -> None:
        asked, letter = self.current, self.letters.get(self.number)
        count = len(self._asked)
        marks = "".join(self._dot(number) for number in range(1, count + 1))
        self.head.value = (
            f'<p class="headline"><span>{escaped(self._title)}</span> <span class="score">{self.score}</span></p>'
            f'<p class="bar signs" aria-hidden="true">{marks}</p>'
            f'<p class="question" role="status">{self.number} of {count}. {inline(clean(asked.question))}</p>'
        )
        for option in asked.options:
            self.options.mark(option, *self._mark(option, letter))
        self.told.value = self._truth(letter)

    def _mark(self, option: str, letter: str | None) -> tuple[Verdict | None, str, str]:
        """Return an option's verdict, word, and reason: none before the question is answered."""
        asked = self.current
        if letter is None:
            return None, "", ""
        if not asked.right:
            return (Verdict.NOTE, "your answer", "") if option == letter else (None, "", "")
        reason, mine = asked.reasons.get(option, ""), option == letter
        if option in asked.right:
            return (Verdict.YES, "your answer" if mine else "right", reason)
        return (Verdict.NO, "your answer", reason) if mine else (None, "", reason)

    def _truth(self, letter: str | None) -> str:
        parts = []
        asked = self.current
        if letter is not None and asked.truth and asked.right:
            tint = (Verdict.YES if letter in asked.right else Verdict.NO).tint
            parts.append(f'<p class="reason {tint}" role="status">{inline(clean(asked.truth))}</p>')
        if len(self.letters) == len(self._asked):
            parts.append(f'<p class="box tinted calm" role="status">{escaped(self._done)}</p>')
        keys = "".join(f"{number}, " for number in range(1, len(asked.options) + 1)).removesuffix(", ")
        hint = f"Keys: {keys} choose an option." if letter is None else ""
        return "".join(parts) + (f'<p class="dim">{hint}</p>' if hint else "")

    def _dot(self, number: int) -> str:
        letter, right = self.letters.get(number), self._asked[number - 1].right
        verdict = (
            Verdict.UNKNOWN if letter is None else Verdict.NOTE if not right else _judged(letter in right)
        )
        sign = "" if letter is None else verdict.sign
        return f'<i class="{verdict.tint}{" here" if number == self.number else ""}">{sign}</i>'


def _judged(right: bool) -> Verdict:
    return Verdict.YES if right else Verdict.NO
