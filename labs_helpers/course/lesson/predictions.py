"""Predictions: questions that learners answer before they run the cell that shows the answer.

A question's text, choices, and right answer are in data/dayN/demos.json, under the name of the attempt or outcome that
answers it. A prediction is final, and it counts only if it was made before the result was seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from labs_helpers.course.content.loading import load_beliefs, load_demos
from labs_helpers.course.content.numbering import called
from labs_helpers.course.lesson.demos import unexpected
from labs_helpers.course.shown.display import Page, break_long_words, in_notebook, inline
from labs_helpers.course.shown.look import Verdict, chip, framed
from labs_helpers.course.shown.mistakes import one_of
from labs_helpers.course.shown.printable import clean
from labs_helpers.course.shown.shortened import first_of

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.content.schema import Demo
    from labs_helpers.course.learner.progress import Progress
    from labs_helpers.course.lesson.prediction_card import PredictionCard

_MOST_NAMED = 8


class DayOfPredictions(Protocol):
    """The part of a Day that attempts and predictions use."""

    number: int
    cloud: Cloud
    commitments: dict[str, str]
    answered: set[str]
    prediction_cards: dict[str, PredictionCard]

    def predicted(self, name: str, came_true: bool) -> None:
        """Save the outcome of a prediction."""

    def went_on(self) -> None:
        """Credit the changes in the cloud so far to the lesson."""

    def show(self, page: Page) -> None:
        """Show a page."""


def demo_of(number: int, name: object) -> Demo:
    """Return the data about an attempt or outcome. Raises `UnknownName`, which lists the names."""
    demos = load_demos(number)
    known = demos.demos if demos is not None else {}
    return known[one_of(name, known, "attempt", f"on {called(number)}")]


def ask(day: DayOfPredictions, name: object, choice: object = None) -> None:
    """Show a question with its choices, or commit to the choice that was made.

    Raises `UnknownName` for a name without a question. For a choice that can't be read, it shows a page instead of
    raising.
    """
    demo = _asked(day.number, name)
    assert type(name) is str
    if choice is not None:
        _commit(day, name, demo, choice)
        return
    how = f'call `day.predict("{name}", "a")`. You can skip this.'
    buttons = _buttons(day, name, demo) if in_notebook() else None
    if buttons is not None:
        from IPython.display import display

        display(buttons | {"text/plain": f"To answer, {how}"}, raw=True)
        return
    page = Page().say(demo.question or "").options(demo.choices)
    day.show(page.say(f"To answer, {how}"))


def verdict(day: DayOfPredictions, name: str, demo: Demo, page: Page) -> None:
    """Add to a result's page whether the learner's prediction was right, and, if not, the belief behind it."""
    is_first = name not in day.answered
    day.answered.add(name)
    if name in day.prediction_cards:
        day.prediction_cards[name].follow()
    choice = day.commitments.get(name)
    if choice is None or demo.right is None:
        return
    if is_first:
        day.predicted(name, choice == demo.right)
    right = f"{demo.choices[demo.right]} {demo.reason}"
    if choice == demo.right:
        text = f"✓ You predicted this: {right}"
    else:
        belief = _belief(demo, choice)
        text = f"✗ You predicted: {demo.choices[choice]}\nRight: {right}" + (f"\n{belief}" if belief else "")
    page.drawn(text, _compared(demo, choice))


def _compared(demo: Demo, choice: str) -> str:
    """Return the learner's choice and the right one, as HTML. The belief behind a wrong choice is shown with it."""
    right, own = demo.right or "", " (your&nbsp;prediction)"
    is_right = choice == right
    mine = "" if is_right else _row(Verdict.NO, "wrong", demo, choice, own, _belief(demo, choice))
    rows = mine + _row(Verdict.YES, "right", demo, right, own if is_right else "", demo.reason or "")
    tint = (Verdict.YES if is_right else Verdict.NO).tint
    return framed(f'<div class="card after {tint}"><div class="compared">{rows}</div></div>')


def _row(verdict: Verdict, word: str, demo: Demo, letter: str, own: str, more: str) -> str:
    """Return a choice as HTML, to the right of its verdict. `more`: the reason, or the belief behind the choice."""
    text, told = (break_long_words(inline(clean(each))) for each in (demo.choices[letter], more))
    below = f"<br>{told}" if told else ""
    return f"<div>{chip(verdict, word)}</div><div><strong>{letter}) {text}</strong>{own}{below}</div>"


def show_score(day: DayOfPredictions, progress: Progress) -> None:
    """Show how many of the day's predictions were made, how many of these were right, and which were not made."""
    questions = _questions(day.number)
    made = progress.predicted_names(day.number)
    right = sum(made.get(name, False) for name in questions)
    missed = [demo for name, demo in questions.items() if made.get(name) is False]
    left = [demo for name, demo in questions.items() if name not in made]
    page = Page().heading(
        f"Predictions: {len(questions) - len(left)} of {len(questions)} made, {right} of them right."
    )
    _list(page, f"Not made: {len(left)}.", left)
    _list(page, "Worth another look:", missed)
    day.show(page)


def _list(page: Page, title: str, demos: list[Demo]) -> None:
    if demos:
        named, rest = first_of(demos, _MOST_NAMED)
        page.say(title).bullets(demo.question or "" for demo in named)
        if rest:
            page.say(f"And {rest} more.")


def _questions(number: int) -> dict[str, Demo]:
    demos = load_demos(number)
    return {name: demo for name, demo in demos.demos.items() if demo.question} if demos is not None else {}


def _asked(number: int, name: object) -> Demo:
    """Return the attempt or outcome with a question. Raises `UnknownName` for any other name."""
    questions = _questions(number)
    return questions[one_of(name, questions, "question", f"on {called(number)}")]


def _belief(demo: Demo, choice: str) -> str:
    """Return the text about the common belief behind a wrong choice, or "" if there isn't one."""
    if choice not in demo.beliefs:
        return ""
    day, _, number = demo.beliefs[choice].partition(".")
    found = load_beliefs(int(day))
    assert found is not None
    return f"A common belief behind your answer: “{found.beliefs[int(number) - 1].misconception}”"


def _commit(day: DayOfPredictions, name: str, demo: Demo, choice: Any) -> None:
    letter = str.__str__(choice).strip().lower()[:10] if issubclass(type(choice), str) else ""
    if letter not in demo.choices:
        day.show(Page().say(f"Choose one of {', '.join(demo.choices)}."))
        return
    if name in day.answered:
        page = Page().say("You have already seen the result, so this prediction doesn't count.")
        day.show(page.say(f"Right: {demo.choices[demo.right or letter]} {demo.reason}"))
        return
    _note(day, name, letter)
    day.show(Page().say(f"Your prediction: {letter}) {demo.choices[letter]} Now run the next cell."))


def _note(day: DayOfPredictions, name: str, letter: str) -> None:
    """Commit to a choice, before the result."""
    day.commitments[name] = letter
    if name in day.prediction_cards:
        day.prediction_cards[name].commit(letter)


def _buttons(day: DayOfPredictions, name: str, demo: Demo) -> dict[str, Any] | None:
    """Return a button for each choice as a mime bundle, or None if ipywidgets isn't installed."""
    try:
        from labs_helpers.course.lesson.prediction_card import PredictionCard
    except ImportError:
        return None

    def chosen(letter: str) -> None:
        """Commit to a choice, or judge it if the result has been seen."""
        if name in day.answered:
            card.judge(letter, _belief(demo, letter))
        else:
            _note(day, name, letter)

    card = day.prediction_cards[name] = PredictionCard(demo, chosen)
    if name in day.commitments:
        card.commit(day.commitments[name])
    if name in day.answered:
        card.follow()
    bundle: dict[str, Any] = card.view._repr_mimebundle_()
    return bundle


# Outcomes that aren't calls


def show_outcome(day: DayOfPredictions, name: object, value: object) -> None:
    """Compare a value that a cell observed with the expected one, and show whether the learner's prediction was right.

    Raises `UnknownName` for an unknown name, and `DemoError` for an unexpected value.
    """
    demo = demo_of(day.number, name)
    assert type(name) is str
    if value != demo.expected:
        raise unexpected(name, f"{demo.expected!r:.80}", f"{value!r:.80}")
    day.went_on()
    page = Page()
    verdict(day, name, demo, page)
    if page.text:
        day.show(page)
