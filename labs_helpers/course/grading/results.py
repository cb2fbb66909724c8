"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.engine.analysis.ceiling import Witness
    from labs_helpers.engine.policy import Decision


@dataclass(frozen=True, slots=True)
class FailedProbe:
    """A request that came out wrong: its number (from 1), its story, and what the engine decided."""

    number: int
    story: str
    expected: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found. True in an `if` when the exercise is passed."""

    passed: bool
    exercise: str
    messages: tuple[str, ...]
    failed: tuple[FailedProbe, ...] = ()
    details: Any = None
    """More to show than messages: an attacker's report, or a `BarChart`."""
    counts: bool = True
    """Whether it was a try: what could not be read as an answer was none."""
    witnesses: tuple[Witness, ...] = ()
    """Requests that the answer lets through and should not."""
    notes: tuple[str, ...] = ()
    """What is worth saying though it decides nothing."""
    tried: int | None = None
    """With how many an answer was tried, where that depends on the answer."""

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"CheckResult(passed={self.passed}, exercise={self.exercise!r}, failed={len(self.failed)})"

    def _ipython_display_(self) -> None:
        """The check has printed its page already; as a cell's last value it needs no second one."""
