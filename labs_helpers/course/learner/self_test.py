"""The self-test, which compares a learner's beliefs, and their certainty, at the beginning and end of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.loading import load_beliefs
from labs_helpers.course.grading.answers import is_missing
from labs_helpers.course.shown.display import Page

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Belief
    from labs_helpers.course.learner.progress import Progress

SURE = {"surely true": 2, "true": 1, "?": 0, "false": -1, "surely false": -2}
"""Each word that an answer can contain → the certainty that it expresses."""
_WORDS = {number: word for word, number in SURE.items()}
_HOW = (
    'To answer, call `day.{name}({{1: "surely true", 2: "false", …}})`. The possible answers are '
    + ", ".join(f'"{word}"' for word in SURE)
)


def opening_page(day: int, answers: object, progress: Progress) -> Page:
    """Return a page with the statements, or save the answers without revealing which statements are true.

    Raises `LookupError` if the day has no self-test.
    """
    beliefs = _beliefs(day)
    if _nothing(answers):
        return _statements(beliefs, "self_test")
    sure, complaints = _read(answers, len(beliefs))
    progress.believed(day, "before", sure)
    page = Page().say(
        f"Saved: {len(sure)} of {len(beliefs)}. At the end of the day you'll see which statements are true."
    )
    return page.bullets(complaints) if complaints else page


def closing_page(day: int, answers: object, progress: Progress) -> Page:
    """Return a page with the statements.

    With answers, save them and return a page that shows the truth and how the learner's beliefs changed. Raises
    `LookupError` if the day has no self-test.
    """
    beliefs = _beliefs(day)
    if _nothing(answers):
        return _statements(beliefs, "self_test_again")
    sure, complaints = _read(answers, len(beliefs))
    before = progress.beliefs(day, "before")
    progress.believed(day, "after", sure)
    rows = [
        (str(number), belief.says, _word(before.get(number)), _word(sure.get(number)), _holds(belief))
        for number, belief in enumerate(beliefs, 1)
    ]
    page = (
        Page()
        .heading("What you believed, and what is true")
        .table(("", "statement", "before", "now", "what is true"), rows)
    )
    then, now = _right(beliefs, before), _right(beliefs, sure)
    page.say(f"Correct at the start of the day: {then} of {len(beliefs)}. Now: {now} of {len(beliefs)}.")
    page.bullets(f"{number}. {belief.source}" for number, belief in enumerate(beliefs, 1))
    return page.bullets(complaints) if complaints else page


def _beliefs(day: int) -> tuple[Belief, ...]:
    found = load_beliefs(day)
    if found is None:
        raise LookupError(f"day {day} has no self-test")
    return found.beliefs


def _nothing(answers: object) -> bool:
    return is_missing(answers) or (type(answers) is dict and not answers)


def _statements(beliefs: tuple[Belief, ...], name: str) -> Page:
    page = Page().heading("True or false, and how sure are you?")
    page.bullets(f"{number}. {belief.says}" for number, belief in enumerate(beliefs, 1))
    return page.say(_HOW.format(name=name) + ". You can skip this.")


def _read(answers: Any, count: int) -> tuple[dict[int, int], list[str]]:
    """Return the certainty for each statement, and a line for each answer that can't be read; never raise."""
    if not issubclass(type(answers), dict):
        return {}, [f"The self-test expects a dict from statement number to one of {', '.join(SURE)}."]
    sure: dict[int, int] = {}
    complaints: list[str] = []
    for key, word in list(dict.items(answers))[: count * 10]:
        text = str.__str__(word).strip().lower() if issubclass(type(word), str) else ""
        if type(key) is not int or not 1 <= key <= count:
            complaints.append(
                f"The statements are numbered 1 to {count}; one of your keys isn't one of these numbers."
            )
        elif text not in SURE:
            complaints.append(f"{key}. Answer with one of {', '.join(SURE)}.")
        else:
            sure[key] = SURE[text]
    return sure, complaints


def _word(sure: int | None) -> str:
    return "" if sure is None else _WORDS[sure]


def _holds(belief: Belief) -> str:
    return ("True. " if belief.true else "False. ") + belief.truth


def _right(beliefs: tuple[Belief, ...], sure: dict[int, Any]) -> int:
    return sum(
        1 for number, belief in enumerate(beliefs, 1) if sure.get(number, 0) * (1 if belief.true else -1) > 0
    )
