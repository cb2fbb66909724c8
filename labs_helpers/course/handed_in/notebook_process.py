"""The process in which one notebook is run again: cells one by one, each check told to whoever started it.

    python -m labs_helpers.course.handed_in.notebook_process NOTEBOOK DESCRIPTOR MEGABYTES UNREAD [SKIPPED CELL …]

Its working folder is the only one that it may write to. What starts programs, forks, opens connections, writes
elsewhere or reads what others handed in (notebooks and progress files of the folder UNREAD, if one is named) while a
learner's cell runs is stopped by an audit hook, and told. That keeps accidents and pranks in; it is no wall against
somebody who means it (docs/instructors.md). https://docs.python.org/3/library/sys.html#sys.addaudithook
"""

from __future__ import annotations

import json
import linecache
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.grading import answers
from labs_helpers.course.handed_in.submissions import HandedIn, Notebook, take_notebook
from labs_helpers.course.lesson.day import Day

_PROGRAMS = frozenset(
    {"os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen", "os.startfile",
     "os.kill", "os.killpg"}
)  # fmt: skip
_CONNECTIONS = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"})
_CHANGES = frozenset(
    {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.chmod", "os.chown", "os.truncate",
     "shutil.rmtree", "shutil.move"}
)  # fmt: skip
_BY_NAME = frozenset({"fork", "vfork", "clone", "system", "popen", "execve", "posix_spawn", "kill", "killpg"})
"""What ctypes is not to look up: functions of C that do what Python's would be stopped for."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Stopped(BaseException):
    """What a cell may not do. No Exception, so that `except Exception` does not swallow it."""


class Guard:
    """Watches what is done while a learner's cell runs."""

    def __init__(self, folder: Path, unread: str, tell: Callable[..., None]) -> None:
        self.cell: int | None = None
        self._folder, self._tell = os.path.realpath(folder), tell
        self._unread = os.path.realpath(unread) if unread else None
        self._course = [os.path.realpath(each) for each in (data_path(), sys.prefix)]

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.cell is None:
            return
        what = self._forbidden(event, arguments)
        if what is not None:
            cell, self.cell = self.cell, None  # telling writes, too
            self._tell("stopped", cell=cell, what=what)
            self.cell = cell
            raise Stopped(what)

    def _forbidden(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        if event in _PROGRAMS:
            return f"starts another program or process ({event})"
        if event == "ctypes.dlsym" and arguments[1] in _BY_NAME:
            return f"starts another program or process ({arguments[1]} of C)"
        if event in _CONNECTIONS:
            return f"opens a connection ({event})"
        if event == "open":
            path, _, flags = arguments
            if self._others(path):
                return f"reads {str(path)[:200]}, which is not its own"
            if not isinstance(flags, int) or not flags & _WRITING or self._own(path):
                return None
            return f"writes to {str(path)[:200]}"
        if event in _CHANGES and not self._own(arguments[0]):
            return f"changes {str(arguments[0])[:200]}"
        return None

    def _own(self, path: Any) -> bool:
        real = _real(path)
        return real is None or real == os.devnull or _within(real, self._folder)

    def _others(self, path: Any) -> bool:
        """Whether it is a notebook or progress file of those that were handed in."""
        real = _real(path)
        if real is None or self._unread is None or not real.endswith((".ipynb", ".json")):
            return False
        return _within(real, self._unread) and not any(_within(real, each) for each in self._course)


def _real(path: Any) -> str | None:
    """Where a path leads; None for what is none."""
    if isinstance(path, int):
        return None
    try:
        return os.path.realpath(os.fsdecode(path))
    except (TypeError, ValueError):
        return None


def _within(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def main(arguments: list[str]) -> None:
    path, descriptor, megabytes, unread, *skipped = arguments
    tell = _teller(int(descriptor))
    _limit(int(megabytes))
    work = HandedIn("")
    take_notebook(work, Path(path), Path(path).read_bytes())
    check = _listening(tell)
    guard = Guard(Path.cwd(), unread, tell)
    sys.addaudithook(guard.watch)
    _run(work.notebooks[0], {int(each) for each in skipped}, guard, check, tell)
    tell("done")


def _teller(descriptor: int) -> Callable[..., None]:
    def tell(event: str, **more: Any) -> None:
        os.write(descriptor, json.dumps({"event": event, **more}).encode() + b"\n")

    return tell


def _limit(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: time is limited, memory is not
        return
    if (
        sys.platform != "darwin"
    ):  # macOS refuses any such limit: https://github.com/python/cpython/issues/78783
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50 << 20, 50 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _listening(tell: Callable[..., None]) -> Callable[..., Any]:
    """A check that tells of itself: the answer as data where it is data, and what came of it here."""
    check = Day.check

    def told(self: Day, id: str, answer: object = None) -> Any:
        result = check(self, id, answer)
        try:
            given = answers.plain(answer)
        except answers.AnswerError:
            given = None
        tell("check", id=result.exercise, answer=given, passed=result.passed, messages=result.messages[:8])
        return result

    return told


def _put_back(check: Callable[..., Any], names: dict[str, Any]) -> bool:
    """Make it the check of every day. Whether a cell had put another one there."""
    bent = Day.check is not check
    Day.check = check  # type: ignore[method-assign]
    for each in names.values():
        if isinstance(each, Day) and vars(each).pop("check", None) is not None:
            bent = True
    return bent


def _run(
    notebook: Notebook,
    skipped: set[int],
    guard: Guard,
    check: Callable[..., Any],
    tell: Callable[..., None],
) -> None:
    from IPython.core.inputtransformer2 import TransformerManager

    names: dict[str, Any] = {"__name__": "__main__"}
    python = TransformerManager().transform_cell
    _put_back(check, names)
    for cell in notebook.cells:
        if cell.number in skipped:
            continue
        tell("begin", cell=cell.number)
        file = f"<cell {cell.number}>"
        source = python(cell.source)
        linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
        try:
            code = compile(source, file, "exec")
            guard.cell = cell.number
            exec(code, names)
        except Stopped:
            pass  # it has been told
        except BaseException as error:
            guard.cell = None
            tell("error", cell=cell.number, what=f"{answers.type_name(error)}: {str(error)[:300]}")
        finally:
            guard.cell = None
            if _put_back(check, names):
                tell("stopped", cell=cell.number, what="puts something else in place of day.check")


if __name__ == "__main__":
    main(sys.argv[1:])
