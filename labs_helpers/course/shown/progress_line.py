"""A progress line for long work in a notebook, which appears after a second and disappears at the end.

    for each in with_progress(attacks, lambda attack: attack.what): …

The line shows the current step, the number of steps done, and how to stop the work. If the work is stopped, the line
stays and shows the step. Work that takes less than a second shows no line, so outputs are the same on fast and slow
machines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from labs_helpers.course.shown.display import in_notebook
from labs_helpers.course.shown.printable import clean

PATIENCE = 1.0
"""The number of seconds before the line appears."""
_BETWEEN = 0.25
"""Seconds between two updates of the line."""
_STOP = "(to stop: ■ in the toolbar, or press I twice)"
_hidden: ContextVar[bool] = ContextVar("hidden", default=False)
Step = TypeVar("Step")
Reporter = Callable[[int, int, str], None]
"""A callback that reports progress: the current step's number, the number of all steps, and the step's name."""


@contextmanager
def progress_reporter() -> Iterator[Reporter]:
    """Provide a function that shows progress as a line in a notebook and does nothing elsewhere."""
    if _hidden.get() or not in_notebook():
        yield lambda number, of, what: None
        return
    from IPython.display import display

    line, next_at = None, time.monotonic() + PATIENCE

    def report(number: int, of: int, what: str) -> None:
        """Show or update the line, unless the last update is too recent."""
        nonlocal line, next_at
        if (now := time.monotonic()) < next_at:
            return
        shown = {"text/plain": f"{number} of {of}: {clean(what, 100)} {_STOP}"}
        if line is None:
            line = display(shown, raw=True, display_id=True)
        else:
            line.update(shown, raw=True)
        next_at = now + _BETWEEN

    yield report
    if line is not None:
        line.update({"text/plain": ""}, raw=True)


@contextmanager
def no_progress_line() -> Iterator[None]:
    """Hide the line: an output widget can't change or remove a line that it has shown."""
    before = _hidden.set(True)
    try:
        yield
    finally:
        _hidden.reset(before)


def with_progress(steps: Iterable[Step], name: Callable[[Step], str]) -> Iterator[Step]:
    """Yield the steps one after the other, and show the progress; `name` returns a step's name."""
    all_steps = tuple(steps)
    with progress_reporter() as report:
        for number, step in enumerate(all_steps, 1):
            report(number, len(all_steps), name(step))
            yield step
