"""The lab clock: real time plus any time that the learner added."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class Clock:
    """The cloud's time.

    Expiration, rotation, and time windows depend on the cloud's time; request signatures depend on real time.
    """

    def __init__(self) -> None:
        """Start at real time."""
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the cloud's time in UTC."""
        return self.real() + self._offset

    @staticmethod
    def real() -> datetime:
        """Return the machine's time in UTC, which SDKs use to sign requests."""
        return datetime.now(UTC)

    def advance(self, **duration: float) -> datetime:
        """Move the cloud's time forward, for example with `advance(days=1, hours=2)`, and return the new time.

        The parameters are the same as for `datetime.timedelta`. Raises `ValueError` for a negative duration, because
        expired sessions can't become valid again.
        """
        step = timedelta(**duration)
        if step < timedelta():
            raise ValueError(f"the lab clock only moves forward; got {step}")
        self._offset += step
        return self.now()

    def begin_ago(self, **duration: float) -> datetime:
        """Move the cloud's start time into the past, for a lesson about earlier events, and return the new time.

        Raises `RuntimeError` if the clock has already been moved, because only a new cloud can start earlier.
        """
        if self._offset:
            raise RuntimeError("the lab clock has already moved: set a cloud's past before anything else")
        self._offset = -timedelta(**duration)
        return self.now()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Restore the cloud's time after the block, however far the block moved it. Checks that look ahead use this."""
        before = self._offset
        try:
            yield
        finally:
            self._offset = before

    def reset(self) -> None:
        """Return the clock to real time."""
        self._offset = timedelta()
