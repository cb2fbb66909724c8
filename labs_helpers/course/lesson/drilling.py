"""The drill in a notebook: a question with a button per option, or as text, with the answer below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from labs_helpers.course.drill.question_pages import explanation_page, situation_page
from labs_helpers.course.learner.asked import keys_of
from labs_helpers.course.learner.drill import Drill
from labs_helpers.course.lesson.reread import of_page, of_rule
from labs_helpers.course.shown.display import Page, in_notebook, inline
from labs_helpers.course.shown.look import Verdict, escaped
from labs_helpers.course.shown.printable import clean

if TYPE_CHECKING:
    from labs_helpers.course.drill.drill_question import Question
    from labs_helpers.course.lesson.option_buttons import OptionButtons

_HOW = 'To answer, call `day.drill("a")`. To see what you remember, call `day.drill("report")`.'


class Shows(Protocol):
    """The part of a Day that the drill uses."""

    def show(self, page: Page) -> None:
        """Show a page."""


def show_drill(day: Shows, drill: Drill, answer: object) -> None:
    """Show the open question, grade an answer to it, or show the report for the answer "report"."""
    if answer is None:
        _ask(day, drill)
    elif type(answer) is str and answer.strip().lower() == "report":
        day.show(drill.report_page())
    else:
        day.show(drill.answered_page(answer))


def _ask(day: Shows, drill: Drill) -> None:
    card = drill_card(drill) if in_notebook() else None
    if card is None:
        day.show(drill.question_page(_HOW))
        return
    from IPython.display import display

    display(card.view._repr_mimebundle_() | {"text/plain": drill.question_page(_HOW).text}, raw=True)


def drill_card(drill: Drill) -> DrillCard | None:
    """Return the drill as a card with a button per option, or None if ipywidgets isn't installed."""
    try:
        return DrillCard(drill)
    except ImportError:
        return None


class DrillCard:
    """The card of the open question; an answer marks the options, and shows how AWS decides and the rule behind it."""

    def __init__(self, drill: Drill) -> None:
        import ipywidgets

        from labs_helpers.course.lesson.option_buttons import OptionButtons, card

        self._drill, self._right, self._answered = drill, 0, 0
        self.title, self.situation, self.head, self.told, self.keys, self.heard = (
            ipywidgets.HTML() for _ in range(6)
        )
        self.heard.add_class("labs-heard")
        self.options: OptionButtons = OptionButtons(self.choose)
        self.next = ipywidgets.Button(description="Next ▶", button_style="primary", layout={"width": "auto"})
        self.next.add_class("labs-next")
        self.next.on_click(lambda _: self.ask())
        row = ipywidgets.HBox([self.next, self.keys])
        row.add_class("labs-onward")
        parts = self.title, self.situation, self.head, self.options.view, self.told, row, self.heard
        self.view = card(*parts)
        self.view.children[0].add_class("labs-quiz")
        self.ask()

    def ask(self) -> None:
        """Show the open question, or the next one."""
        self.question = self._drill.next_question()
        self.situation.value = situation_page(self.question, Page()).html
        self.head.value = f'<p class="question" role="status">{inline(clean(self.question.text))}</p>'
        self.options.ask(self._texts)
        self.told.value = self.heard.value = ""
        self.next.layout.display = "none"
        self._draw_title(self._drill.heading())
        self._hint(keys_of(self._texts))
        self._is_open = True

    def choose(self, letter: str) -> None:
        """Grade an answer to the open question; if it was answered elsewhere, only offer the next question."""
        if not self._is_open:
            return
        self._is_open = False
        heading = self._drill.heading()
        if self._drill.question is self.question:
            self._grade(letter)
        else:
            self.told.value = '<p role="status">You\'ve already answered this question.</p>'
        self._draw_title(heading)
        self.next.layout.display = ""
        self._hint("Keys: Enter or → for the next question")

    def _grade(self, letter: str) -> None:
        question = self.question
        is_right = self._drill.answer(letter)
        self._answered += 1
        self._right += is_right
        self.options.mark(question.right, Verdict.YES, "your answer" if is_right else "right")
        if not is_right:
            self.options.mark(letter, Verdict.NO, "your answer")
        right = f"{question.right}) {self._texts[question.right]}".replace("`", "")
        self.heard.value = "Right." if is_right else f"Wrong. Right: {escaped(right)}"
        self.told.value = f"{explanation_page(question).html}{_sources(question)}"

    @property
    def _texts(self) -> dict[str, str]:
        return {letter: option.text for letter, option in self.question.options.items()}

    def _draw_title(self, heading: str) -> None:
        score = f"{self._right} of {self._answered} right" if self._answered else ""
        self.title.value = (
            f'<p class="headline"><span>{escaped(heading)}</span> <span class="score">{score}</span></p>'
        )

    def _hint(self, keys: str) -> None:
        self.keys.value = f'<p class="dim keys">{escaped(keys)}</p>'


def _sources(question: Question) -> str:
    """Return the links to the lesson about a question's rule, and to AWS's page."""
    lesson, page = of_rule(question.rule), of_page(question.rule.page)
    return f'<p class="more">To reread: {lesson.html} · {page.html}</p>'
