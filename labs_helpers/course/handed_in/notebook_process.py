"""The process that reruns one notebook, cell by cell, and reports each check to its parent process.

    python -m labs_helpers.course.handed_in.notebook_process NOTEBOOK DESCRIPTOR MEGABYTES UNREAD [SKIPPED CELL …]

The process can write only to its working folder. While a learner's cell runs, an audit hook stops and reports code that
starts programs, forks, opens connections, writes elsewhere, or reads other submissions (notebooks and progress files in
the folder UNREAD, if one is named). This protects against accidents and pranks, but not against a determined attacker
(docs/instructors.md). https://docs.python.org/3/library/sys.html#sys.addaudithook
"""

from __future__ import annotations

import json
import linecache
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from labs_helpers.course.content.loading import exercise_title, lessons
from labs_helpers.course.content.numbering import folder_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day6.blueprint import steps
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.handed_in.child_process import limit_resources
from labs_helpers.course.handed_in.own_code import OwnCode
from labs_helpers.course.handed_in.submissions import Notebook, Submission, add_notebook
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
_C_FUNCTIONS = frozenset(
    {"fork", "vfork", "clone", "system", "popen", "execve", "posix_spawn", "kill", "killpg"}
)
"""C functions that ctypes must not look up, because Python's functions with the same effect are stopped."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Stopped(BaseException):
    """The error for a forbidden action in a cell. It is a `BaseException`, so `except Exception` does not catch it."""


class Guard:
    """The audit hook that stops forbidden events while a learner's cell runs; `cell` is that cell's number, or None."""

    def __init__(self, folder: Path, unread: str, report: Callable[..., None]) -> None:
        self.cell: int | None = None
        self.own_code: OwnCode | None = None
        self._folder, self._report = os.path.realpath(folder), report
        self._unread = os.path.realpath(unread) if unread else None
        self._course = [os.path.realpath(each) for each in (data_path(), sys.prefix)]
        self._exercises = [os.path.realpath(data_path(folder_of(day), "exercises")) for day in lessons()]

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Report a forbidden event and raise `Stopped`; ignore all other events."""
        if self.cell is None:
            return
        what = self._forbidden(event, arguments)
        if what is not None:
            cell, self.cell = self.cell, None  # the report itself writes, and must not be stopped
            self._report("stopped", cell=cell, what=what)
            self.cell = cell
            raise Stopped(what)

    def undo_replacements(self, opened: Iterable[Day] = ()) -> None:
        """Restore and report what the cell replaced in the course's code, and `check` in the `opened` days."""
        cell, self.cell = self.cell, None
        replaced = self.own_code.restore() if self.own_code is not None else []
        replaced += ["day.check" for day in opened if vars(day).pop("check", None) is not None]
        for name in replaced:
            self._report("stopped", cell=cell, what=f"replaces {name}")
        self.cell = cell

    def _forbidden(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        """Return a description of an event if it is forbidden, or None."""
        if event in _PROGRAMS:
            return f"starts another program or process ({event})"
        if event == "ctypes.dlsym" and arguments[1] in _C_FUNCTIONS:
            return f"starts another program or process (C function {arguments[1]})"
        if event in _CONNECTIONS:
            return f"opens a connection ({event})"
        if event == "open":
            path, _, flags = arguments
            if self._has_solutions(path):
                return f"reads the course's solutions ({os.path.basename(str(path))})"
            if self._is_submitted(path):
                return f"reads {str(path)[:200]}, which belongs to another submission"
            if not isinstance(flags, int) or not flags & _WRITING or self._is_own(path):
                return None
            return f"writes to {str(path)[:200]}"
        if event in _CHANGES and not self._is_own(arguments[0]):
            return f"changes {str(arguments[0])[:200]}"
        return None

    def _has_solutions(self, path: Any) -> bool:
        """Return True for the file of an exercise; `main` loads all of these files before the first cell."""
        real = _real_path(path)
        return real is not None and any(_is_within(real, each) for each in self._exercises)

    def _is_own(self, path: Any) -> bool:
        real = _real_path(path)
        return real is None or real == os.devnull or _is_within(real, self._folder)

    def _is_submitted(self, path: Any) -> bool:
        """Return True for a notebook or progress file that a learner handed in."""
        real = _real_path(path)
        if real is None or self._unread is None or not real.endswith((".ipynb", ".json")):
            return False
        return _is_within(real, self._unread) and not any(_is_within(real, each) for each in self._course)


def _real_path(path: Any) -> str | None:
    """Return a path with its links resolved, or None for a descriptor or an invalid path."""
    if isinstance(path, int):
        return None
    try:
        return os.path.realpath(os.fsdecode(path))
    except (TypeError, ValueError):
        return None


def _is_within(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def main(arguments: list[str]) -> None:
    """Run the notebook that the command line names, and report when it has finished."""
    path, descriptor, megabytes, unread, *skipped = arguments
    report = _reporter(int(descriptor))
    limit_resources(int(megabytes))
    submission = Submission("")
    add_notebook(submission, Path(path), Path(path).read_bytes())
    for day in lessons():  # read before the guard forbids it
        for id in load(day):
            exercise_title(id)
    steps()
    guard = Guard(Path.cwd(), unread, report)
    Day.check = _reporting_check(report, guard)  # type: ignore[method-assign]
    guard.own_code = OwnCode()
    sys.addaudithook(guard.watch)
    _run(submission.notebooks[0], {int(each) for each in skipped}, guard, report)
    report("done")


def _reporter(descriptor: int) -> Callable[..., None]:
    """Return a function that writes an event to a descriptor, as a line of JSON."""

    def report(event: str, **more: Any) -> None:
        """Write an event with its details."""
        os.write(descriptor, json.dumps({"event": event, **more}).encode() + b"\n")

    return report


def _reporting_check(report: Callable[..., None], guard: Guard) -> Callable[..., Any]:
    """Return a `Day.check` that also reports its result, and the answer if it consists of JSON values.

    Anything that the cell replaced in the course's code is restored first.
    """
    check = Day.check

    def reporting_check(self: Day, id: str, answer: object = None) -> Any:
        """Check an answer as `Day.check` does, and report the result."""
        guard.undo_replacements()
        result = check(self, id, answer)
        try:
            given = answers.plain(answer)
        except answers.AnswerError:
            given = None
        report("check", id=result.exercise, answer=given, passed=result.passed, messages=result.messages[:8])
        return result

    return reporting_check


def _run(
    notebook: Notebook,
    skipped: set[int],
    guard: Guard,
    report: Callable[..., None],
) -> None:
    """Run the cells of a notebook except the skipped ones and report what happens in each."""
    from IPython.core.inputtransformer2 import TransformerManager

    names: dict[str, Any] = {"__name__": "__main__"}
    as_python = TransformerManager().transform_cell
    for cell in notebook.cells:
        if cell.number in skipped:
            continue
        report("begin", cell=cell.number)
        file = f"<cell {cell.number}>"
        source = as_python(cell.source)
        linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
        try:
            code = compile(source, file, "exec")
            guard.cell = cell.number
            exec(code, names)
        except Stopped:
            pass  # the guard has reported it
        except BaseException as error:
            guard.cell = None
            report("error", cell=cell.number, what=f"{answers.type_name(error)}: {str(error)[:300]}")
        finally:
            guard.cell = cell.number
            guard.undo_replacements(each for each in names.values() if isinstance(each, Day))
            guard.cell = None


if __name__ == "__main__":
    main(sys.argv[1:])
