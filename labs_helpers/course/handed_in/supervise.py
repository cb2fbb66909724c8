"""Runs what was handed in, in processes of their own: one that loops, exits or grows is ended, and the rest goes on."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from labs_helpers.course.handed_in.submissions import Cell, HandedIn, Notebook

_ENDINGS = 6
"""How many cells of a notebook may end its process before no more are tried."""
_ID = re.compile(r"[1-9]\.[1-9][0-9]?")
_START = 90.0
"""Seconds for a process to begin with its first cell."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a cell and a notebook may take, and megabytes of memory; `unread`: the folder of all that was handed in,
    of which no cell reads what others handed in."""

    cell: float = 30.0
    notebook: float = 300.0
    megabytes: int = 3_000
    unread: Path | None = None


@dataclass(slots=True)
class Verdict:
    """What came of an exercise. `again`: graded again from the answer, apart from the learner's process."""

    passed: bool
    messages: tuple[str, ...] = ()
    again: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of a notebook: verdicts by exercise, exercises whose cell was stopped, and what else happened."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run_again(work: HandedIn, limits: Limits) -> Outcome:
    """Run all notebooks of a learner; what one says of an exercise stands beside what the others say."""
    whole = Outcome()
    for notebook in work.notebooks:
        outcome = _Run(notebook, limits).outcome()
        for id, verdict in outcome.verdicts.items():
            if id not in whole.verdicts or verdict.passed:
                whole.verdicts[id] = verdict
        whole.stopped.update(outcome.stopped)
        whole.notes += [f"{notebook.path.name}: {note}" for note in outcome.notes]
    return whole


class _Run:
    """One notebook, run until it is through, each time without the cells that ended it before."""

    def __init__(self, notebook: Notebook, limits: Limits) -> None:
        self._notebook, self._limits = notebook, limits
        self._ended: dict[int, str] = {}
        self._answers: dict[str, Any] = {}
        self._outcome = Outcome()

    def outcome(self) -> Outcome:
        end = time.monotonic() + self._limits.notebook
        while len(self._ended) < _ENDINGS and time.monotonic() < end:
            if self._once(end):
                break
        else:
            self._outcome.notes.append("was given up: too many cells ended it, or it took too long")
        for number, what in self._ended.items():
            self._stop(self._notebook.cells[number], what)
        for id, again in _graded_again(self._answers).items():
            if again is not None:
                self._outcome.verdicts[id] = Verdict(again["passed"], tuple(again["messages"]), again=True)
        return self._outcome

    def _stop(self, cell: Cell, what: str) -> None:
        self._outcome.notes.append(f"code cell {cell.number + 1} {what}")
        for id in cell.checks:
            self._outcome.stopped.setdefault(id, what)

    def _once(self, end: float) -> bool:
        """Run the cells that have not ended a run yet. Whether it came to its end."""
        self._outcome.verdicts.clear()
        self._outcome.notes = [note for note in self._outcome.notes if "raised" not in note]
        at: int | None = None
        with _child(self._notebook, self._limits, self._ended) as (process, events):
            until = min(end, time.monotonic() + _START)
            while (told := _next(events, until, len(self._notebook.cells))) is not None:
                until = min(end, time.monotonic() + self._limits.cell)
                if told["event"] == "done":
                    return True
                at = told["cell"] if told["event"] == "begin" else at
                self._take(told)
            looped = time.monotonic() >= until
            if at is None:
                self._outcome.notes.append(f"could not be started: {events.last_words()}")
                return True
            self._ended[at] = (
                f"took more than {self._limits.cell:.0f} seconds" if looped else _ending(process)
            )
        return False

    def _take(self, told: dict[str, Any]) -> None:
        if told["event"] == "check" and told["id"]:
            before = self._outcome.verdicts.get(told["id"])
            if before is None or not before.passed:
                self._outcome.verdicts[told["id"]] = Verdict(told["passed"], tuple(told["messages"]))
                self._answers[told["id"]] = told["answer"]
        elif told["event"] == "stopped":
            self._stop(self._notebook.cells[told["cell"]], told["what"])
        elif told["event"] == "error":
            self._outcome.notes.append(f"code cell {told['cell'] + 1} raised {told['what']}")


@contextlib.contextmanager
def _child(
    notebook: Notebook, limits: Limits, skipped: dict[int, str]
) -> Iterator[tuple[subprocess.Popen[bytes], _Events]]:
    """A process that runs the notebook in a folder of its own; it and whatever it started are gone in the end."""
    folder = Path(tempfile.mkdtemp(prefix="labs-grade-"))
    reading, writing = os.pipe()
    command = [
        sys.executable, "-m", "labs_helpers.course.handed_in.notebook_process",
        str(notebook.path.absolute()), str(writing), str(limits.megabytes),
        str(limits.unread.absolute()) if limits.unread else "", *map(str, skipped),
    ]  # fmt: skip
    said = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the rest below
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(folder), pass_fds=(writing,), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
        os.close(writing)
        try:
            yield process, _Events(reading, said)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    finally:
        said.close()
        os.close(reading)
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of whoever grades but the way to Python and to the course."""
    package = Path(__file__).parents[3]
    return {
        "PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join([str(package), *sys.path[1:]]),
        "HOME": str(folder), "TMPDIR": str(folder), "LABS_PROGRESS": str(folder / "progress.json"),
        "PYTHONDONTWRITEBYTECODE": "1", "IPYTHONDIR": str(folder),
    }  # fmt: skip


class _Events:
    """Lines of JSON from a descriptor; and what the process wrote to standard error."""

    def __init__(self, descriptor: int, said: IO[bytes]) -> None:
        self.descriptor, self.rest, self._said = descriptor, b"", said

    def last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read(1_000_000).decode("utf-8", "replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "it said nothing")


def _next(events: _Events, until: float, cells: int) -> dict[str, Any] | None:
    """The next event; None if none came in time, the process has ended, or what it said is no event of ours."""
    with selectors.DefaultSelector() as selector:
        selector.register(events.descriptor, selectors.EVENT_READ)
        while b"\n" not in events.rest:
            if not selector.select(max(0.0, until - time.monotonic())):
                return None
            part = os.read(events.descriptor, 65_536)
            if not part or len(events.rest) > 20_000_000:
                return None
            events.rest += part
    line, _, events.rest = events.rest.partition(b"\n")
    try:
        told = json.loads(line)
        return told if _believable(told, cells) else None
    except (ValueError, RecursionError):
        return None


def _ending(process: subprocess.Popen[bytes]) -> str:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    code = process.returncode
    if code is None:
        return "said something that no process of the course says"
    if code < 0:
        return f"ended its process by {signal.Signals(-code).name}"
    return f"ended its process with exit code {code}"


def _graded_again(answers: dict[str, Any]) -> dict[str, dict[str, Any] | None]:
    """By exercise, the verdict on an answer; None where only the process that it ran in can tell.

    Where the grading itself fails, nothing is passed: what a learner's process says of itself must not count instead.
    """
    if not answers:
        return {}
    try:
        with tempfile.TemporaryDirectory(prefix="labs-grade-") as folder:
            done = subprocess.run(
                [sys.executable, "-m", "labs_helpers.course.handed_in.regrade"], input=json.dumps(answers),
                encoding="utf-8", capture_output=True, timeout=_START, cwd=folder, env=_environment(Path(folder)),
                check=True,
            )  # fmt: skip
        graded: dict[str, dict[str, Any] | None] = json.loads(done.stdout)
        return graded
    except (subprocess.SubprocessError, ValueError) as error:
        why = f"The answer could not be graded again: {type(error).__name__}."
        return {id: {"passed": False, "messages": [why]} for id in answers}


def _believable(told: Any, cells: int) -> bool:
    """Whether an event is one of ours: a learner's code can write whatever it likes to where events come from."""
    if not isinstance(told, dict):
        return False
    event = told.get("event")
    if event in ("begin", "stopped", "error"):
        at, what = told.get("cell"), told.get("what", "")
        return type(at) is int and 0 <= at < cells and isinstance(what, str)
    if event == "check":
        messages, id = told.get("messages"), told.get("id")
        listed = isinstance(messages, list) and all(isinstance(each, str) for each in messages)
        named = isinstance(id, str) and (id == "" or _ID.fullmatch(id) is not None)
        return listed and named and type(told.get("passed")) is bool and "answer" in told
    return bool(event == "done")
