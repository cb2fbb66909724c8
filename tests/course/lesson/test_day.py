"""The calls that a learner types (open_day, check, hint, solution, progress, reset), and the safety of their output."""

from __future__ import annotations

import sys
import types

import boto3
import pytest

from labs_helpers.course import open_day
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.shown.display import Page, show
from labs_helpers.course.shown.printable import clean

IMG = "<img src=x onerror=alert(1)>"


class Kernel:
    """A substitute for a notebook's IPython, with the parts that display needs."""

    def __init__(self, monkeypatch) -> None:
        self.shown = []
        ipython, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")
        ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
        display.display = lambda bundle, raw: self.shown.append(bundle)
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        monkeypatch.setitem(sys.modules, "IPython.display", display)


@pytest.fixture
def kernel(monkeypatch):
    return Kernel(monkeypatch)


def test_open_day_sets_the_stage_and_shows_the_card(cloud, tmp_path, capsys):
    day = open_day(2, cloud=cloud, progress=tmp_path / "p.json")
    printed = capsys.readouterr().out
    assert "Day 2" in printed
    assert "day.check(" in printed
    assert set(cloud.profiles()) == {"alice", "bob", "mallory"}
    assert ("999988887777", "iam", "create_user") in cloud.calls
    assert day.cloud is cloud
    assert not (tmp_path / "p.json").exists()


@pytest.mark.parametrize("number", [0, 9, "2", 2.0, True, None])
def test_a_day_that_is_not_there_is_refused_by_name(number):
    with pytest.raises(ValueError, match="Days: 1, 2"):
        open_day(number)


def test_a_real_cloud_is_started_and_opening_again_empties_it(tmp_path):
    day = open_day(2, progress=tmp_path / "p.json")
    try:
        boto3.client("s3").create_bucket(Bucket="mine")
        alice = boto3.Session(profile_name="alice").client("s3")
        with pytest.raises(alice.exceptions.ClientError, match="AccessDenied"):
            alice.get_object(Bucket="payroll", Key="2026.csv")
        again = open_day(2, progress=tmp_path / "p.json")
        assert again.cloud is day.cloud
        assert {bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]} == {
            "course-trail-111122223333",
            "payroll",
            "team-home",
        }
    finally:
        day.cloud.stop()


def test_reset_sets_the_stage_again_and_keeps_progress(day, cloud):
    day.check("2.3", load(2)["2.3"].solution)
    day.reset()
    assert cloud.resets == 1
    assert cloud.profiles()
    assert day._progress.exercise("2.3")["passed"]


def test_check_prints_returns_and_records(day, capsys):
    exercise = load(2)["2.3"]
    starter = dict(exercise.starter, Id="mine")
    assert not day.check("2.3", starter)
    assert "Mallory from account 999988887777 can still read payroll/2026.csv" in capsys.readouterr().out
    assert day.check("2.3", exercise.solution)
    assert "passed" in capsys.readouterr().out
    assert day._progress.exercise("2.3") == {
        "passed": True,
        "attempts": 2,
        "hints": 0,
        "solution_shown": False,
    }


def test_hints_come_one_at_a_time_and_end_with_the_solution(day, capsys):
    shown = []
    for _ in range(5):
        day.hint("2.1")
        shown.append(capsys.readouterr().out)
    for number in range(3):
        assert shown[number].startswith(f"Hint {number + 1} of 3")
    assert "day.solution" in shown[3]
    assert "day.solution" in shown[4]
    assert day._progress.exercise("2.1")["hints"] == 3


def test_an_exercise_is_open_from_its_reading_until_it_is_passed_or_solved(day, capsys):
    assert not day.has_open_exercise()
    day.exercise("2.1")
    assert day.has_open_exercise()
    day.check("2.1", load(2)["2.1"].solution)
    assert not day.has_open_exercise()
    day.exercise("2.2")
    assert day.has_open_exercise()
    day.solution("2.2")
    assert not day.has_open_exercise()


def test_a_teacher_can_keep_the_solutions(day, capsys, monkeypatch):
    monkeypatch.setenv("LABS_SOLUTIONS", "off")
    day.solution("2.1")
    printed = capsys.readouterr().out
    assert "Your teacher has turned off the solutions." in printed
    assert "Statement" not in printed
    assert not day.progress().exercise("2.1")["solution_shown"]


def test_a_check_draws_for_the_learner_in_the_progress_file(cloud, tmp_path):
    """An answer for only Alice and Bob passes the requests that every learner gets, but no learner's check."""
    exercise = load(2)["2.1"]
    others = {"StringNotEquals": {"aws:username": ["alice", "bob"]}}
    only = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": others}
    answer = {**exercise.solution, "Statement": [*exercise.solution["Statement"], only]}
    assert grade(exercise, answer).passed
    said = []
    for _ in range(2):
        result = open_day(2, cloud=cloud, progress=tmp_path / "p.json").check("2.1", answer)
        assert not result.passed
        said.append(result.messages)
    assert said[0] == said[1]
    assert " for alice" in said[0][0]


@pytest.mark.parametrize("id", [id for id, exercise in load(2).items() if not exercise.live])
def test_solution_can_be_pasted_and_passes(day, capsys, id):
    day.solution(id)
    printed = capsys.readouterr().out
    code = "\n".join(line for line in printed.splitlines() if line.startswith("    "))
    assert grade(load(2)[id], eval(code.strip())).passed
    assert day._progress.exercise(id)["solution_shown"]


@pytest.mark.parametrize("id", load(2))
def test_exercise_shows_prompt_and_starter_but_no_answer(day, capsys, id):
    day.exercise(id)
    printed = capsys.readouterr().out
    assert load(2)[id].prompt in printed
    assert not any(probe.story in printed for probe in getattr(load(2)[id], "probes", ()))


@pytest.mark.parametrize("id", ["9.9", 2.3, None, IMG, object(), "2.3 "])
def test_an_exercise_that_is_not_there_is_explained(day, capsys, id):
    assert not day.check(id, {})
    day.hint(id)
    day.solution(id)
    day.exercise(id)
    assert capsys.readouterr().out.count('"2.1", "2.2"') == 4


def test_progress_is_a_table_that_says_how_to_take_it_along(day, capsys, tmp_path):
    day.check("2.3", load(2)["2.3"].solution)
    capsys.readouterr()
    progress = day.progress()
    printed = capsys.readouterr().out
    assert "2.3" in printed
    assert "yes" in printed
    assert "export" in printed
    assert "bring_back" in printed
    assert progress.export(tmp_path / "copy.json").exists()


def test_notice_about_a_broken_file_is_told_once(cloud, tmp_path, capsys):
    (tmp_path / "p.json").write_text("broken")
    day = open_day(2, cloud=cloud, progress=tmp_path / "p.json")
    assert "p.json.broken" in capsys.readouterr().out
    day.hint("2.1")
    assert "broken" not in capsys.readouterr().out


# What is shown


def hostile_answer():
    statement = {"Sid": IMG, "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("2.3", hostile_answer()),
        ("2.3", {IMG: 1}),
        ("2.3", {"Version": IMG, "Statement": []}),
        ("2.3", IMG),
        ("2.3", {"Statement": [{"Effect": IMG}]}),
        ("2.5", {IMG: "allow"}),
        (IMG, {}),
    ],
)
def test_markup_in_answers_and_names_is_escaped(day, kernel, id, answer):
    day.check(id, answer)
    assert kernel.shown
    for bundle in kernel.shown:
        assert "<img" not in bundle["text/html"]


def test_markup_in_a_quiz_answer_is_escaped(day, kernel):
    day.quiz({1: IMG})
    assert "<img" not in kernel.shown[-1]["text/html"]


def test_every_part_of_a_page_is_escaped():
    page = Page().heading(IMG).say(f"`{IMG}`").bullets([IMG]).code(IMG).table((IMG, "b"), [(IMG, IMG)])
    assert "<img" not in page.html
    assert page.html.count("&lt;img") == 7
    assert page.text.count(IMG) == 7


def test_a_notebook_gets_html_with_its_text_equivalent(day, kernel):
    day.progress()
    (bundle,) = kernel.shown
    assert 'class="tasks"' in bundle["text/html"]
    assert "2.1" in bundle["text/plain"]


def test_a_terminal_gets_text(capsys):
    show("text", "<p>html</p>")
    assert capsys.readouterr().out == "text\n"


def test_terminal_escapes_and_lone_surrogates_are_made_visible():
    assert clean("\x1b[2J\ud800\u202e") == "\\x1b[2J\\ud800\\u202e"


def test_text_that_is_too_long_is_cut_and_says_so():
    assert clean("x" * 100, 10) == "x" * 10 + " … (90 characters omitted)"
