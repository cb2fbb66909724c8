"""Recognizing an exercise's starter: a learner who checks it as it is hasn't tried anything yet."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from types import FunctionType
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
        return isinstance(starter, str) and all(source in starter for source in _sources(answer, set()))
    try:
        given = plain(answer)
    except AnswerError:
        return False
    return bool(_as_json(given) == _as_json(starter))


def _sources(function: FunctionType, seen: set[FunctionType]) -> Iterator[str]:
    """Yield the sources of a function, and of the functions it calls that were defined next to it."""
    seen.add(function)
    yield _source_of(function)
    for name in function.__code__.co_names:
        called = function.__globals__.get(name)
        if inspect.isfunction(called) and called.__module__ == function.__module__ and called not in seen:
            yield from _sources(called, seen)


def _source_of(function: FunctionType) -> str:
    try:
        return inspect.getsource(function).strip()
    except (OSError, TypeError):
        return "…"  # not equal to any starter's source, because no starter contains this character


def _as_json(value: Any) -> Any:
    """Return a value as it would be after a round trip through JSON. Text that is JSON is parsed.

    Other text, such as a rule, is stripped of surrounding white space.
    """
    try:
        return json.loads(value) if isinstance(value, str) else json.loads(json.dumps(value))
    except (ValueError, TypeError):
        return value.strip() if isinstance(value, str) else value
