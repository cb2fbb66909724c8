"""Long work in a widget: some steps at a time on the kernel's own loop, so that buttons and cells have their turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

_CHUNK = 0.05
"""Seconds of work between two looks at what the learner does."""
AT_ONCE = 1.0
"""Seconds of work before anything is shown: what is small is whole then, in a saved notebook as well."""


class Work:
    """Steps to be worked off. `tell` is called when some of them were done, `end` when all were or one raised."""

    def __init__(self, steps: Iterator[Any], tell: Callable[[], object], end: Callable[[], object]) -> None:
        self._steps, self._tell, self._end = steps, tell, end
        self.ended = False
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work in the background; all of it now where no loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.finish()
        else:
            self.task = loop.create_task(self._in_chunks())

    def finish(self) -> None:
        """Work all that is left now."""
        self.advance(float("inf"))

    def drop(self) -> None:
        """Leave the rest undone."""
        if not self.ended:
            self._over()

    def advance(self, seconds: float) -> bool:
        """Work for so long; True when there is nothing left."""
        if self.ended:
            return True
        until = time.perf_counter() + seconds
        try:
            for _ in self._steps:
                if time.perf_counter() > until:
                    self._tell()
                    return False
        except BaseException:
            self._over()
            raise
        self._over()
        return True

    async def _in_chunks(self) -> None:
        while not self.advance(_CHUNK):
            await asyncio.sleep(0.005)

    def _over(self) -> None:
        self.ended = True
        self._end()
