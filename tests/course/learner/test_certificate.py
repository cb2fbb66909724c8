"""The certificate shows what the progress file contains, and can be compared with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from labs_helpers.__main__ import main
from labs_helpers.course import open_day
from labs_helpers.course.content.loading import exercise_ids
from labs_helpers.course.learner.certificate import (
    Certificate,
    NoCertificate,
    certificate,
    differences,
    read_certificate,
)
from labs_helpers.course.learner.drill_memory import DrillMemory
from labs_helpers.course.learner.progress import Progress


@pytest.fixture
def progress(tmp_path) -> Progress:
    made = Progress(tmp_path / "ada.json")
    made.attempted("2.1", True)
    made.solution_shown("2.2")
    made.attempted("2.2", True)
    made.attempted("3.1", False)
    return made


def written(progress, tmp_path, name="Ada"):
    path = tmp_path / "certificate.html"
    path.write_text(certificate(progress, name).as_html(), encoding="utf-8")
    return path


def test_it_says_what_was_passed_and_what_of_it_alone(progress):
    made = certificate(progress, "Ada")
    assert made.passed == ("2.1", "2.2")
    assert made.alone == ("2.1",)
    assert made.of > 20


def test_its_progress_file_bears_it_out(progress, tmp_path):
    made = read_certificate(written(progress, tmp_path))
    assert differences(made, progress.path) == []


def test_a_progress_that_went_on_still_bears_it_out(progress, tmp_path):
    made = read_certificate(written(progress, tmp_path))
    progress.attempted("2.3", True)
    assert differences(made, progress.path) == []


def test_it_says_when_each_day_was_passed(progress, tmp_path):
    made = read_certificate(written(progress, tmp_path))
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert made.dates == (today, today)
    assert f"<td>2 of {len(exercise_ids(2))}</td><td>1</td><td>{today}</td>" in made.as_html()


def test_an_older_certificate_without_dates_is_still_read(tmp_path):
    old = Certificate("Ada", "2026-11-01", ("2.1",), ("2.1",), 60)
    path = tmp_path / "old.html"
    path.write_text(old.as_html(), encoding="utf-8")
    assert read_certificate(path) == old
    assert "when" not in old.as_html()


def test_an_earlier_date_than_the_progress_has_is_told(progress, tmp_path):
    made = certificate(progress, "Ada")
    earlier = replace(made, dates=("2020-01-01", made.dates[1]))
    assert differences(earlier, progress.path) == [
        f"2.1: passed on {made.dates[0]}; the certificate says on 2020-01-01"
    ]


def test_it_says_what_the_drill_showed_after_a_month(progress, tmp_path):
    assert certificate(progress, "Ada").drill == ""
    memory, start = DrillMemory(progress), datetime(2027, 1, 1, tzinfo=UTC)
    memory.add("explicit-deny", False, start)
    memory.add("explicit-deny", True, start + timedelta(days=30))
    made = certificate(progress, "Ada", now=start + timedelta(days=31))
    assert made.drill == (
        "Right answers in the drill from 2027-01-01 to 2027-01-31: 1 of 2. "
        "Rules asked again after four weeks or more: 1; remembered: 1."
    )
    path = tmp_path / "with-drill.html"
    path.write_text(made.as_html(), encoding="utf-8")
    assert read_certificate(path) == made
    assert "remembered: 1." in made.as_html()


def test_another_learners_file_does_not(progress, tmp_path):
    made = read_certificate(written(progress, tmp_path))
    other = Progress(tmp_path / "bob.json")
    other.attempted("2.2", True)
    assert differences(made, other.path) == ["bob.json doesn't list 2.1 as passed"]


@pytest.mark.parametrize(
    ("before", "after"), [('"2.1"', '"2.9"'), ("Ada", "Eve"), ("<strong>2 of", "<strong>50 of")]
)
def test_one_that_was_changed_is_told(progress, tmp_path, before, after):
    path = written(progress, tmp_path)
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(NoCertificate, match=r"changed|visible"):
        read_certificate(path)


@pytest.mark.parametrize(
    "text", ["", "{}", '<script type="application/json" id="certificate">[]</script>', "x" * 300_000]
)
def test_what_is_none_is_told(tmp_path, text):
    path = tmp_path / "other.html"
    path.write_text(text)
    with pytest.raises(NoCertificate):
        read_certificate(path)


def test_a_name_is_no_markup(progress, tmp_path):
    path = written(progress, tmp_path, "</script><script>alert(1)</script>")
    assert "<script>alert" not in path.read_text()
    assert read_certificate(path).name == "</script><script>alert(1)</script>"


def test_a_day_writes_it_and_leaves_another_file_alone(tmp_path, capsys):
    day = open_day(2, progress=tmp_path / "p.json")
    day.cloud.stop()
    day.certificate("Ada", tmp_path / "c.html")
    assert read_certificate(tmp_path / "c.html").name == "Ada"
    day.certificate("Eve", tmp_path / "c.html")
    assert read_certificate(tmp_path / "c.html").name == "Ada"
    assert "can't be written" in capsys.readouterr().out


def test_the_command_writes_and_verifies(progress, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["certificate", "ada.json", "--name", "Ada"]) == 0
    assert main(["certificate", "ada.json", "--name", "Ada"]) == 1, "what is there is not written over"
    assert main(["certificate", "ada.json", "--verify", "certificate.html"]) == 0
    assert "matches the certificate: Ada, 2 of" in capsys.readouterr().out


def test_the_command_leaves_a_broken_file_as_it_is(tmp_path, capsys):
    broken = tmp_path / "ada.json"
    broken.write_text(json.dumps({"version": 2, "exercises": {"2.1": "passed"}}))
    assert main(["certificate", str(broken), "--out", str(tmp_path / "c.html")]) == 1
    assert broken.exists()
    assert "exercises.2.1" in capsys.readouterr().err


def test_the_file_that_is_at_fault_is_named(progress, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["certificate", str(progress.path), "--out", "ada.html"]) == 0
    later = tmp_path / "later.json"
    later.write_text('{"version": 99}')
    assert main(["certificate", str(later), "--verify", "ada.html"]) == 1
    assert capsys.readouterr().err == f"{later}: was written by a newer version of the course (format 99)\n"
