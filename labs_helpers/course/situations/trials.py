"""The tests of an answer, each with its request, its result, and the clauses of the task that it tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from labs_helpers.course.situations.faults import Fault

if TYPE_CHECKING:
    from labs_helpers.cloud import Judgement


class Must(Enum):
    """The required result of a tested request, or the fact that the test is a question to answer."""

    WORK = "What must work"
    FAIL = "What must be denied"
    REJECT = "What must be rejected"
    """The required result of a learner's function, which rejects what it is called with."""
    ANSWER = "Your answers"

    @classmethod
    def of(cls, expected: str) -> Must:
        """Return WORK for the words with which data/ expects success, and FAIL for a denial or an error code."""
        return cls.WORK if expected in ("allow", "works", "work") else cls.FAIL


@dataclass(frozen=True, slots=True)
class Trial:
    """One test of an answer. `right`: None if it wasn't run, or if the learner hasn't answered this part yet."""

    title: str
    """The name of what was tested, without its result."""
    must: Must
    right: bool | None
    fault: Fault | None = None
    """The fault that the test found."""
    clauses: tuple[int, ...] = ()
    judgement: Judgement | None = None
    """The decision about the request, if the engine made it."""
    label: str = ""
    """The test's own name, such as `probe 6.10`."""
    group: str = ""
    """The earlier step that the test belongs to, if it isn't a test of this exercise."""
    told: str = ""
    """The problem and its fix, if the decision shows the rest of the fault's story."""
    story: str = ""
    """The problem that a wrong result indicates, in the exercise's words, if they don't depend on the result."""


def trial(title: str, must: Must, fault: Fault | None, clauses: tuple[int, ...] = ()) -> Trial:
    """Return a test that was run. `fault` is the fault that it found, or None if the result was right."""
    return Trial(title, must, fault is None, fault, clauses if fault is None else fault.clauses or clauses)
