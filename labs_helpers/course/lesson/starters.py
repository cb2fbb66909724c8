"""Recognizing an exercise's starter: a learner who checks it as it is hasn't tried anything yet."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.course.grading.kinds import Exercise


def is_starter(exercise: Exercise, answer: object) -> bool:
    """Return True if the answer is the exercise's starter, as a dict, as JSON text, or as a function."""
    from labs_helpers.course.grading.answers import AnswerError, plain

    starter = exercise.starter
    if not starter:
        return False
    if inspect.isfunction(answer):
        return isinstance(starter, str) and _source_of(answer) in starter
    try:
        given = plain(answer)
    except AnswerError:
        return False
    return bool(_as_json(given) == _as_json(starter))


def _source_of(function: Any) -> str:
    try:
        return inspect.getsource(function).strip()
    except (OSError, TypeError):
        return "…"  # a function without source isn't the starter, which has no such character


def _as_json(value: Any) -> Any:
    """Return a value as it would be after a round trip through JSON, with text that is JSON read."""
    try:
        return json.loads(value) if isinstance(value, str) else json.loads(json.dumps(value))
    except (ValueError, TypeError):
        return value
