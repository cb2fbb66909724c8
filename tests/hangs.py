"""A guard for calls that must come to an end, such as with hostile input whose evaluation might take exponential time.

Seconds are measured in bench/, because a busy machine changes them. The guard's limit is so far above any of them that
only a call that hangs reaches it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SECONDS = 120


@contextmanager
def ends() -> Iterator[None]:
    """Fail the test if the block is still running after `SECONDS`. Windows has no such alarm, so nothing is guarded."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"It is still running after {SECONDS} s."))
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
