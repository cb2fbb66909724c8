"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.course.situations.trials import Trial
    from labs_helpers.engine.analysis.ceiling import Witness
    from labs_helpers.engine.policy import Decision


@dataclass(frozen=True, slots=True)
class FailedProbe:
    """A probe with an unexpected decision: its number (from 1), its story, and the engine's decision."""

    number: int
    story: str
    expected: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """A clause of the task, and whether the answer satisfies it; None if the check stopped before testing it."""

    number: int
    says: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check. It is true in an `if` statement when the exercise is passed."""

    passed: bool
    exercise: str
    messages: tuple[str, ...]
    failed: tuple[FailedProbe, ...] = ()
    details: Any = None
    """An object to show below the messages: an attacker's report, or a `BarChart`."""
    counts: bool = True
    """False if the check doesn't count as an attempt, because the answer couldn't be read."""
    witnesses: tuple[Witness, ...] = ()
    """Requests that the answer allows but shouldn't."""
    notes: tuple[str, ...] = ()
    """Remarks that are shown but don't affect the result."""
    clauses: tuple[ClauseResult, ...] = ()
    """The task's clauses in order, if it has any."""
    tried: int | None = None
    """The number of requests that tested the answer, if the number depends on the answer."""
    trials: tuple[Trial, ...] = ()
    """Each test with its result, in order, for kinds that report them."""

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"CheckResult(passed={self.passed}, exercise={self.exercise!r}, failed={len(self.failed)})"

    def _ipython_display_(self) -> None:
        """Show nothing as a cell's last value: the check has already printed its page."""
