"""How far long work is: a line in a notebook, after the first second, that goes when all is done.

    for each in watched(attacks, lambda attack: attack.what): …

The line says what is done now, how much of it is done, and how to stop it. Work that is stopped leaves its line, which
then says where. What takes less than a second says nothing, so a fast machine and a slow one leave the same outputs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from labs_helpers.course.shown.display import clean, in_notebook

PATIENCE = 1.0
"""Seconds before anything is said."""
_BETWEEN = 0.25
"""Seconds between two lines."""
_STOP = "(■ in the toolbar, or I twice, stops it)"
Step = TypeVar("Step")
Told = Callable[[int, int, str], None]
"""Is told how far it is: so many steps of how many, and the step that comes now."""


@contextmanager
def telling() -> Iterator[Told]:
    """Give what is told how far it is, and shows it in a notebook."""
    if not in_notebook():
        yield lambda number, of, what: None
        return
    from IPython.display import display

    line, next_at = None, time.monotonic() + PATIENCE

    def told(number: int, of: int, what: str) -> None:
        nonlocal line, next_at
        if (now := time.monotonic()) < next_at:
            return
        shown = {"text/plain": f"{number} of {of}: {clean(what, 100)} {_STOP}"}
        if line is None:
            line = display(shown, raw=True, display_id=True)
        else:
            line.update(shown, raw=True)
        next_at = now + _BETWEEN

    yield told
    if line is not None:
        line.update({"text/plain": ""}, raw=True)


def watched(steps: Iterable[Step], name: Callable[[Step], str]) -> Iterator[Step]:
    """The steps, one after the other, and how far they are."""
    whole = tuple(steps)
    with telling() as told:
        for number, step in enumerate(whole, 1):
            told(number, len(whole), name(step))
            yield step
