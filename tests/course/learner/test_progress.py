"""Progress is written completely or not at all, and is never lost."""

from __future__ import annotations

import builtins
import json
import os
import stat
import subprocess
import sys

import pytest

from labs_helpers.course.learner import progress_format, shared_file
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress

GOOD = {"passed": True, "attempts": 3, "hints": 1, "solution_shown": False}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "progress.json"


def written(path):
    return json.loads(path.read_text())


def test_default_is_a_file_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LABS_PROGRESS")
    Progress().attempted("2.1", True)
    assert (tmp_path / "aws-security-week-progress.json").exists()


def test_nothing_is_written_before_anything_happens(path):
    Progress(path)
    assert not path.exists()


def test_what_happened_is_there_after_a_restart(path):
    first = Progress(path)
    first.attempted("2.1", False)
    first.hinted("2.1", 2)
    first.attempted("2.1", True)
    first.solution_shown("2.3")
    first.quizzed(2, 5, 8)
    again = Progress(path)
    assert again.exercise("2.1") == {"passed": True, "attempts": 2, "hints": 2, "solution_shown": False}
    assert again.exercise("2.3")["solution_shown"]
    assert again.quiz(2) == {"best": 5, "of": 8}


def test_what_is_passed_stays_passed(path):
    progress = Progress(path)
    progress.attempted("2.1", True)
    progress.attempted("2.1", False)
    progress.quizzed(2, 7, 8)
    progress.quizzed(2, 3, 8)
    assert Progress(path).exercise("2.1")["passed"]
    assert Progress(path).quiz(2)["best"] == 7


def test_the_score_of_a_quiz_counts_the_wrong_answers_after_the_last_right_one(path):
    progress = Progress(path)
    for right, answered in ((3, 4), (3, 8), (2, 8)):
        progress.quizzed(2, right, answered)
    assert Progress(path).quiz(2) == {"best": 3, "of": 8}


def test_two_open_notebooks_do_not_undo_each_other(path):
    one, other = Progress(path), Progress(path)
    one.attempted("2.1", True)
    other.attempted("3.1", True)
    one.attempted("2.2", True)
    kept = Progress(path)
    assert all(kept.exercise(id)["passed"] for id in ("2.1", "2.2", "3.1"))


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(path, monkeypatch, fails):
    progress = Progress(path)
    progress.attempted("2.1", True)
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared_file.os, fails, full)
    progress.attempted("2.2", True)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["progress.json"]
    (notice,) = progress.take_notices()
    assert "No space left on device" in notice
    assert progress.exercise("2.2")["passed"]


def test_an_interrupted_write_leaves_the_old_file(path, monkeypatch):
    progress = Progress(path)
    progress.attempted("2.1", True)
    before = path.read_bytes()

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(shared_file.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        progress.attempted("2.2", True)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["progress.json"]


BROKEN = {
    "empty": b"",
    "half": b'{"version": 1, "exerc',
    "no text": b"\xff\xfe\x00",
    "list": b"[]",
    "number": b"1",
    "no version": b'{"exercises": {}, "quizzes": {}}',
    "version of a wrong type": b'{"version": "1", "exercises": {}, "quizzes": {}}',
    "exercises of a wrong type": b'{"version": 1, "exercises": [], "quizzes": {}}',
    "entry of a wrong type": b'{"version": 1, "exercises": {"2.1": 1}, "quizzes": {}}',
    "field of a wrong type": json.dumps(
        {"version": 1, "exercises": {"2.1": GOOD | {"passed": "yes"}}, "quizzes": {}}
    ).encode(),
    "negative": json.dumps(
        {"version": 1, "exercises": {"2.1": GOOD | {"attempts": -1}}, "quizzes": {}}
    ).encode(),
    "foreign id": json.dumps({"version": 1, "exercises": {"<script>": GOOD}, "quizzes": {}}).encode(),
    "deep": b"[" * 100_000,
    "large": b" " * 1_000_001,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_kept_aside_and_reported(path, name):
    path.write_bytes(BROKEN[name])
    progress = Progress(path)
    (notice,) = progress.take_notices()
    assert "progress.json.broken" in notice
    assert (path.parent / "progress.json.broken").read_bytes() == BROKEN[name]
    progress.attempted("2.1", True)
    assert Progress(path).exercise("2.1")["passed"]


def test_several_broken_files_are_all_kept(path):
    for content in ("one", "two", "three"):
        path.write_text(content)
        Progress(path)
    kept = {file.read_text() for file in path.parent.iterdir()}
    assert kept == {"one", "two", "three"}


def test_a_file_that_breaks_while_a_notebook_is_open_loses_nothing(path):
    progress = Progress(path)
    progress.attempted("2.1", True)
    path.write_text("broken by somebody")
    progress.attempted("2.2", True)
    assert Progress(path).exercise("2.1")["passed"]
    assert Progress(path).exercise("2.2")["passed"]


def test_a_later_edition_s_file_is_left_alone(path):
    path.write_text('{"version": 4, "new": true}')
    progress = Progress(path)
    progress.attempted("2.1", True)
    assert path.read_text() == '{"version": 4, "new": true}'
    (notice,) = progress.take_notices()
    assert "newer version" in notice


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told_in_one_line(path):
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    _assert_told_once(path)


def test_a_folder_that_can_t_be_written_is_told_in_one_line(path, monkeypatch):
    def read_only(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(shared_file.tempfile, "mkstemp", read_only)
    _assert_told_once(path)


def test_a_folder_that_is_gone_is_told_in_one_line(tmp_path):
    _assert_told_once(tmp_path / "gone" / "progress.json")


def test_where_nothing_can_be_written_no_page_claims_that_progress_is_kept(tmp_path):
    """Every sentence about where progress is stored states that it is lost when the kernel ends."""
    progress = Progress(tmp_path / "gone" / "progress.json")
    assert "only in memory" in progress.whereabouts()
    progress.attempted("2.1", True)
    assert "only in memory" in progress.whereabouts()
    assert Progress(tmp_path / "progress.json").whereabouts() == "Your progress is saved in progress.json."


def test_a_place_that_cannot_be_written_is_told_before_the_first_exercise(tmp_path):
    (notice,) = Progress(tmp_path / "gone" / "progress.json").take_notices()
    assert "To save it elsewhere, call day.progress().export(path)" in notice


def test_when_a_full_disk_has_room_again_everything_is_saved(path, monkeypatch):
    progress = Progress(path)

    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as while_full:
        while_full.setattr(shared_file.os, "fsync", full)
        assert "No space left on device" in Progress(path).whereabouts()
        progress.attempted("2.1", True)
        assert "No space left on device" in progress.whereabouts()
    (notice,) = progress.take_notices()
    assert "unless a later save succeeds" in notice
    progress.attempted("2.2", True)
    (notice,) = progress.take_notices()
    assert "contains all your progress" in notice
    assert progress.whereabouts() == "Your progress is saved in progress.json."
    assert all(Progress(path).exercise(id)["passed"] for id in ("2.1", "2.2"))


_ANOTHER_KERNEL = """
import sys
from labs_helpers.course.learner.progress import Progress
progress = Progress(sys.argv[1])
sys.stdin.readline()
for number in range(1, 31):
    progress.attempted(f"{sys.argv[2]}.{number}", True)
"""


def test_two_kernels_that_save_at_once_lose_nothing(path):
    command = [sys.executable, "-c", _ANOTHER_KERNEL, str(path)]
    kernels = [subprocess.Popen([*command, day], stdin=subprocess.PIPE) for day in "23"]
    for kernel in kernels:
        kernel.stdin.write(b"now\n")
        kernel.stdin.flush()
    assert [kernel.wait(60) for kernel in kernels] == [0, 0]
    for kernel in kernels:
        kernel.stdin.close()
    kept = Progress(path)
    assert all(kept.exercise(f"{day}.{number}")["passed"] for day in "23" for number in range(1, 31))
    assert [file.name for file in path.parent.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("saved", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_a_file_that_an_editor_on_windows_saved_is_read(path, saved):
    """Such a file ends lines with CR LF, and can begin with a byte order mark."""
    Progress(path).attempted("2.1", True)
    path.write_bytes(saved(path.read_text()).encode())
    again = Progress(path)
    assert again.exercise("2.1")["passed"]
    assert again.take_notices() == []


def _assert_told_once(path):
    progress = Progress(path)
    progress.attempted("2.1", True)
    progress.attempted("2.2", True)
    (notice,) = progress.take_notices()
    assert "lost when this kernel ends" in notice
    assert "\n" not in notice
    assert progress.exercise("2.1")["passed"]


def test_a_lock_that_is_just_being_removed_is_waited_for(path, monkeypatch):
    """Windows reports "access denied" for a file that another process removes at that moment."""
    opened, refused = os.open, []

    def being_removed(file, *rest):
        if str(file).endswith(".lock") and not refused:
            refused.append(file)
            raise PermissionError(13, "Access is denied")
        return opened(file, *rest)

    monkeypatch.setattr(os, "open", being_removed)
    kept = Progress(path)
    kept.attempted("2.1", True)
    assert refused
    assert kept.take_notices() == []
    assert Progress(path).exercise("2.1")["passed"]


@pytest.mark.parametrize("busy", ["replace", "open"])
def test_a_file_that_another_program_has_open_for_a_moment_is_waited_for(path, monkeypatch, busy):
    """Windows reports "access denied" while a virus scanner or a sync program reads the file."""
    Progress(path).attempted("2.1", True)
    module_of = {"replace": os, "open": builtins}[busy]
    whole, refused = getattr(module_of, busy), []

    def looked_at(file, *rest, **named):
        if len(refused) < 2 and (busy == "replace" or file == path):
            refused.append(file)
            raise PermissionError(13, "Access is denied")
        return whole(file, *rest, **named)

    monkeypatch.setattr(module_of, busy, looked_at)
    kept = Progress(path)
    kept.attempted("2.2", True)
    monkeypatch.undo()
    assert len(refused) == 2
    assert kept.take_notices() == []
    assert all(Progress(path).exercise(id)["passed"] for id in ("2.1", "2.2"))


def test_a_folder_that_knows_no_modes_keeps_progress(path, monkeypatch):
    """This happens on a network share or a USB drive: "operation not permitted"."""

    def unknown(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(shared_file.os, "chmod", unknown)
    kept = Progress(path)
    kept.attempted("2.1", True)
    assert kept.take_notices() == []
    assert Progress(path).exercise("2.1")["passed"]


def test_a_lock_of_a_dead_kernel_does_not_stop_anybody(path, monkeypatch):
    monkeypatch.setattr(shared_file, "LOCK_SECONDS", 0.1)
    (path.parent / ".progress.json.lock").touch()
    Progress(path).attempted("2.1", True)
    assert Progress(path).exercise("2.1")["passed"]
    assert [file.name for file in path.parent.iterdir()] == ["progress.json"]


def test_export_and_bring_back_on_another_machine(path, tmp_path, capsys):
    here = Progress(path)
    here.attempted("2.1", True)
    copy = here.export(tmp_path / "copy.json")
    there = Progress(tmp_path / "there.json")
    there.attempted("2.2", True)
    there.attempted("2.1", False)
    assert there.bring_back(copy)
    assert there.exercise("2.1")["passed"]
    assert there.exercise("2.2")["passed"]
    assert Progress(tmp_path / "there.json").exercise("2.1")["passed"]
    assert "Exercises passed in total: 2" in capsys.readouterr().out


@pytest.mark.parametrize("name", BROKEN)
def test_bringing_back_rubbish_changes_nothing(path, tmp_path, capsys, name):
    progress = Progress(path)
    progress.attempted("2.1", True)
    before = path.read_bytes()
    (tmp_path / "rubbish.json").write_bytes(BROKEN[name])
    assert not progress.bring_back(tmp_path / "rubbish.json")
    assert path.read_bytes() == before
    assert (tmp_path / "rubbish.json").read_bytes() == BROKEN[name]
    assert "Nothing was changed" in capsys.readouterr().out


def test_bringing_back_nothing_is_explained(path, tmp_path, capsys):
    assert not Progress(path).bring_back(tmp_path / "none.json")
    assert not Progress(path).bring_back(tmp_path)
    assert "There is no file" in capsys.readouterr().out


def test_export_to_nowhere_is_explained(path, tmp_path, capsys):
    assert Progress(path).export(tmp_path / "gone" / "copy.json") is None
    assert "can't be written" in capsys.readouterr().out


def test_file_names_its_version(path):
    Progress(path).attempted("2.1", True)
    assert written(path)["version"] == 3


def test_a_variable_names_another_file_so_that_test_runs_do_not_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABS_PROGRESS", str(tmp_path / "elsewhere.json"))
    Progress().attempted("2.1", passed=True)
    assert (tmp_path / "elsewhere.json").exists()
    assert not (tmp_path / "aws-security-week-progress.json").exists()


def test_what_follows_once_an_exercise_is_passed_does_not_count(path):
    progress = Progress(path)
    progress.attempted("2.1", False)
    progress.hinted("2.1", 1)
    progress.attempted("2.1", True)
    progress.attempted("2.1", False)
    progress.hinted("2.1", 3)
    assert progress.exercise("2.1") == {"passed": True, "attempts": 2, "hints": 1, "solution_shown": False}


def test_a_file_of_the_first_version_is_taken_in(path):
    path.write_text(
        json.dumps({"version": 1, "exercises": {"2.1": GOOD}, "quizzes": {"2": {"best": 3, "of": 8}}})
    )
    progress = Progress(path)
    progress.predicted(2, "alice-payroll", True)
    assert Progress(path).exercise("2.1") == GOOD
    assert Progress(path).predictions(2) == (1, 1)


@pytest.mark.parametrize("later", [
    {"predictions": {"2.x": 1}}, {"predictions": {"<b>": True}}, {"answers": {"2.1": {"right": 1}}},
    {"beliefs": {"2": {"before": {"1": 9}, "after": {}}}}, {"beliefs": {"2": []}}, {"beliefs": []}, {"designs": []},
    {"designs": {"6": []}}, {"designs": {"<b>": {}}}, {"designs": {"6": {"a": "x" * 300_001}}},
])  # fmt: skip
def test_a_broken_part_of_the_later_ones_is_kept_aside(path, later):
    path.write_text(json.dumps({"version": 2, "exercises": {}, "quizzes": {}} | later))
    assert "couldn't be read" in Progress(path).take_notices()[0]


def test_two_notebooks_keep_both_their_predictions_answers_and_beliefs(path):
    one, other = Progress(path), Progress(path)
    one.predicted(2, "a", True)
    other.predicted(2, "b", False)
    one.answered({"2.1": True})
    other.answered({"2.2": False})
    one.believed(2, "before", {1: 2})
    other.believed(2, "after", {1: -2})
    kept = Progress(path)
    assert kept.predictions(2) == (1, 2)
    assert kept.answers() == {"2.1": (1, 0), "2.2": (0, 1)}
    assert (kept.beliefs(2, "before"), kept.beliefs(2, "after")) == ({1: 2}, {1: -2})


def test_bringing_back_shows_the_new_table(path, tmp_path, capsys):
    progress = Progress(path)
    progress.attempted("2.1", True)
    copy = progress.export(tmp_path / "copy.json")
    from labs_helpers.course.shown.display import Page

    progress.describe = lambda: Page().say("the table")
    progress.bring_back(copy)
    assert "the table" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such special files")
def test_what_is_no_file_is_neither_moved_nor_written_over(tmp_path):
    """LABS_PROGRESS=/dev/null, run by root, must not take /dev/null away."""
    path = tmp_path / "progress.json"
    path.mkdir()
    progress = Progress(path)
    progress.attempted("2.1", passed=True)
    assert path.is_dir()
    assert not list(tmp_path.glob("*.broken*"))
    assert any("isn't a file" in notice for notice in progress.take_notices())


@pytest.mark.parametrize("depth", [200, 900, 3_000, 9_000, 40_000])
def test_a_design_that_is_nested_deeply_raises_nothing(path, depth):
    text = '{"a": ' * depth + "1" + "}" * depth
    path.write_text('{"version": 3, "exercises": {}, "quizzes": {}, "designs": {"6": ' + text + "}}")
    Progress(path).attempted("2.1", True)
    assert Progress(path).exercise("2.1")["passed"]


OLD = '{"version": 3, "exercises": {}, "quizzes": {}, "designs": {"6": {"name": "old"}}}'


def test_a_design_of_an_older_version_is_moved_to_the_answers(path):
    path.write_text(OLD)
    assert Answers(Progress(path)).design(6) == {"name": "old"}
    assert written(path)["designs"] == {}
    assert Answers(Progress(path)).design(6) == {"name": "old"}
    assert Answers(Progress(path)).design(5) is None


def test_a_design_that_was_saved_since_stays(path):
    assert Answers(Progress(path)).keep_design(6, {"name": "new"})
    path.write_text(OLD)
    assert Answers(Progress(path)).design(6) == {"name": "new"}


def test_another_save_of_the_progress_loses_no_design(path):
    path.write_text(OLD)
    Progress(path).attempted("2.1", True)
    assert Answers(Progress(path)).design(6) == {"name": "old"}


def test_bringing_back_an_older_file_brings_its_design(path, tmp_path):
    (tmp_path / "old.json").write_text(OLD)
    progress = Progress(path)
    assert progress.bring_back(tmp_path / "old.json")
    assert Answers(progress).design(6) == {"name": "old"}


def test_an_exercise_stays_passed_since_the_earlier_date(tmp_path):
    early, late = progress_format.empty(), progress_format.empty()
    early["dates"], late["dates"] = {"2.1": "2027-01-01"}, {"2.1": "2027-02-01", "2.2": "2027-02-02"}
    assert progress_format.merged(late, early)["dates"] == {"2.1": "2027-01-01", "2.2": "2027-02-02"}
    path = tmp_path / "p.json"
    path.write_text(progress_format.as_text(early).replace("2027-01-01", "yesterday"), encoding="utf-8")
    with pytest.raises(progress_format.BrokenProgress, match=r"dates\.2\.1"):
        progress_format.read_progress(path)
