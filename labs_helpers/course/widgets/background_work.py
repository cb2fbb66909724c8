"""Long work in a widget, a few steps at a time on the event loop, so that buttons and cells stay responsive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

_CHUNK = 0.05
"""The number of seconds of work between two turns of the kernel's event loop."""
AT_ONCE = 1.0
"""The number of seconds to work before the first display, so that small results are complete even in a saved notebook.
"""


class Work:
    """Work that consists of steps. `tell` is called from time to time, and `end` after the last step or an error."""

    def __init__(self, steps: Iterator[Any], tell: Callable[[], object], end: Callable[[], object]) -> None:
        self._steps, self._tell, self._end = steps, tell, end
        self.ended = False
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work in the background, or do all of the work now if no event loop is running."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.finish()
        else:
            self.task = loop.create_task(self._in_chunks())

    def finish(self) -> None:
        """Do all remaining work now."""
        self.advance(float("inf"))

    def drop(self) -> None:
        """Abandon the remaining work."""
        if not self.ended:
            self._over()

    def advance(self, seconds: float) -> bool:
        """Work for this many seconds and return True if all work is done."""
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
