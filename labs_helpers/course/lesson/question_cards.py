"""Questions to answer by click, one at a time; an answer reveals the right option and the reasons for all options.

The quiz, the questions about earlier days, and the self-test use these cards in notebooks. Elsewhere, and in saved and
exported notebooks, the page with all questions is shown instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labs_helpers.course.learner.asked import Asked, keys_of
from labs_helpers.course.shown.display import Page, in_notebook, inline
from labs_helpers.course.shown.look import Verdict, escaped
from labs_helpers.course.shown.look.gauges import STYLE, ring
from labs_helpers.course.shown.printable import clean

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
        self._round = list(range(1, len(asked) + 1))
        """The numbers of the questions in this round: all of them or, in a second round, those that were answered
        wrong."""
        self._done = ""
        self.head, self.told, self.keys = (ipywidgets.HTML() for _ in range(3))
        self.options: OptionButtons = OptionButtons(self.choose)
        self.title = ipywidgets.HTML()
        self.places = [self._place(number) for number in range(1, len(asked) + 1)]
        places = ipywidgets.HBox(self.places)
        places.add_class("labs-places")
        self.next = ipywidgets.Button(layout={"width": "auto"})
        self.again = ipywidgets.Button(button_style="primary", layout={"display": "none", "width": "auto"})
        self.next.on_click(lambda _: self.go(self._following))
        self.again.on_click(lambda _: self.ask_wrong_ones_again())
        row = ipywidgets.HBox([self.next, self.again, self.keys])
        row.add_class("labs-onward")
        inner = card(self.title, places, self.head, self.options.view, self.told, row)
        if not any(each.right for each in asked):
            inner.children[0].add_class("labs-series")
        self.view = inner
        self.go(1)

    @property
    def current(self) -> Asked:
        """Return the question that is shown."""
        return self._asked[self.number - 1]

    @property
    def _wrong(self) -> list[int]:
        """Return the numbers of the questions with a wrong answer."""
        return [
            number
            for number, letter in self.letters.items()
            if (right := self._asked[number - 1].right) and letter not in right
        ]

    @property
    def _is_done(self) -> bool:
        return len(self.letters) == len(self._asked)

    @property
    def _following(self) -> int:
        """Return the next question of this round; after the last one, the first unanswered question, if any."""
        after = self._round[self._round.index(self.number) + 1 :]
        return next(iter([*after, *(each for each in self._round if each not in self.letters)]), self.number)

    def _place(self, number: int) -> Any:
        """Return the button for a question, which also shows whether the question is answered, and answered right."""
        import ipywidgets

        button = ipywidgets.Button(
            layout={"width": "auto"}, tooltip=f"Question {number} of {len(self._asked)}"
        )
        button.on_click(lambda _: self.go(number))
        return button

    def go(self, number: int) -> None:
        """Show a question by its number."""
        self.number = number
        if number not in self._round:
            self._round = list(range(1, len(self._asked) + 1))
        asked = self.current
        self.options.ask(asked.options, has_reasons=bool(asked.reasons), is_scale=asked.is_scale)
        self._draw()

    def choose(self, letter: str) -> None:
        """Answer the current question. If the answer was revealed, it stays."""
        if self.current.right and self.number in self.letters:
            return
        self.letters[self.number] = letter
        if self._second:
            self._done = f"{len(self.letters) - len(self._wrong)} of {len(self._asked)} right now."
        else:
            self._done = self._answered(self.number, dict(self.letters))
        self._draw()
        if not self.current.right and self.number < len(self._asked):
            self.go(self.number + 1)

    _second = False
    """True once questions are asked again: their answers are known, so they don't count."""

    def ask_wrong_ones_again(self) -> None:
        """Ask the questions with a wrong answer again."""
        self._round, self._second = sorted(self._wrong), True
        for number in self._round:
            del self.letters[number]
        self.go(self._round[0])

    @property
    def score(self) -> str:
        """Return how many questions are answered and, if that is revealed, how many of them are right."""
        said = f"{len(self.letters)} of {len(self._asked)} answered"
        if not self.letters or not any(each.right for each in self._asked):
            return said
        right = sum(letter in self._asked[number - 1].right for number, letter in self.letters.items())
        return f"{said}, {right} right"

    def _draw(self) -> None:
        asked, letter = self.current, self.letters.get(self.number)
        score = (
            "" if self._is_done else f' <span class="score">{self.score}</span>'
        )  # the text at the end contains the score
        self.title.value = f'<p class="headline"><span>{escaped(self._title)}</span>{score}</p>'
        for number, button in enumerate(self.places, 1):
            self._mark_place(number, button)
        self.head.value = (
            f'<p class="question" role="status">{self.number}. {inline(clean(asked.question))}</p>'
        )
        for option in asked.options:
            self.options.mark(option, *self._mark(option, letter))
        self.told.value = self._truth(letter)
        keys = keys_of(asked.options, is_scale=asked.is_scale)
        self.keys.value = f'<p class="dim keys">{escaped(keys)}</p>' if letter is None else ""
        # The learner answers first. Only then is the next question the thing to do.
        self.next.description = "Skip ▶" if letter is None else "Next ▶"
        self.next.button_style = "" if letter is None else "primary"
        self.next.layout.display = "none" if self._following == self.number else ""
        wrong = len(self._wrong) if self._is_done else 0
        self.again.description = (
            "Again: the one wrong answer" if wrong == 1 else f"Again: the {wrong} wrong ones"
        )
        self.again.layout.display = "" if wrong else "none"

    def _mark(self, option: str, letter: str | None) -> tuple[Verdict | None, str, str]:
        """Return an option's verdict, word, and reason, which are empty before the question is answered."""
        asked = self.current
        if letter is None:
            return None, "", ""
        if not asked.right:
            return (Verdict.NOTE, "yours", "") if option == letter else (None, "", "")
        reason, mine = asked.reasons.get(option, ""), option == letter
        own = "yours" if asked.is_scale else "your answer"
        if option in asked.right:
            return (Verdict.YES, own if mine else "right", reason)
        return (Verdict.NO, own, reason) if mine else (None, "", reason)

    def _truth(self, letter: str | None) -> str:
        parts = []
        asked = self.current
        if letter is not None and asked.truth and asked.right:
            tint = (Verdict.YES if letter in asked.right else Verdict.NO).tint
            parts.append(f'<p class="reason {tint}" role="status">{inline(clean(asked.truth))}</p>')
        if self._is_done:
            parts.append(
                f'<div class="box tinted calm end" role="status">{self._ring()}<span>{escaped(self._done)}</span></div>'
            )
        return "".join(parts)

    def _ring(self) -> str:
        """Return the share of right answers as a ring."""
        if not any(each.right for each in self._asked):
            return ""
        return STYLE + ring(1 - len(self._wrong) / len(self._asked))

    def _mark_place(self, number: int, button: Any) -> None:
        letter, right = self.letters.get(number), self._asked[number - 1].right
        verdict = (
            Verdict.UNKNOWN if letter is None else Verdict.NOTE if not right else _judged(letter in right)
        )
        button.description = f"{number}" if letter is None else f"{verdict.sign} {number}"
        for each in Verdict:
            button.remove_class(each.tint)
        button.add_class(verdict.tint)
        (button.add_class if number == self.number else button.remove_class)("here")


def _judged(right: bool) -> Verdict:
    return Verdict.YES if right else Verdict.NO
