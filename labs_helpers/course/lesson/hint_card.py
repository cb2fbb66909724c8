"""The card of a hint: its number among the exercise's hints, its text, and the call that helps next."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from labs_helpers.course.shown.display import Page, inline
from labs_helpers.course.shown.look import Verdict, chip, escaped, framed

if TYPE_CHECKING:
    from labs_helpers.course.grading.kinds import Exercise


def hint_page(exercise: Exercise, number: int) -> Page:
    """Return a page with an exercise's hint, counted from 1, or with what is left once all hints have been shown."""
    of = len(exercise.hints)
    if number > of:
        last = f"You have seen all {of} hints. To see a solution, call `{_call('solution', exercise)}`."
        return Page().drawn(last, _card(exercise, f"all {of} hints seen", inline(last), ""))
    hint = exercise.hints[number - 1]
    text = f"Hint {number} of {of}: {hint}"
    return Page().drawn(
        text, _card(exercise, f"hint {number} of {of}", inline(hint), _next(exercise, number, of))
    )


def _card(exercise: Exercise, word: str, hint: str, more: str) -> str:
    title = escaped(f"{exercise.id} {exercise.title}")
    head = f'<p class="headline">{chip(Verdict.NOTE, word)} <span class="title">{title}</span></p>'
    return framed(f'<div class="card {Verdict.NOTE.tint}">{head}<p>{hint}</p>{more}</div>')


def _next(exercise: Exercise, number: int, of: int) -> str:
    """Return the line with the call that helps if this hint doesn't, or "" if a teacher withholds solutions."""
    if number < of:
        said = f"Not enough? `{_call('hint', exercise)}`"
    elif os.environ.get("LABS_SOLUTIONS") == "off":
        return ""
    else:
        said = f"Not enough? `{_call('solution', exercise)}`"
    return f"<p><small>{inline(said)}</small></p>"


def _call(name: str, exercise: Exercise) -> str:
    return f'day.{name}("{exercise.id}")'
