"""What a learner does with correct answers: they stay in force, and the next morning tests them."""

from __future__ import annotations

import json

import pytest

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day import Day

SOLUTION = load(2)["2.1"].solution
FOR_ALICE = load(2)["2.1"].wrong[0].answer


@pytest.fixture
def again(cloud, tmp_path):
    return lambda number=2: Day(
        number, read_json(data_path(f"day{number}", "day.json")), cloud, Progress(tmp_path / "progress.json")
    )


def test_an_unsolved_day_says_in_one_line_that_nothing_was_passed_and_what_takes_part(day, capsys):
    assert day.next_morning().results == ()
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "You haven't yet passed an exercise" in printed
    assert "2.1, 2.2, 2.3, 2.4, 2.7, 2.8, 2.9" in printed


def test_a_passed_answer_is_in_force_on_the_next_morning_and_after_a_restart(day, again, capsys):
    assert day.check("2.1", json.dumps(SOLUTION))
    assert again().next_morning().count("held") == 1
    printed = capsys.readouterr().out
    assert "✓ held · 2.1 (1)" in printed
    assert "Not passed yet, so not tested: 2.2, " in printed


def test_an_answer_that_fails_is_not_in_force(day):
    assert not day.check("2.1", FOR_ALICE)
    assert day.answers().all() == {}


def test_a_later_answer_that_fails_leaves_the_passed_one_in_force(day):
    day.check("2.1", SOLUTION)
    day.check("2.1", FOR_ALICE)
    assert day.answers().all() == {"2.1": SOLUTION}


def test_choices_and_functions_are_not_kept(again):
    again(4).check("4.1", load(4)["4.1"].solution)
    exercise = load(3)["3.4"]
    assert again(3).check("3.4", exercise.enact(exercise.solution, None))
    assert again().answers().all() == {}


def test_a_draft_is_tested_with_the_call_and_the_clause_and_not_kept(day, capsys):
    report = day.next_morning({"2.1": FOR_ALICE})
    assert (report.count("leaked"), report.count("held")) == (1, 0)
    printed = capsys.readouterr().out
    (line,) = [line for line in printed.splitlines() if "leaked ·" in line]
    assert "2.1 (3)" in line
    assert "jo: `s3:GetObject` on `arn:aws:s3:::team-home/home/alice/diary.txt`" in line
    assert "Jo reads Alice's diary." in line
    assert "weren't kept" in printed
    assert day.answers().all() == {}


def test_a_line_names_a_session_with_its_role_and_a_provider_without_its_kind(again, capsys):
    again(3).next_morning({id: load(3)[id].solution for id in ("3.7", "3.8")})
    printed = capsys.readouterr().out
    assert " member/CognitoIdentityCredentials: `s3:PutObject` on " in printed
    assert " cognito-identity.amazonaws.com: `sts:AssumeRoleWithWebIdentity` on " in printed


def test_a_report_has_at_most_ten_lines_with_a_call_and_a_clause(day, capsys):
    day.next_morning({id: load(2)[id].solution for id in ("2.1", "2.2", "2.3", "2.4", "2.7", "2.8", "2.9")})
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  - ")]
    assert len(lines) == 10
    assert all("held ·" in line and "` on `" in line and "(" in line for line in lines)


@pytest.mark.parametrize(
    ("drafts", "says"),
    [
        ({"2.1": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}}, "can't be in force"),
        ({"2.1": len}, "type builtin_function_or_method"),
        ({"9.9": {}}, "9.9 doesn't take part"),
        ("2.1", "dict of exercise"),
        (5, "dict of exercise"),
    ],
)
def test_a_draft_that_can_not_be_read_is_explained(day, capsys, drafts, says):
    assert day.next_morning(drafts).results == ()
    assert says in capsys.readouterr().out


def test_a_damaged_answer_in_the_file_is_named_and_the_others_are_tested(day, again, tmp_path, capsys):
    kept = {"2.1": SOLUTION, "2.2": {"Statement": "nothing"}, "4.3": {}}
    (tmp_path / "progress.answers.json").write_text(json.dumps({"version": 1, "answers": kept}))
    assert again().next_morning().count("held") == 1
    assert "The answer to 2.2 can't be in force" in capsys.readouterr().out


def test_a_day_without_a_morning_says_so(again, capsys):
    assert again(1).next_morning().results == ()
    assert "Nothing happens" in capsys.readouterr().out


def test_answers_can_be_listed_taken_back_and_deleted(day, tmp_path, capsys):
    day.answers()
    assert "Answers in force: 0" in capsys.readouterr().out
    day.check("2.1", SOLUTION)
    capsys.readouterr()
    answers = day.answers()
    printed = capsys.readouterr().out
    assert "2.1" in printed
    assert "progress.answers.json" in printed
    assert answers.take_back("2.1")
    answers.delete()
    assert not (tmp_path / "progress.answers.json").exists()
