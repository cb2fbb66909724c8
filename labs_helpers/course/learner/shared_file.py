"""A file that several notebooks write, on whatever disk it lies: written whole or not at all, by one at a time."""

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
"""Longer than a virus scanner, or what copies a folder to a cloud, has a small file open."""
Outcome = TypeVar("Outcome")


def replace(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step: a reader finds the old file or the new one, never half of it."""
    path = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):  # a share may know no modes
            os.chmod(name, 0o644)
        patiently(lambda: os.replace(name, path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def patiently(attempt: Callable[[], Outcome]) -> Outcome:
    """What `attempt` gives. Windows says "access denied" of a file that another program has open at that moment."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except PermissionError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


def free_name(path: Path) -> Path:
    """The path, or the next of its kind that nothing lies at: NAME-2, NAME-3 …"""
    for number in range(2, 1000):
        if not path.exists():
            break
        path = path.with_name(f"{path.name.rsplit('-', 1)[0] if number > 2 else path.name}-{number}")
    return path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file. One that stays longer than anybody's write takes was left by a kernel that died."""
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
        except PermissionError:  # Windows says it of a file that is just being removed
            if time.monotonic() > end or not os.access(lock.parent, os.W_OK):
                break
            time.sleep(0.02)
        except OSError:  # no folder, a full disk: the write itself will say so
            break
    try:
        yield
    finally:
        if held or time.monotonic() > end:
            with contextlib.suppress(OSError):
                os.unlink(lock)
