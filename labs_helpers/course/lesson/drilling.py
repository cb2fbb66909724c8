"""The drill in a notebook: a question with a button per option, or as text, with the answer below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from labs_helpers.course.learner.drill import Drill
from labs_helpers.course.shown.display import Page, in_notebook

if TYPE_CHECKING:
    from labs_helpers.course.drill.question import Question

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
    widget = drill_widget(drill) if in_notebook() else None
    if widget is None:
        day.show(drill.question_page(_HOW))
        return
    from IPython.display import display

    display(widget._repr_mimebundle_() | {"text/plain": drill.question_page(_HOW).text}, raw=True)


def drill_widget(drill: Drill) -> Any:
    """Return the drill as a widget with a button per option, or None if ipywidgets isn't installed."""
    try:
        import ipywidgets
    except ImportError:
        return None
    shown, below = ipywidgets.HTML(), ipywidgets.HTML()
    row = ipywidgets.VBox()
    layout = ipywidgets.Layout(width="max-content", max_width="100%")

    def ask() -> None:
        """Show the next question, and a button for each of its options."""
        question = drill.next_question()
        shown.value, below.value = drill.question_page().html, ""
        row.children = [button(question, letter) for letter in question.options]

    def go_on(_: Any) -> None:
        """Show the next question after a click, and keep the keyboard's focus in the drill."""
        ask()
        row.children[0].focus()

    def button(question: Question, letter: str) -> Any:
        """Return the button of an option."""
        made = ipywidgets.Button(description=f"Answer {letter}", layout=layout)
        made.on_click(lambda _: answer(question, letter))
        return made

    def answer(question: Question, letter: str) -> None:
        """Grade an option, unless the question was answered elsewhere, and offer the next question."""
        is_open = drill.question is question
        page = (
            drill.answered_page(letter) if is_open else Page().say("You've already answered this question.")
        )
        below.value = page.html
        following = ipywidgets.Button(description="Next question", button_style="primary", layout=layout)
        following.on_click(go_on)
        row.children = [following]
        following.focus()

    ask()
    return ipywidgets.VBox([shown, row, below])
