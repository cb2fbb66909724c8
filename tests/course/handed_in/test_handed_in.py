"""Learners' submissions are run again. Cells that loop, exit, fork, write, or grow are stopped, and the others run."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.__main__ import main
from labs_helpers.course.content.loading import days
from labs_helpers.course.content.paths import notebooks_in
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.handed_in import child_process
from labs_helpers.course.handed_in.submissions import Submission, read_submissions
from labs_helpers.course.handed_in.supervise import Limits, RunOutcome, run_again
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress

pytestmark = pytest.mark.skipif(
    not hasattr(os, "killpg"), reason="grade says that it does not run on Windows (tests/course/commands)"
)
ROOT = Path(__file__).resolve().parents[3]
OPEN = "from labs_helpers import open_day\nday = open_day(2)"
resource = pytest.importorskip("resource", reason="grade needs it, and does not run on Windows")
QUICK = Limits(cell=6, notebook=120, megabytes=3_000)


def right(id: str) -> str:
    """Return a cell that checks the course's own solution."""
    return f"day.check({id!r}, {load(2)[id].solution!r})"


def wrong(id: str) -> str:
    """Return a cell that checks a policy that allows too much."""
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return f"day.check({id!r}, {everything!r})"


def notebook(path: Path, *sources: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": source.splitlines(keepends=True), "metadata": {}, "outputs": []}
        for source in sources
    ]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    return path


def graded(folder: Path, *sources: str, limits: Limits = QUICK) -> RunOutcome:
    notebook(folder / "eve.ipynb", *sources)
    (work,) = read_submissions(folder)
    return run_again(work, limits)


def test_answers_are_graded_again_and_a_check_that_was_bent_does_not_pass(tmp_path):
    """A learner can manipulate the check in the learner's own process, but the answer is graded in another process."""
    bent = (
        "from labs_helpers.course import grading\nfrom labs_helpers.course.grading.results import CheckResult\n"
        "grading.grade = lambda exercise, answer, cloud: CheckResult(True, exercise.id, ())"
    )
    outcome = graded(tmp_path, OPEN, right("2.1"), wrong("2.2"), bent, wrong("2.3"))
    assert outcome.verdicts["2.1"].passed
    for id in ("2.2", "2.3"):
        assert not outcome.verdicts[id].passed
        assert outcome.verdicts[id].messages
    assert all(verdict.again for verdict in outcome.verdicts.values())


PATCHES = {
    "from labs_helpers.course.grading.kinds import live\n"
    "live.judge_by_limits = None": "replaces labs_helpers.course.grading.kinds.live.judge_by_limits",
    "from labs_helpers.course.grading.results import CheckResult\n"
    "from labs_helpers.course.grading.kinds.function import Function\n"
    "Function.judge = lambda self, answer, cloud: CheckResult(True, self.id, ())": "replaces Function.judge",
    "import labs_helpers.course.grading.kinds.function as function\n"
    "function._same.__code__ = (lambda returned, expected: True).__code__": "kinds.function._same",
    "import labs_helpers.course.lesson.day as days\n"
    "days.Day.check = lambda *given: print('passed')": "replaces Day.check",
    "day.check = lambda *given: print('passed')": "replaces day.check",
}


@pytest.mark.slow
def test_a_patched_check_passes_nothing_and_is_named(tmp_path):
    false = "day.check('3.4', lambda *given: True)"
    outcome = graded(tmp_path, OPEN.replace("2", "3"), *(f"{patch}\n{false}" for patch in PATCHES), false)
    for what in PATCHES.values():
        assert any(what in note for note in outcome.notes), (what, outcome.notes)
    assert not outcome.verdicts["3.4"].passed


def test_a_solution_that_is_read_in_a_cell_is_not_handed_in_or_is_named(tmp_path):
    """Reading the exercise's file is stopped. An answer from the course's own objects is named."""
    from_file = (
        "import json\nfrom labs_helpers.course.content.paths import data_path\n"
        "answer = json.loads(data_path('day2', 'exercises', '2.3.json').read_text())['solution']\n"
        "day.check('2.3', answer)"
    )
    loaded = (
        "from labs_helpers.course.grading.exercise_loading import load\n"
        "day.check('2.1', load(2)['2.1'].solution)\nday.check('2.2', load(2)['2.2'].right[0].answer)"
    )
    outcome = graded(tmp_path, OPEN, from_file, loaded)
    assert "2.3" not in outcome.verdicts
    assert "reads the course's solutions (2.3.json)" in outcome.stopped["2.3"]
    for id in ("2.1", "2.2"):
        assert outcome.verdicts[id].messages == ("word for word an answer in the course's own files",)


def test_the_course_itself_is_not_stopped_when_a_day_is_opened(tmp_path):
    """The files of exercises are read before a cell runs, because cells must not read them."""
    paths = notebooks_in(ROOT / "notebooks")
    cells = [json.loads(path.read_text(encoding="utf-8"))["cells"] for path in paths]
    firsts = ["".join(next(each for each in day if each["cell_type"] == "code")["source"]) for day in cells]
    assert sum("open_day(" in first for first in firsts) == len(days())
    assert graded(tmp_path, *firsts, limits=Limits()).notes == []


def test_the_same_progress_file_from_two_learners_is_named(tmp_path):
    """The copy is recognized even if one of the learners has changed something in it."""
    for name, id in (("ann", "2.1"), ("eve", "2.2")):
        path = tmp_path / name / "progress.json"
        path.parent.mkdir()
        path.write_text(
            json.dumps(
                {"version": 3, "learner": "0123456789abcdef", "exercises": {id: PASSED}, "quizzes": {}}
            )
        )
    _, eve = read_submissions(tmp_path)
    assert eve.faults == ["the progress file is a copy of ann's: it has the same learner ID"]


@pytest.mark.slow
def test_grading_again_draws_what_the_learner_s_own_check_drew(tmp_path):
    """A policy for Alice, Bob, and the names that this learner's check chooses passes her check, but no other
    learner's.
    """
    drawn = load(2)["2.1"].for_learner("0123456789abcdef")._drawing
    names = "alice", "bob", drawn.values["alice"], drawn.values["bob"]
    fitted = json.loads(json.dumps(load(2)["2.1"].solution))
    fitted["Statement"].append(
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:username": [*names]}}}
    )  # fmt: skip
    kept = {"version": 3, "learner": "0123456789abcdef", "exercises": {}, "quizzes": {}}
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "progress.json").write_text(json.dumps(kept))
    notebook(tmp_path / "eve" / "eve.ipynb", OPEN, f"day.check('2.1', {fitted!r})")
    (work,) = read_submissions(tmp_path)
    assert run_again(work, QUICK).verdicts["2.1"].passed
    assert not grade(load(2)["2.1"].for_learner("fedcba9876543210"), fitted).passed


PASSED = {"passed": True, "attempts": 1, "hints": 0, "solution_shown": False}
PRANKS = {
    "import os\nos.fork()": "starts another program or process (os.fork)",
    "import os\nos.posix_spawn('/bin/true', ['true'], {})": "opens a connection (socket.bind)",
    "open('/tmp/labs-escaped', 'w').write('here')": "writes to /tmp/labs-escaped",
    "import os\nos.remove('/tmp/labs-precious')": "changes /tmp/labs-precious",
    "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)": "opens a connection",
    "import os\nos.kill(os.getpid(), 9)": "starts another program or process (os.kill)",
    "import ctypes\nctypes.CDLL(None).fork()": "starts another program or process (C function fork)",
    "type(day).check = lambda *any: True": "replaces day.check",
    "day.check = lambda *any: True": "replaces day.check",
    "raise SystemExit": "SystemExit",
    "day.check('2.4', nothing_of_that_name)": "NameError",
}
if sys.platform != "darwin":  # macOS lets nobody limit a process's memory
    PRANKS["x = bytearray(8 << 30)"] = "MemoryError"


def test_pranks_are_stopped_and_told_and_the_rest_goes_on(tmp_path):
    """Forks, programs, writes, connections, memory, exceptions: each ends only its own cell."""
    precious = Path("/tmp/labs-precious")
    precious.write_text("keep")
    try:
        outcome = graded(tmp_path, OPEN, right("2.1"), *PRANKS, right("2.2"))
        assert precious.exists()
    finally:
        precious.unlink(missing_ok=True)
    notes = "\n".join(outcome.notes)
    for number, told in enumerate(PRANKS.values(), start=3):
        assert f"code cell {number} " in notes
        assert told in notes
    assert outcome.verdicts["2.1"].passed
    assert outcome.verdicts["2.2"].passed
    assert not Path("/tmp/labs-escaped").exists()


def test_where_memory_cannot_be_limited_the_rest_is(monkeypatch):
    """macOS rejects any limit on the address space with an error, which would end every notebook."""
    limited = []
    monkeypatch.setattr(resource, "setrlimit", lambda what, limits: limited.append(what))
    for platform in ("linux", "darwin"):
        monkeypatch.setattr(child_process.sys, "platform", platform)
        child_process.limit_resources(3_000)
    kept = [resource.RLIMIT_FSIZE, resource.RLIMIT_CORE]
    assert limited == [resource.RLIMIT_AS, *kept, *kept]


@pytest.mark.slow
def test_a_cell_that_loops_or_ends_the_process_is_left_out_the_next_time(tmp_path):
    outcome = graded(tmp_path, OPEN, "while True: pass", right("2.1"), "import os\nos._exit(3)", right("2.2"))
    assert outcome.notes == [
        "eve.ipynb: code cell 2 took more than 6 seconds", "eve.ipynb: code cell 4 ended its process with exit code 3",
    ]  # fmt: skip
    assert outcome.verdicts["2.1"].passed
    assert outcome.verdicts["2.2"].passed


@pytest.mark.slow
def test_the_exercise_whose_cell_was_stopped_is_named(tmp_path):
    outcome = graded(tmp_path, OPEN, f"while True: pass\n{right('2.1')}")
    assert outcome.stopped == {"2.1": "took more than 6 seconds"}


FORGED = """
import json, os
for descriptor in range(3, 4096):
    for told in FORGERIES:
        try:
            os.write(descriptor, json.dumps(told).encode() + b"\\n")
        except OSError:
            break
"""


def test_what_a_learners_process_makes_up_passes_nothing(tmp_path):
    """The forged events are for exercises that don't exist, without an answer, or in an unknown form."""
    told = {"event": "check", "id": "2.1", "answer": None, "passed": True, "messages": []}
    forgeries = [told, {**told, "id": "9.9"}, {**told, "id": "2.99"}, {"event": "begin", "cell": 10_000}]
    outcome = graded(tmp_path, OPEN, f"FORGERIES = {forgeries!r}{FORGED}", right("2.2"))
    assert not outcome.verdicts["2.1"].passed
    assert not any(verdict.passed for id, verdict in outcome.verdicts.items() if id != "2.2")
    assert any("code cell 2 " in note for note in outcome.notes)


@pytest.mark.slow
def test_a_live_exercise_counts_by_its_own_process(tmp_path):
    """What was built in the learner's cloud doesn't exist in another process, so the report shows where the result
    comes from.
    """
    outcome = graded(tmp_path, OPEN, "day.check('2.6')")
    assert not outcome.verdicts["2.6"].again


@pytest.fixture
def course(tmp_path) -> Path:
    """A class: a learner with a notebook, one with a progress file, two with the same file, and one with an invalid
    file.
    """
    folder = tmp_path / "class"
    notebook(folder / "ada" / "day2.ipynb", OPEN, right("2.1"), "day.check('2.2', '=cmd()')")
    progress = Progress(folder / "bob.json")
    progress.attempted("2.1", True)
    twin = notebook(folder / "carl" / "day2.ipynb", OPEN, wrong("2.1"))
    (folder / "dora").mkdir()
    (folder / "dora" / "day2.ipynb").write_bytes(twin.read_bytes())
    (folder / "eve.ipynb").write_text('{"cells": [')
    (folder / "fred.json").write_text('{"version": 99, "exercises": {}}')
    (folder / "gil.json").write_bytes(b" " * 2_000_000)
    (folder / "<b>hal.json").write_text("{}")
    return folder


def test_a_class_is_graded_into_csv_and_html(course, tmp_path, capsys):
    table, page = tmp_path / "grades.csv", tmp_path / "grades.html"
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    assert main(["grade", str(course), "--csv", str(table), "--html", str(page), "--seconds", "10"]) == 0
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    results = {(row["learner"], row["exercise"]): row["result"] for row in rows if row["exercise"]}
    assert results["ada", "2.1"] == "passed"
    assert results["ada", "2.2"] == "not yet"
    assert results["ada", "2.3"] == "not handed in"
    assert results["bob", "2.1"] == "claimed"
    notes = {row["learner"]: row["says"] for row in rows if row["result"] == "note"}
    assert "identical to the file that carl submitted" in notes["dora"]
    assert "isn't a notebook" in notes["eve"]
    assert "newer version" in notes["fred"]
    assert "more than 1,000,000 bytes" in notes["gil"]
    assert "<b>hal" not in page.read_text(), "a learner's name is no markup"
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before
    assert "ada: 1 passed" in capsys.readouterr().out


def test_a_report_is_never_written_over(course, tmp_path, capsys):
    table = tmp_path / "grades.csv"
    table.write_text("last year's")
    assert main(["grade", str(course), "--csv", str(table)]) == 1
    assert table.read_text() == "last year's"
    assert "already exists" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["nothing", "empty"])
def test_where_nothing_was_handed_in_that_is_told(tmp_path, what, capsys):
    if what == "empty":
        (tmp_path / what).mkdir()
    assert main(["grade", str(tmp_path / what)]) == 1
    assert capsys.readouterr().err


def test_what_is_handed_in_nbgraders_way_is_read(tmp_path):
    """submitted/<student>/<assignment>/<notebook>: https://nbgrader.readthedocs.io/en/stable/user_guide/philosophy.html"""
    notebook(tmp_path / "submitted" / "ada" / "day2" / "day2_iam.ipynb", OPEN, right("2.1"))
    (work,) = read_submissions(tmp_path / "submitted")
    assert work.learner == "ada"
    assert [each.day for each in work.notebooks] == [2]


def test_what_others_handed_in_is_not_read_and_the_course_s_own_files_are(tmp_path):
    other = notebook(tmp_path / "bob" / "day2.ipynb", OPEN, right("2.2"))
    notebook(tmp_path / "eve" / "day2.ipynb", OPEN, f"open({str(other)!r}).read()", right("2.1"))
    _, eve = read_submissions(tmp_path)
    outcome = run_again(eve, replace(QUICK, unread=tmp_path))
    assert outcome.notes == [f"day2.ipynb: code cell 2 reads {other}, which belongs to another submission"]
    assert outcome.verdicts["2.1"].passed


def test_a_folder_without_work_is_named(tmp_path):
    (tmp_path / "carl").mkdir()
    (work,) = read_submissions(tmp_path)
    assert work.learner == "carl"
    assert work.faults == ["the folder contains no notebook and no progress file"]


def test_a_hidden_checkpoint_is_not_handed_in(tmp_path):
    notebook(tmp_path / "ada" / ".ipynb_checkpoints" / "day2.ipynb", OPEN)
    (work,) = read_submissions(tmp_path)
    assert work.notebooks == []


def test_passed_answers_next_to_a_progress_file_are_no_work_of_their_own(tmp_path):
    progress = Progress(tmp_path / "ada" / "progress.json")
    (tmp_path / "ada").mkdir()
    progress.attempted("2.1", True)
    Answers(progress).keep("2.1", load(2)["2.1"].solution)
    (work,) = read_submissions(tmp_path)
    assert work.faults == []
    assert set(work.claimed) == {"2.1"}


def test_an_empty_hand_in_has_no_rows():
    assert run_again(Submission("ada"), QUICK) == RunOutcome()
    assert os.path.exists(os.devnull)
