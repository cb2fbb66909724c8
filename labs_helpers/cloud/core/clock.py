"""The lab clock: real time plus what a learner moved it by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the cloud's time. Expiry, rotation and windows follow it; request signatures follow real time."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The cloud's time, in UTC."""
        return self.real() + self._offset

    @staticmethod
    def real() -> datetime:
        """The machine's time, in UTC: what SDKs sign their requests with."""
        return datetime.now(UTC)

    def advance(self, **duration: float) -> datetime:
        """Move the cloud's time forward, e.g. `advance(days=1, hours=2)`; returns the new time.

        The words are those of `datetime.timedelta`. Raises `ValueError` for a negative duration: sessions that
        have expired cannot come back.
        """
        step = timedelta(**duration)
        if step < timedelta():
            raise ValueError(f"the lab clock only moves forward; asked for {step}")
        self._offset += step
        return self.now()

    def begin_ago(self, **duration: float) -> datetime:
        """Let the cloud begin that long ago, for a past that is to be told; returns the new time.

        Only before anything happened in it: `RuntimeError` once the clock was moved.
        """
        if self._offset:
            raise RuntimeError("the lab clock was moved already: a cloud's past is told at its beginning")
        self._offset = -timedelta(**duration)
        return self.now()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within the block time may go on; afterwards it is as if it had not: for checks that look ahead."""
        before = self._offset
        try:
            yield
        finally:
            self._offset = before

    def reset(self) -> None:
        """Back to real time."""
        self._offset = timedelta()
