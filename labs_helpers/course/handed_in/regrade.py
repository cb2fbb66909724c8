"""The process that regrades reported answers, from JSON on standard input to JSON on standard output.

A learner's process could report false results, but the answers that it reports can be graded again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from labs_helpers.course.content.loading import lessons
from labs_helpers.course.content.numbering import lesson_of
from labs_helpers.course.grading.class_seed import class_seed
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Exercise, Probed

_COPIED = "word for word an answer in the course's own files"
_KIND_OF_CODE = "function"
"""The kind whose answer is a function, which can't be reported, so only the process that ran it has a verdict."""


def main() -> None:
    """Read the learner's ID, the other learners' IDs by name, and the answers from standard input; write the verdicts.

    If an exercise's facts differ from learner to learner, a failed answer can match another learner's facts. The
    verdict then names that learner.
    """
    given = json.load(sys.stdin)
    learner, others = given["learner"], given.get("others", {})
    json.dump(
        {id: _verdict(id, answer, learner, others) for id, answer in given["answers"].items()}, sys.stdout
    )


def _verdict(id: str, answer: Any, learner: str, others: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the verdict on an answer, or None if only the process that ran the answer can grade it."""
    day = lesson_of(id)
    exercise = load(day).get(id) if day in lessons() else None
    if exercise is None:
        return {"passed": False, "messages": [f"There is no exercise {id}."]}
    if exercise.live or exercise.kind == _KIND_OF_CODE:
        return None
    seed = class_seed()
    own = exercise.variant(seed, learner)
    result = grade(own.for_learner(learner), answer)
    messages = [_COPIED] if result.passed and _is_copied(own, answer) else list(result.messages[:8])
    if not result.passed and seed and exercise.differs:
        messages = [*_fits(exercise, answer, seed, others), *messages]
    return {"passed": result.passed, "messages": messages}


def _fits(exercise: Exercise, answer: Any, seed: str, others: Mapping[str, str]) -> list[str]:
    """Return a message for every other learner whose facts an answer fits, and another if it fits the printed facts."""
    fits = [
        f"This answer matches the facts of {name}."
        for name, learner in others.items()
        if grade(exercise.variant(seed, learner).for_learner(learner), answer).passed
    ]
    if grade(exercise, answer).passed:
        fits.append("This answer matches the printed facts of the course, without the class's seed.")
    return fits


def _is_copied(exercise: Exercise, answer: Any) -> bool:
    """Return True for a policy that is one of the course's own answers, word for word, with its Sids and its order."""
    if not isinstance(exercise, Probed):
        return False
    own = (exercise.solution, *(each.answer for each in exercise.right))
    return any(json.dumps(each) == json.dumps(answer) for each in own)


if __name__ == "__main__":
    main()
