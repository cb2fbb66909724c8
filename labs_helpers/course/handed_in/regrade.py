"""The process in which answers are graded that a learner's process only told of: JSON in, JSON out.

What a learner's process says of its checks might be made up; what it handed in as an answer can be graded again.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from labs_helpers.course.content.loading import days
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade

_OF_CODE = "function"
"""A function is no data: its verdict is that of the process it ran in."""


def main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    json.dump({id: _verdict(id, answer) for id, answer in given.items()}, sys.stdout)


def _verdict(id: str, answer: Any) -> dict[str, Any] | None:
    """What an answer is worth; None where only the process that it ran in can tell."""
    day = int(id.partition(".")[0])
    exercise = load(day).get(id) if day in days() else None
    if exercise is None:
        return {"passed": False, "messages": [f"There is no exercise {id}."]}
    if exercise.live or exercise.kind == _OF_CODE:
        return None
    result = grade(exercise, answer)
    return {"passed": result.passed, "messages": list(result.messages[:8])}


if __name__ == "__main__":
    main()
