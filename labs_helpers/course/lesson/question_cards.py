"""Questions that learners answer by clicking, one at a time: an answer reveals the right option and all reasons.

At the end are the score, the missed questions, which can be asked again in another round, and what to reread.

The quiz, the questions about earlier days, and the self-test use these cards in notebooks. Elsewhere, and in saved and
exported notebooks, the page with all questions is shown instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from labs_helpers.course.learner.asked import Asked, keys_of, question_html
from labs_helpers.course.lesson.question_end import End, missed_label, score_html
from labs_helpers.course.lesson.reread import by_place
from labs_helpers.course.shown.display import Page, in_notebook, inline
from labs_helpers.course.shown.look import Verdict, chip, escaped, todo
from labs_helpers.course.shown.printable import clean

if TYPE_CHECKING:
    from labs_helpers.course.lesson.option_buttons import OptionButtons
    from labs_helpers.course.lesson.reread import Place

_FIRST_COUNTS = "Only round 1 is saved."
_ONE_ROW = 8
"""The number of questions whose places fit into one row on a phone."""

Answered = Callable[[int, Mapping[int, str]], End]
"""The function that is called with the number of the question that was just answered, and all letters so far.

It returns what to show once all questions are answered.
"""


def show_questions(
    title: str,
    asked: Sequence[Asked],
    page: Page,
    answered: Answered,
    places: Mapping[int, Place] | None = None,
) -> bool:
    """Show questions as buttons in a notebook, with `page` as their text form. Returns False if buttons can't be shown.

    `places`: what to reread after a wrong answer, by the question's number.
    """
    if not in_notebook():
        return False
    try:
        cards = QuestionCards(title, asked, answered, places or {})
    except ImportError:  # a notebook without ipywidgets
        return False
    from IPython.display import display

    bundle: dict[str, Any] = cards.view._repr_mimebundle_()
    display(bundle | {"text/plain": page.text, "text/html": page.html}, raw=True)
    return True


class QuestionCards:
    """The card of the current question, and the end. `letters` are the answers by the question's number (from 1)."""

    def __init__(
        self,
        title: str,
        asked: Sequence[Asked],
        answered: Answered,
        places: Mapping[int, Place] = MappingProxyType({}),
    ) -> None:
        import ipywidgets

        from labs_helpers.course.lesson.option_buttons import OptionButtons, card

        self._title, self._asked, self._answered, self._places = title, asked, answered, places
        self.letters: dict[int, str] = {}
        self.number, self.at_end = 1, False
        self._round = list(range(1, len(asked) + 1))
        """The numbers of the questions in this round: all of them or, in later rounds, those that were missed."""
        self._rounds: list[str] = []
        """A sentence on each earlier round."""
        self._end = End("")
        self.head, self.told, self.step, self.keys = (ipywidgets.HTML() for _ in range(4))
        self.heard = ipywidgets.HTML()
        self.heard.add_class("labs-heard")
        self.options: OptionButtons = OptionButtons(self.choose)
        self.missed = ipywidgets.VBox()
        self.missed.add_class("labs-missed")
        self.title = ipywidgets.HTML()
        self.places = [self._place(number) for number in self._round]
        places_row = ipywidgets.HBox(self.places)
        places_row.add_class("labs-places")
        if len(asked) > _ONE_ROW:  # on a phone, rows of the same length instead of a last row with one place
            places_row.add_class(f"labs-by-{(len(asked) + 1) // 2}")
        self.next = ipywidgets.Button(layout={"width": "auto"})
        self.next.add_class("labs-next")
        self.again = ipywidgets.Button(button_style="primary", layout={"width": "auto"})
        self.next.on_click(lambda _: self.go_on())
        self.again.on_click(lambda _: self.ask_missed_again())
        row = ipywidgets.HBox([self.next, self.again, self.keys])
        row.add_class("labs-onward")
        self.view = card(
            self.title,
            places_row,
            self.head,
            self.options.view,
            self.told,
            self.missed,
            self.step,
            row,
            self.heard,
        )
        inner = self.view.children[0]
        inner.add_class("labs-quiz")
        if not self._is_revealed:
            inner.add_class("labs-series")
        self.go(1)

    @property
    def current(self) -> Asked:
        """Return the question that is shown."""
        return self._asked[self.number - 1]

    @property
    def _is_revealed(self) -> bool:
        """Return True if answers are judged."""
        return any(each.right for each in self._asked)

    @property
    def _wrong(self) -> list[int]:
        """Return the numbers of the questions with a wrong answer, beginning with the sure answers."""
        wrong = [
            number
            for number, letter in self.letters.items()
            if (right := self._asked[number - 1].right) and letter not in right
        ]
        return sorted(wrong, key=lambda number: (not self._was_sure(number), number))

    def _was_sure(self, number: int) -> bool:
        """Return True if the answer is an end of a scale, such as "definitely true"."""
        asked = self._asked[number - 1]
        return asked.is_scale and self.letters[number] in (min(asked.options), max(asked.options))

    @property
    def _is_done(self) -> bool:
        return len(self.letters) == len(self._asked)

    @property
    def _following(self) -> int:
        """Return the next unanswered question of this round, or the current one if no other is left."""
        left = [each for each in self._round if each not in self.letters and each != self.number]
        return next((each for each in left if each > self.number), next(iter(left), self.number))

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
        self.number, self.at_end = number, False
        asked = self.current
        self.options.ask(asked.options, has_reasons=bool(asked.reasons), is_scale=asked.is_scale)
        self.heard.value = ""
        self._draw()

    def go_on(self) -> None:
        """Show the next question of this round, or the end if all questions are answered."""
        if self._is_done:
            self.at_end = True
            self._draw()
        else:
            self.go(self._following)

    def choose(self, letter: str) -> None:
        """Answer the current question. If the answer was revealed, it stays."""
        if self.current.right and self.number in self.letters:
            return
        self.letters[self.number] = letter
        if not self._rounds:  # in later rounds, the answers are known, so they don't count
            self._end = self._answered(self.number, dict(self.letters))
        self.heard.value = self._heard(letter)
        self._draw()
        if not self.current.right:
            self.go_on()

    def ask_missed_again(self) -> None:
        """Ask the missed questions again, in another round."""
        self._rounds.append(self._round_said)
        self._round = sorted(self._wrong)
        for number in self._round:
            del self.letters[number]
        self.go(self._round[0])

    @property
    def _round_said(self) -> str:
        """Return how many answers of this round are right, in a sentence."""
        right = sum(number not in self._wrong for number in self._round)
        return f"Round {len(self._rounds) + 1}: {right} of {len(self._round)} right"

    @property
    def score(self) -> str:
        """Return how many questions of this round are answered and, if that is revealed, how many of them are right."""
        answered = [number for number in self._round if number in self.letters]
        said = f"{len(answered)} of {len(self._round)} answered"
        if not answered or not self._is_revealed:
            return said
        return f"{said}, {sum(number not in self._wrong for number in answered)} right"

    def _draw(self) -> None:
        self._draw_title()
        for number, button in enumerate(self.places, 1):
            self._mark_place(number, button)
        self.options.view.layout.display = "none" if self.at_end else ""
        if self.at_end:
            self._draw_end()
        else:
            self._draw_question()

    def _draw_title(self) -> None:
        """Draw the title, the number of the round if it isn't the first one, and, except at the end, the score."""
        count = len(self._round)
        which = "the one that you missed" if count == 1 else f"the {count} that you missed"
        said = f"Round {len(self._rounds) + 1}: {which}" if self._rounds else ""
        nth = chip(Verdict.NOTE, said) if said and not self.at_end else ""
        score = "" if self.at_end else f'<span class="score">{self.score}</span>'
        self.title.value = (
            f'<p class="headline title-line"><span>{escaped(self._title)} {nth}</span> {score}</p>'
        )

    def _draw_question(self) -> None:
        asked, letter = self.current, self.letters.get(self.number)
        self.head.value = question_html(self.number, asked.question, ' role="status"')
        for option in asked.options:
            self.options.mark(option, *self._mark(option, letter))
        self.told.value = self._truth(letter)
        self.missed.children, self.step.value = (), ""
        # The learner answers first. After that, the button for the next question is highlighted.
        is_stuck = not self._is_done and self._following == self.number
        self.next.description = "Result ▶" if self._is_done else "Skip ▶" if letter is None else "Next ▶"
        self.next.button_style = "" if letter is None else "primary"
        self.next.layout.display = "none" if is_stuck else ""
        self.again.layout.display = "none"
        self._hint(self._keys_now(letter, is_stuck=is_stuck))

    def _keys_now(self, letter: str | None, *, is_stuck: bool) -> str:
        """Return the line that shows which keys work now."""
        moves = "" if is_stuck or len(self._asked) == 1 else "; ← and → to move"
        if letter is None or not self.current.right:
            return keys_of(self.current.options, is_scale=self.current.is_scale) + moves
        return f"Keys: Enter or → for the {'result' if self._is_done else 'next question'}"

    def _missed(self, place: Place | None, numbers: Iterable[int]) -> Any:
        """Return a button for each missed question about the same place, with what to reread below them."""
        import ipywidgets

        parts: list[Any] = []
        for number in numbers:
            label = missed_label(number, self._asked[number - 1], surely=self._was_sure(number))
            button = ipywidgets.Button(description=label, layout={"width": "auto"})
            button.on_click(lambda _, number=number: self.go(number))
            parts.append(button)
        if place is not None:
            parts.append(ipywidgets.HTML(f'<p class="reread">Reread: {place.html}</p>'))
        return ipywidgets.VBox(parts)

    def _draw_end(self) -> None:
        """Draw the score, the missed questions as buttons that lead back to them, and what to do next."""
        import ipywidgets

        wrong, end = self._wrong, self._end
        if self._rounds:
            count = len(self._asked)
            so_far = f"{'. '.join(self._rounds)}. All rounds: {count - len(wrong)} of {count} right."
            end = replace(end, said=self._round_said, changes=(so_far, _FIRST_COUNTS))
        surely = sum(map(self._was_sure, wrong)) if self._is_revealed and self._asked[0].is_scale else None
        of = len(self._asked) if self._is_revealed else 0
        self.head.value, self.told.value = "", score_html(end, of - len(wrong), of, surely)
        heading = [ipywidgets.HTML('<p class="part">Missed</p>')] if wrong else []
        groups = by_place(wrong, self._places).items()
        self.missed.children = [*heading, *(self._missed(place, numbers) for place, numbers in groups)]
        self.step.value = todo(end.following) if end.following and not wrong else ""
        nth = len(self._rounds) + 2
        self.again.description = (
            f"Round {nth}: {'the one' if len(wrong) == 1 else f'the {len(wrong)}'} you missed"
        )
        self.again.layout.display = "" if wrong else "none"
        self.next.layout.display = "none"
        self._hint(f"Keys: Enter for round {nth}" if wrong else "")

    def _hint(self, keys: str) -> None:
        self.keys.value = f'<p class="dim keys">{escaped(keys)}</p>' if keys else ""

    def _mark(self, option: str, letter: str | None) -> tuple[Verdict | None, str, str]:
        """Return an option's verdict, word, and reason, which are empty before the question is answered."""
        asked = self.current
        if letter is None:
            return None, "", ""
        if not asked.right:
            return (Verdict.NOTE, "yours", "") if option == letter else (None, "", "")
        reason, mine = _reason(asked, option, letter), option == letter
        own = "yours" if asked.is_scale else "your answer"
        if option in asked.right:
            return (Verdict.YES, own if mine else "right", reason)
        return (Verdict.NO, own, reason) if mine else (None, "", reason)

    def _truth(self, letter: str | None) -> str:
        """Return the explanation of an answered question and, after a wrong answer, what to reread."""
        asked = self.current
        if letter is None or not asked.right:
            return ""
        verdict, parts = _judged(letter in asked.right), []
        if asked.truth:
            parts.append(f'<p class="reason {verdict.tint}" role="status">{inline(clean(asked.truth))}</p>')
        if verdict is Verdict.NO and (place := self._places.get(self.number)) is not None:
            parts.append(f'<p class="more">To reread: {place.html}</p>')
        return "".join(parts)

    def _heard(self, letter: str) -> str:
        """Return the verdict on an answer as text for screen readers. On the screen, the options show the verdict."""
        asked = self.current
        if not asked.right:
            return ""
        if letter in asked.right:
            return "Right."
        right = min(asked.right)
        said = f"{right}) {asked.options[right]}".replace("`", "")
        return "Wrong." if asked.is_scale else f"Wrong. Right: {escaped(said)}"

    def _mark_place(self, number: int, button: Any) -> None:
        letter, right = self.letters.get(number), self._asked[number - 1].right
        verdict = (
            Verdict.UNKNOWN if letter is None else Verdict.NOTE if not right else _judged(letter in right)
        )
        button.description = f"{number}" if letter is None else f"{verdict.sign} {number}"
        for each in Verdict:
            button.remove_class(each.tint)
        button.add_class(verdict.tint)
        is_here = number == self.number and not self.at_end
        (button.add_class if is_here else button.remove_class)("here")
        is_past = number not in self._round and not self.at_end
        (button.add_class if is_past else button.remove_class)("past")


def _judged(right: bool) -> Verdict:
    return Verdict.YES if right else Verdict.NO


def _reason(asked: Asked, option: str, letter: str) -> str:
    """Return an option's reason. A shared reason is shown once: below the answer if the answer is among its options."""
    reason = asked.reasons.get(option, "")
    same = [each for each in asked.options if asked.reasons.get(each, "") == reason]
    return reason if option == (letter if letter in same else same[0]) else ""
