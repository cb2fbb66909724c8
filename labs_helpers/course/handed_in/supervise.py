"""The supervisor, which runs submitted notebooks in separate processes.

It ends notebooks that loop, exit, or use too much memory.
"""

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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from labs_helpers.course.content.numbering import EXERCISE_ID
from labs_helpers.course.handed_in.child_process import PROGRESS, environment
from labs_helpers.course.handed_in.submissions import Cell, Notebook, Submission
from labs_helpers.course.learner.progress_format import as_text, empty

_ENDINGS = 6
"""The number of times that cells can end a notebook's process before the notebook is stopped."""
_ID = re.compile(EXERCISE_ID)
_START = 90.0
"""The time limit, in seconds, for a process to begin its first cell."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The time limits for a cell and a notebook in seconds, and the memory limit in megabytes.

    `unread`: the folder with all submissions, in which a cell must not read files of other learners.
    """

    cell: float = 30.0
    notebook: float = 300.0
    megabytes: int = 3_000
    unread: Path | None = None


@dataclass(slots=True)
class ExerciseVerdict:
    """The result of an exercise. `again`: True if the answer was regraded outside the learner's process."""

    passed: bool
    messages: tuple[str, ...] = ()
    again: bool = False


@dataclass(slots=True)
class RunOutcome:
    """The outcome of running notebooks: verdicts by exercise, exercises whose cells were stopped, and notes."""

    verdicts: dict[str, ExerciseVerdict] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run_again(work: Submission, limits: Limits, others: Mapping[str, str] | None = None) -> RunOutcome:
    """Run all of a learner's notebooks and return their combined outcome. A pass takes precedence over a failure.

    `others`: the IDs of the class's other learners by name, to find out whose facts a failed answer matches.
    """
    whole = RunOutcome()
    for notebook in work.notebooks:
        outcome = _Run(notebook, limits, work.learner_id, others or {}).outcome()
        for id, verdict in outcome.verdicts.items():
            if id not in whole.verdicts or verdict.passed:
                whole.verdicts[id] = verdict
        whole.stopped.update(outcome.stopped)
        whole.notes += [f"{notebook.path.name}: {note}" for note in outcome.notes]
    return whole


class _Run:
    """A notebook that is rerun until it reaches its end, each time without the cells that ended its process."""

    def __init__(
        self, notebook: Notebook, limits: Limits, learner_id: str, others: Mapping[str, str]
    ) -> None:
        self._notebook, self._limits, self._learner_id, self._others = notebook, limits, learner_id, others
        self._ended: dict[int, str] = {}
        self._answers: dict[str, Any] = {}
        self._outcome = RunOutcome()

    def outcome(self) -> RunOutcome:
        """Run the notebook, grade its answers again, and return the outcome."""
        end = time.monotonic() + self._limits.notebook
        while len(self._ended) < _ENDINGS and time.monotonic() < end:
            if self._run_once(end):
                break
        else:
            self._outcome.notes.append("was stopped: too many cells ended its process, or it took too long")
        for number, what in self._ended.items():
            self._stop(self._notebook.cells[number], what)
        for id, again in _graded_again(self._answers, self._learner_id, self._others).items():
            if again is not None:
                self._outcome.verdicts[id] = ExerciseVerdict(
                    again["passed"], tuple(again["messages"]), again=True
                )
        return self._outcome

    def _stop(self, cell: Cell, what: str) -> None:
        self._outcome.notes.append(f"code cell {cell.number + 1} {what}")
        for id in cell.checks:
            self._outcome.stopped.setdefault(id, what)

    def _run_once(self, end: float) -> bool:
        """Run the cells that have not ended a run yet, and return True if the notebook reached its end."""
        self._outcome.verdicts.clear()
        self._outcome.notes = [note for note in self._outcome.notes if "raised" not in note]
        at: int | None = None
        with _child(self._notebook, self._limits, self._learner_id, self._ended) as (process, events):
            until = min(end, time.monotonic() + _START)
            while (event := _next_event(events, until, len(self._notebook.cells))) is not None:
                until = min(end, time.monotonic() + self._limits.cell)
                if event["event"] == "done":
                    return True
                at = event["cell"] if event["event"] == "begin" else at
                self._handle(event)
            looped = time.monotonic() >= until
            if at is None:
                self._outcome.notes.append(f"couldn't be started: {events.last_error_line()}")
                return True
            self._ended[at] = (
                f"took more than {self._limits.cell:.0f} seconds" if looped else _ending(process)
            )
        return False

    def _handle(self, event: dict[str, Any]) -> None:
        if event["event"] == "check" and event["id"]:
            before = self._outcome.verdicts.get(event["id"])
            if before is None or not before.passed:
                verdict = ExerciseVerdict(event["passed"], tuple(event["messages"]))
                self._outcome.verdicts[event["id"]] = verdict
                self._answers[event["id"]] = event["answer"]
        elif event["event"] == "stopped":
            self._stop(self._notebook.cells[event["cell"]], event["what"])
        elif event["event"] == "error":
            self._outcome.notes.append(f"code cell {event['cell'] + 1} raised {event['what']}")


@contextlib.contextmanager
def _child(
    notebook: Notebook, limits: Limits, learner_id: str, skipped: dict[int, str]
) -> Iterator[tuple[subprocess.Popen[bytes], _Events]]:
    """Start a process that runs the notebook in its own folder; at the end, kill it and its children.

    The folder has an empty progress file with the learner's ID, so that the checks use the same values as they did for
    the learner.
    """
    folder = Path(tempfile.mkdtemp(prefix="labs-grade-"))
    progress = as_text({**empty(), "learner": learner_id})
    (folder / PROGRESS).write_text(progress, encoding="utf-8", newline="\n")
    reading, writing = os.pipe()
    command = [
        sys.executable, "-m", "labs_helpers.course.handed_in.notebook_process",
        str(notebook.path.absolute()), str(writing), str(limits.megabytes),
        str(limits.unread.absolute()) if limits.unread else "", *map(str, skipped),
    ]  # fmt: skip
    said = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the rest below
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(folder), pass_fds=(writing,), start_new_session=True,
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


class _Events:
    """The lines of JSON that a process writes to a descriptor, and its standard error."""

    def __init__(self, descriptor: int, said: IO[bytes]) -> None:
        self.descriptor, self.rest, self._said = descriptor, b"", said

    def last_error_line(self) -> str:
        """Return the last line of standard error."""
        self._said.seek(0)
        lines = self._said.read(1_000_000).decode("utf-8", "replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "no error message")


def _next_event(events: _Events, until: float, cells: int) -> dict[str, Any] | None:
    """Return the next event, or None if no event came in time, the process ended, or the line isn't a valid event."""
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
        event = json.loads(line)
        return event if _is_valid(event, cells) else None
    except (ValueError, RecursionError):
        return None


def _ending(process: subprocess.Popen[bytes]) -> str:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    code = process.returncode
    if code is None:
        return "sent an invalid report"
    if code < 0:
        return f"ended its process with signal {signal.Signals(-code).name}"
    return f"ended its process with exit code {code}"


def _graded_again(
    answers: dict[str, Any], learner_id: str, others: Mapping[str, str]
) -> dict[str, dict[str, Any] | None]:
    """Return the verdicts on answers by exercise; None for an answer that only the process that ran it can grade.

    If the grading itself fails, nothing is passed: the results that a learner's process reports must not be used
    instead.
    """
    if not answers:
        return {}
    try:
        given = json.dumps({"learner": learner_id, "others": dict(others), "answers": answers})
        with tempfile.TemporaryDirectory(prefix="labs-grade-") as folder:
            done = subprocess.run(
                [sys.executable, "-m", "labs_helpers.course.handed_in.regrade"], input=given, encoding="utf-8",
                capture_output=True, timeout=_START, cwd=folder, env=environment(Path(folder)), check=True,
            )  # fmt: skip
        graded: dict[str, dict[str, Any] | None] = json.loads(done.stdout)
        return graded
    except (subprocess.SubprocessError, ValueError) as error:
        why = f"The answer couldn't be graded again: {type(error).__name__}."
        return {id: {"passed": False, "messages": [why]} for id in answers}


def _is_valid(event: Any, cells: int) -> bool:
    """Return True for an event that a notebook's process can report.

    The learner's code runs in that process, and can write anything to the descriptor of the events.
    """
    if not isinstance(event, dict):
        return False
    kind = event.get("event")
    if kind in ("begin", "stopped", "error"):
        at, what = event.get("cell"), event.get("what", "")
        return type(at) is int and 0 <= at < cells and isinstance(what, str)
    if kind == "check":
        messages, id = event.get("messages"), event.get("id")
        listed = isinstance(messages, list) and all(isinstance(each, str) for each in messages)
        named = isinstance(id, str) and (id == "" or _ID.fullmatch(id) is not None)
        return listed and named and type(event.get("passed")) is bool and "answer" in event
    return bool(kind == "done")
