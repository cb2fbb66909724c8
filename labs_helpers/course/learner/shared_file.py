"""Atomic writes to a file that several notebooks share, on any disk, with a lock."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

LOCK_SECONDS = 2.0
PATIENCE_SECONDS = 0.5
"""The time limit for retries in seconds, longer than a virus scanner or sync program keeps a small file open."""
Outcome = TypeVar("Outcome")


def replace(path: Path, text: str) -> None:
    """Replace the file at `path` in one step: a reader sees either the old text or the new text, never part of it."""
    path = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):  # some network shares don't support file modes
            os.chmod(name, 0o644)
        retried(lambda: os.replace(name, path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def retried(attempt: Callable[[], Outcome]) -> Outcome:
    """Retry `attempt` while it raises `PermissionError`, for at most PATIENCE_SECONDS, and return its result.

    Windows reports "access denied" for a file that another program has open at that moment.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except PermissionError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


def free_name(path: Path) -> Path:
    """Return the path or, if it exists, the first of NAME-2, NAME-3, … that doesn't."""
    for number in range(2, 1000):
        if not path.exists():
            break
        path = path.with_name(f"{path.name.rsplit('-', 1)[0] if number > 2 else path.name}-{number}")
    return path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file during the block, after waiting for it for at most LOCK_SECONDS.

    An old lock file is removed, because a kernel that died must have left it: no write takes that long.
    """
    lock = path.with_name(f".{path.name}.lock")
    end = time.monotonic() + LOCK_SECONDS
    held = False
    while not held:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            held = True
        except FileExistsError:
            if time.monotonic() > end:
                break
            time.sleep(0.02)
        except PermissionError:  # Windows raises it for a file that is just being removed
            if time.monotonic() > end or not os.access(lock.parent, os.W_OK):
                break
            time.sleep(0.02)
        except OSError:  # a missing folder or a full disk: the write itself will report it
            break
    try:
        yield
    finally:
        if held or time.monotonic() > end:
            with contextlib.suppress(OSError):
                os.unlink(lock)
