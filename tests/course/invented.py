"""Invented exercises, for tests of their kinds."""

from __future__ import annotations

from typing import Any

from labs_helpers.course.grading.kinds import EXERCISE, Exercise

FRAME = {
    "id": "2.9",
    "title": "t",
    "prompt": "p",
    "starter": {},
    "hints": ["a", "b", "c"],
    "wrong": [{"answer": {}, "refused_for": "x", "why": "y"}] * 3,
    "source": ["https://docs.aws.amazon.com/IAM/latest/UserGuide/"],
    "solution": {},
}


def exercise(**more: Any) -> Exercise:
    """Return an exercise with the given fields. All other fields have values that the tests don't look at."""
    return EXERCISE.validate_python(FRAME | more)
