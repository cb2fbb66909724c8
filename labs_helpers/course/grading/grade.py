"""Grading an answer: never raises, and what a check asks of the cloud stays apart from what the learner asked.

Each kind of exercise grades itself (course/kinds/): by probes put to the engine and by a ceiling, or by real calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.kinds.exercise import Exercise


@contextmanager
def _apart(exercise: Exercise, cloud: Cloud | None) -> Iterator[None]:
    """Within the block, a live check's calls stay out of the learner's record, and off the learner's clock."""
    if cloud is None or not exercise.live or not exercise.apart:
        yield
        return
    with cloud.record.aside(), cloud.clock.aside():
        yield


def grade(exercise: Exercise, answer: object = None, cloud: Cloud | None = None) -> CheckResult:
    """Grade any answer of any type. Never raises: what can't be graded is explained in the result.

    `cloud` is the running one, which the live kinds need; a repair needs no answer.
    """
    from labs_helpers.engine.policy import PolicyError

    try:
        with _apart(exercise, cloud):
            return exercise.judge(answer, cloud)
    except AnswerError as error:
        return CheckResult(False, exercise.id, tuple(str(error).splitlines()), counts=False)
    except PolicyError as error:
        return CheckResult(False, exercise.id, (f"AWS would not take this policy. {error}",), counts=False)
    except Exception as error:  # the promise to learners is "no traceback": name the fault, and whose it is
        message = (
            "This answer could not be graded, and that is a fault of the course, not of yours: "
            f"{answers.type_name(error)} while grading {exercise.id}. Please report it."
        )
        return CheckResult(False, exercise.id, (message,), counts=False)
