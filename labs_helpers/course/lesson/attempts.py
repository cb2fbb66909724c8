"""Attempts: calls in the lesson whose outcome the learner can predict first.

An attempt's expected outcome is in data/dayN/demos.json, under the attempt's name. So the cell doesn't reveal the
outcome, but still fails if AWS's response changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from labs_helpers.course.content.loading import load_demos
from labs_helpers.course.lesson.demos import DemoError, Refusal
from labs_helpers.course.shown.display import Page, in_notebook

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Demo

WORKS = "works"
_SUCCESS = "a successful call"


class DayOfAttempts(Protocol):
    """The members of a `Day` that attempts use."""

    number: int
    commitments: dict[str, str]

    def predicted(self, name: str, came_true: bool) -> None:
        """Save the outcome of a prediction."""

    def went_on(self) -> None:
        """Credit all changes in the cloud so far to the lesson, not to an exercise."""

    def show(self, page: Page) -> None:
        """Show a page."""


@dataclass(slots=True)
class Attempt(Refusal):
    """The outcome of an attempt, which is true if AWS allowed the call.

    `code`, `message`, `status`, and `operation` describe AWS's error. They are empty until the block ends.
    https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html
    """

    allowed: bool = False

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        return "It works." if self.allowed else f"{self.code}: {self.message}"


@contextmanager
def attempting(day: DayOfAttempts, name: str) -> Iterator[Attempt]:
    """Run the block of `day.attempt` and show its outcome.

    Raises `LookupError` for an unknown name and `DemoError` for an unexpected outcome.
    """
    demo = _demo(day.number, name)
    attempt = Attempt()
    try:
        yield attempt
        attempt.allowed = True
    except ClientError as error:
        attempt.take(error)
    day.went_on()
    _show(day, name, demo, attempt)
    outcome = WORKS if attempt.allowed else attempt.code
    if outcome != demo.expected:
        wanted = _SUCCESS if demo.expected == WORKS else demo.expected
        got = _SUCCESS if attempt.allowed else str(attempt).rstrip(".")
        raise DemoError(
            f"{name}: expected {wanted}, but got {got}. Was an earlier cell skipped, changed, or run twice? "
            "To start over, call `day.reset()` and run this part's cells in order."
        )


def _demo(number: int, name: str) -> Demo:
    demos = load_demos(number)
    known = demos.demos if demos is not None else {}
    if type(name) is not str or name not in known:
        raise LookupError(f"day {number} has no attempt {name!r:.60}. Attempts: {', '.join(known) or 'none'}")
    return known[name]


def _show(day: DayOfAttempts, name: str, demo: Demo, attempt: Attempt) -> None:
    page = Page()
    if attempt.allowed:
        page.heading("✓ Allowed: it works.")
    else:
        page.heading(f"✗ {attempt.code}").say(f"AWS's message: {attempt.message}")
    choice = day.commitments.pop(name, None)
    if choice is not None and demo.right is not None:
        came_true = choice == demo.right
        day.predicted(name, came_true)
        page.say(f"{'✓' if came_true else '✗'} You predicted: {demo.choices[choice]} {demo.reason}")
    day.show(page)


# Committing first


def show_prediction(day: DayOfAttempts, name: str, choice: str | None) -> None:
    """Show an attempt's question with its choices, or save the learner's choice.

    Raises `LookupError` for a name without a question. For a choice that can't be read, it shows a page instead of
    raising an exception.
    """
    demo = _demo(day.number, name)
    if demo.question is None:
        raise LookupError(f"day {day.number}: the attempt {name!r} has no prediction")
    if choice is not None:
        _commit(day, name, demo, choice)
        return
    page = Page().say(demo.question).bullets(f"{letter}) {text}" for letter, text in demo.choices.items())
    page.say(f'Choose a button, or call `day.predict("{name}", "a")`. You can skip this.')
    day.show(page)
    if in_notebook():
        _show_buttons(day, name, demo)


def _commit(day: DayOfAttempts, name: str, demo: Demo, choice: Any) -> None:
    letter = str.__str__(choice).strip().lower()[:10] if issubclass(type(choice), str) else ""
    if letter not in demo.choices:
        day.show(Page().say(f"Choose one of {', '.join(demo.choices)}."))
        return
    day.commitments[name] = letter
    day.show(Page().say(f"Your prediction: {letter}) {demo.choices[letter]} Now run the next cell."))


def _show_buttons(day: DayOfAttempts, name: str, demo: Demo) -> None:
    """Show buttons below the question if ipywidgets is installed; the question's text explains how to do without."""
    try:
        import ipywidgets
        from IPython.display import display
    except ImportError:
        return
    noted = ipywidgets.HTML()
    buttons = []
    for letter, text in demo.choices.items():
        button = ipywidgets.Button(description=letter, tooltip=text, layout=ipywidgets.Layout(width="3em"))

        def chosen(_: Any, letter: str = letter) -> None:
            """Keep the choice of this button."""
            day.commitments[name] = letter
            noted.value = f"Your prediction: {letter}. Now run the next cell."

        button.on_click(chosen)
        buttons.append(button)
    bundle = ipywidgets.HBox([*buttons, noted])._repr_mimebundle_()
    display(bundle | {"text/plain": f"Buttons: {', '.join(demo.choices)}"}, raw=True)
