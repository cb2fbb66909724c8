"""The lab clock as lessons use it: what happens by itself while time passes isn't attributed to any exercise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from labs_helpers.course.shown.mistakes import Mistake, one_of, shortened
from labs_helpers.course.situations.memory import Memory

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_LONGEST = timedelta(days=36525)


class LessonClock:
    """The lab clock of a day's cloud."""

    def __init__(self, cloud: Cloud) -> None:
        """Use the clock of `cloud`."""
        self._cloud = cloud

    def now(self) -> datetime:
        """Return the cloud's time in UTC."""
        return self._cloud.clock.now()

    def advance(self, **duration: float) -> datetime:
        """Move the cloud's time forward, for example with `advance(days=1, hours=2)`, and return the new time.

        For example, the scheduled deletion of a key in this time isn't credited to any exercise. The units are weeks,
        days, hours, minutes, and seconds. Raises `Mistake`, a `ValueError`, for an unknown unit, a negative duration,
        or more than a century.
        """
        _check(duration)
        if not self._cloud.part(Memory).before:
            return self._cloud.clock.advance(**duration)
        from labs_helpers.course.situations.cloud_snapshots import crediting_no_exercise

        with crediting_no_exercise(self._cloud):
            return self._cloud.clock.advance(**duration)


def _check(duration: dict[str, float]) -> None:
    for unit, count in duration.items():
        one_of(unit, _UNITS, "unit of time")
        if type(count) not in (int, float) or not 0 <= count <= _LONGEST / timedelta(**{unit: 1}):
            raise Mistake(
                f"{unit}={shortened(count)} isn't a time that can pass: the lab clock only moves forward, "
                "by a century at most.",
                "For example: `day.clock.advance(days=1, hours=2)`",
            )
