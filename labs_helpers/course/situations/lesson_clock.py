"""The lab clock as lessons use it: what happens by itself while time passes is no exercise's doing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from labs_helpers.course.situations.memory import Memory

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


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

        A key that is deleted meanwhile as planned, for instance, isn't credited to any exercise. The parameters are the
        same as for `datetime.timedelta`. Raises `ValueError` for a negative duration.
        """
        if not self._cloud.part(Memory).before:
            return self._cloud.clock.advance(**duration)
        from labs_helpers.course.situations.snapshots import crediting_no_exercise

        with crediting_no_exercise(self._cloud):
            return self._cloud.clock.advance(**duration)
