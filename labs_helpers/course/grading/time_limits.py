"""A limit on how long a learner's function may run, without a thread and without a process of its own.

Where there are signals (the main thread on Linux and macOS) an alarm interrupts it. Elsewhere (Windows, a browser's
Python, another thread) the interpreter tells of every function that begins and of every jump, and the clock is looked
at: by sys.monitoring from Python 3.12 on, by a trace function before. Both can interrupt Python code only; what never
comes back from C (`sum(itertools.count())`) is beyond them, and needs the kernel to be stopped.
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

_AGAIN = 0.05
_TOOL = 4
"""One of sys.monitoring's ids that no debugger, profiler or coverage tool has by convention."""
_OURS = frozenset({__file__, contextlib.__file__})
"""What leaves the block must not be interrupted: the limit would stay in force."""


class TimeUp(BaseException):
    """The time is up. No Exception, so that `except Exception` in a learner's code does not swallow it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the block once it has run for so long; again and again, should it be caught."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        way = _by_signal(seconds)
    elif sys.version_info >= (3, 12):
        way = _by_monitoring(seconds)
    else:
        way = _by_tracing(seconds)
    with way:
        yield


@contextlib.contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def up(number: int, frame: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        if frame is None or frame.f_code.co_filename not in _OURS:
            raise TimeUp

    before = signal.signal(signal.SIGALRM, up)
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
    here = threading.get_ident()
    end = time.monotonic() + seconds

    def look(code: CodeType, *_: Any) -> None:
        if time.monotonic() > end and code.co_filename not in _OURS and threading.get_ident() == here:
            raise TimeUp

    told = (events.PY_START, events.PY_RESUME, events.JUMP)
    monitoring.use_tool_id(_TOOL, "labs_helpers")
    for event in told:
        monitoring.register_callback(_TOOL, event, look)
    monitoring.set_events(_TOOL, sum(told))
    try:
        yield
    finally:
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)


@contextlib.contextmanager
def _by_tracing(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds

    def look(frame: Any, *_: Any) -> Any:
        if time.monotonic() > end and frame.f_code.co_filename not in _OURS:
            raise TimeUp
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)
