"""The process that regrades reported answers, from JSON on standard input to JSON on standard output.

A learner's process could report false results, but the answers that it reports can be graded again.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from labs_helpers.course.content.loading import days
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade

_KIND_OF_CODE = "function"
"""The kind whose answer is a function, which can't be reported, so only the process that ran it has a verdict."""


def main() -> None:
    """Read the answers to each exercise from standard input and write the verdicts to standard output."""
    given: dict[str, Any] = json.load(sys.stdin)
    json.dump({id: _verdict(id, answer) for id, answer in given.items()}, sys.stdout)


def _verdict(id: str, answer: Any) -> dict[str, Any] | None:
    """Return the verdict on an answer, or None if only the process that it ran in can grade it."""
    day = int(id.partition(".")[0])
    exercise = load(day).get(id) if day in days() else None
    if exercise is None:
        return {"passed": False, "messages": [f"There is no exercise {id}."]}
    if exercise.live or exercise.kind == _KIND_OF_CODE:
        return None
    result = grade(exercise, answer)
    return {"passed": result.passed, "messages": list(result.messages[:8])}


if __name__ == "__main__":
    main()
