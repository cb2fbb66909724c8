"""Correct answers stay in force in a separate file, which the learner can delete and nothing can misuse."""

from __future__ import annotations

import json

import pytest

from labs_helpers.course.learner import shared_file
from labs_helpers.course.learner.answers import VERSION, Answers
from labs_helpers.course.learner.progress import Progress

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "progress.answers.json"


@pytest.fixture
def opened(tmp_path):
    return lambda: Answers(Progress(tmp_path / "progress.json"))


def test_nothing_is_written_before_an_answer_is_kept(opened, path):
    assert opened().all() == {}
    assert not path.exists()


def test_the_file_holds_the_answers_and_nothing_else(opened, path):
    opened().keep("2.1", POLICY)
    assert json.loads(path.read_text()) == {"version": VERSION, "answers": {"2.1": POLICY}}


def test_the_latest_answer_is_in_force_in_the_order_of_the_exercises(opened):
    answers = opened()
    for id, answer in (("2.10", "{}"), ("2.2", POLICY), ("2.2", {"identity": POLICY})):
        answers.keep(id, answer)
    assert list(opened().all().items()) == [("2.2", {"identity": POLICY}), ("2.10", "{}")]


def test_two_open_notebooks_do_not_undo_each_other(opened):
    one, other = opened(), opened()
    one.keep("2.1", POLICY)
    other.keep("4.3", POLICY)
    one.keep("2.2", POLICY)
    assert list(opened().all()) == ["2.1", "2.2", "4.3"]


def test_an_answer_that_was_taken_back_stays_away_in_every_notebook(opened):
    one, other = opened(), opened()
    one.keep("2.1", POLICY)
    assert other.take_back("2.1")
    assert not other.take_back("2.1")
    one.keep("2.2", POLICY)
    assert list(opened().all()) == ["2.2"]


@pytest.mark.parametrize("how", ["by delete", "by hand"])
def test_a_deleted_file_does_not_come_back(opened, path, how):
    one, other = opened(), opened()
    one.keep("2.1", POLICY)
    assert other.all()
    if how == "by delete":
        one.delete()
    else:
        path.unlink()
    assert not path.exists()
    other.keep("2.2", POLICY)
    assert list(one.all()) == ["2.2"]


BROKEN = {
    "empty": b"",
    "no text": b"\xff\xfe\x00",
    "list": b"[]",
    "no version": b'{"answers": {}}',
    "answers of a wrong type": b'{"version": 1, "answers": []}',
    "answer of a wrong type": b'{"version": 1, "answers": {"2.1": 1}}',
    "foreign id": b'{"version": 1, "answers": {"<script>": {}}}',
    "another program's": b'{"version": 1, "exercises": {}, "quizzes": {}}',
    "deep": b"[" * 100_000,
    "large answer": b'{"version": 1, "answers": {"2.1": "' + b"x" * 300_001 + b'"}}',
    "large": b" " * 10_000_001,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_or_foreign_file_is_kept_aside_and_reported(opened, path, name):
    path.write_bytes(BROKEN[name])
    answers = opened()
    (notice,) = answers.take_notices()
    assert "progress.answers.json.broken" in notice
    assert (path.parent / "progress.answers.json.broken").read_bytes() == BROKEN[name]
    answers.keep("2.1", POLICY)
    assert opened().all() == {"2.1": POLICY}


def test_a_newer_file_stays_unchanged_and_answers_are_kept_in_memory(opened, path):
    path.write_text('{"version": 3, "new": true}')
    answers = opened()
    assert "newer version" in answers.take_notices()[0]
    answers.keep("2.1", POLICY)
    assert answers.all() == {"2.1": POLICY}
    assert path.read_text() == '{"version": 3, "new": true}'


def test_a_full_disk_is_reported_once_and_loses_nothing(opened, path, monkeypatch):
    answers = opened()
    answers.keep("2.1", POLICY)
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as while_full:
        while_full.setattr(shared_file.os, "fsync", full)
        answers.keep("2.2", POLICY)
        answers.keep("2.3", POLICY)
    assert path.read_bytes() == before
    (notice,) = answers.take_notices()
    assert "No space left on device" in notice
    assert list(answers.all()) == ["2.1", "2.2", "2.3"]
    answers.keep("2.4", POLICY)
    assert list(opened().all()) == ["2.1", "2.2", "2.3", "2.4"]


def test_an_answer_that_is_too_large_is_reported_and_not_kept(opened, path):
    answers = opened()
    answers.keep("2.1", {"a": "x" * 300_000})
    assert "2.1" in answers.take_notices()[0]
    assert not path.exists()


def test_where_the_progress_is_no_file_nothing_is_written_beside_it(tmp_path):
    """LABS_PROGRESS=/dev/null, run by root, must not create a file in /dev."""
    (tmp_path / "device").mkdir()
    answers = Answers(Progress(tmp_path / "device"))
    answers.keep("2.1", POLICY)
    assert answers.all() == {"2.1": POLICY}
    assert [each.name for each in tmp_path.iterdir()] == ["device"]
