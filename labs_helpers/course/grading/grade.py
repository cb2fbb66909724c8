"""The grader, which never raises exceptions and keeps the check's own calls out of the learner's record.

Each kind of exercise grades itself (labs_helpers.course.grading.kinds): with probes and a ceiling, or with real calls.
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
    """Keep a live check's calls in the block out of the learner's record, and don't let it move the learner's clock."""
    if cloud is None or not exercise.live or not exercise.apart:
        yield
        return
    with cloud.record.aside(), cloud.clock.aside():
        yield


def grade(exercise: Exercise, answer: object = None, cloud: Cloud | None = None) -> CheckResult:
    """Grade an answer of any type.

    The function never raises an exception. If an answer can't be graded, the result explains why. `cloud`: the running
    cloud, which live exercises require. They don't need an answer: the cloud itself is graded.
    """
    from labs_helpers.engine.policy import PolicyError

    try:
        with _apart(exercise, cloud):
            return exercise.judge(answer, cloud)
    except AnswerError as error:
        return CheckResult(False, exercise.id, tuple(str(error).splitlines()), counts=False)
    except PolicyError as error:
        return CheckResult(False, exercise.id, (f"AWS rejects this policy. {error}",), counts=False)
    except (
        Exception
    ) as error:  # learners are promised "no traceback": name the fault, and say that it is ours
        message = (
            "This answer couldn't be graded. That's a bug in the course, not your mistake: "
            f"{answers.type_name(error)} while grading {exercise.id}. Please report it."
        )
        return CheckResult(False, exercise.id, (message,), counts=False)
