"""A time limit for a learner's function, without a separate thread or process.

The limit applies to the thread's processor time, so a busy machine doesn't change a verdict. A function that only waits
is interrupted as well, after ten times as long.

Where signals work (the main thread on Linux and macOS) an alarm interrupts the function. Elsewhere (Windows, Python in
a browser, another thread) the interpreter reports each function call and jump, and the clock is checked on each report.
This uses sys.monitoring in Python 3.12 and later, and a trace function in earlier versions. All of these methods
interrupt only Python code. If a call into C never returns (`sum(itertools.count())`), the kernel must be stopped.
https://docs.python.org/3/library/sys.monitoring.html
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import CodeType
from typing import Any

_RETRY = 0.05
"""Seconds until TimeUp is raised again in code that caught it."""
_PATIENCE = 10
"""The limit on a block's elapsed time, as a multiple of the limit on its processor time."""
_TOOL = 4
"""A tool ID in sys.monitoring that by convention no debugger, profiler, or coverage tool uses."""
_OURS = frozenset({__file__, contextlib.__file__})
"""The files with the code that ends the block. If it were interrupted, the limit would stay in force."""


class TimeUp(BaseException):
    """The error that is raised after the time limit.

    It isn't an `Exception`, so a learner's `except Exception` doesn't catch it.
    """


class _Budget:
    """The time of a block that begins now, in the thread that creates the budget."""

    def __init__(self, seconds: float) -> None:
        self._processor_end = _processor_time() + seconds
        self._clock_end = time.monotonic() + _PATIENCE * seconds

    def left(self) -> float:
        """Return the number of seconds until the limit could be reached; negative if it was."""
        return min(self._processor_end - _processor_time(), self._clock_end - time.monotonic())


# Python in a browser has only one thread, and no clock for a thread's time.
_processor_time = getattr(time, "thread_time", time.process_time)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` in the block after `seconds` of computing. If the block catches it, raise it again repeatedly."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        limit = _by_signal(seconds)
    elif sys.version_info >= (3, 12):
        limit = _by_monitoring(seconds)
    else:
        limit = _by_tracing(seconds)
    with limit:
        yield


@contextlib.contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    budget = _Budget(seconds)

    def interrupt(number: int, frame: Any) -> None:
        """Raise TimeUp if the time is up, except in the code that leaves the block, and set the next alarm."""
        left = budget.left()
        signal.setitimer(signal.ITIMER_REAL, max(left, _RETRY))
        if left <= 0 and (frame is None or frame.f_code.co_filename not in _OURS):
            raise TimeUp

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _by_monitoring(seconds: float) -> Iterator[None]:
    monitoring: Any = getattr(sys, "monitoring", None)
    events = monitoring.events
    limited_thread, budget = threading.get_ident(), _Budget(seconds)

    def check_clock(code: CodeType, *_: Any) -> None:
        """Raise TimeUp if the time is up, except in the code that leaves the block."""
        # sys.monitoring reports the events of all threads.
        is_limited = threading.get_ident() == limited_thread
        if is_limited and budget.left() < 0 and code.co_filename not in _OURS:
            raise TimeUp

    watched_events = (events.PY_START, events.PY_RESUME, events.JUMP)
    monitoring.use_tool_id(_TOOL, "labs_helpers")
    for event in watched_events:
        monitoring.register_callback(_TOOL, event, check_clock)
    monitoring.set_events(_TOOL, sum(watched_events))
    try:
        yield
    finally:
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)


@contextlib.contextmanager
def _by_tracing(seconds: float) -> Iterator[None]:
    budget = _Budget(seconds)

    def check_clock(frame: Any, *_: Any) -> Any:
        """Raise TimeUp if the time is up, except in the code that leaves the block."""
        if budget.left() < 0 and frame.f_code.co_filename not in _OURS:
            raise TimeUp
        return check_clock

    before = sys.gettrace()
    sys.settrace(check_clock)
    try:
        yield
    finally:
        sys.settrace(before)
