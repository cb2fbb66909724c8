"""Exercises that are graded by real calls: each proved by its starter, its solution and its wrong answers, in a cloud.

Beside that: every try of a situation can go wrong, and every path of the attacker really works where nothing stops it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course import repair
from labs_helpers.course.day import Day
from labs_helpers.course.exercises import load
from labs_helpers.course.grading import grade
from labs_helpers.course.progress import Progress
from labs_helpers.course.schema import LIVE, Step
from labs_helpers.days.day2 import attacker

REPAIR, DELEGATION = load(2)["2.6"], load(2)["2.7"]
SITUATIONS = list(enumerate(REPAIR.situations, 1))
each_situation = pytest.mark.parametrize(("number", "situation"), SITUATIONS, ids=lambda part: str(part)[:2])


@pytest.fixture(scope="module")
def one_cloud() -> Iterator[Cloud]:
    with Cloud(seed=2) as cloud:
        yield cloud


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


@pytest.fixture
def broken(cloud):
    """The cloud with every situation of 2.6 set up."""
    for situation in REPAIR.situations:
        repair.perform(cloud, situation.steps)
    return cloud


def mend(cloud, steps):
    repair.perform(cloud, [Step.model_validate(step) for step in steps])


def ids_of(wrong):
    return [f"wrong-{number}" for number in range(1, len(wrong) + 1)]


def test_live_kinds_are_the_ones_proved_here():
    assert {exercise.kind for exercise in (REPAIR, DELEGATION)} == set(LIVE)
    assert [exercise.id for exercise in load(2).values() if exercise.kind in LIVE] == ["2.6", "2.7"]


# 2.6: mending


def test_nothing_mended_does_not_pass_and_names_each_situation(broken):
    result = grade(REPAIR, None, broken)
    assert not result.passed
    for number, situation in SITUATIONS:
        assert any(line.startswith(f"Situation {number} ({situation.title}): ") for line in result.messages)


def test_solution_mends_everything(broken):
    mend(broken, REPAIR.solution)
    assert grade(REPAIR, None, broken).messages == ()


@pytest.fixture(scope="module")
def told(one_cloud):
    """What the check tells after each wrong repair."""
    messages = []
    for wrong in REPAIR.wrong:
        one_cloud.reset()
        for situation in REPAIR.situations:
            repair.perform(one_cloud, situation.steps)
        mend(one_cloud, wrong.answer)
        messages.append(grade(REPAIR, None, one_cloud).messages)
    return messages


@pytest.mark.parametrize("number", range(len(REPAIR.wrong)), ids=ids_of(REPAIR.wrong))
def test_wrong_repair_is_refused_for_its_reason(told, number):
    assert any(REPAIR.wrong[number].refused_for in message for message in told[number]), told[number]


def test_every_try_goes_wrong_for_some_answer(told):
    text = "\n".join(line for messages in told for line in messages)
    for situation in REPAIR.situations:
        judged = [attempt.story for attempt in situation.tries[1:] if attempt.story not in text]
        assert judged == []


def test_the_five_causes_are_five_different_layers(broken):
    reasons = []
    for situation in REPAIR.situations:
        assert repair.make(broken, situation.tries[0]) is not None
        judgement = broken.record[-1].refusals[-1]
        reasons.append((judgement.decision.effect, judgement.decision.refused_by.check_type))
    assert reasons == [
        ("IMPLICIT_DENY", "PRINCIPAL"),
        ("EXPLICIT_DENY", "PRINCIPAL"),
        ("IMPLICIT_DENY", "PERMISSIONS_BOUNDARY"),
        ("IMPLICIT_DENY", "PRINCIPAL"),
        ("IMPLICIT_DENY", "RESOURCE"),
    ]


def test_situation_that_is_not_set_up_is_told_with_the_call_that_does(cloud):
    assert 'day.situation("2.6", 3)' in grade(REPAIR, None, cloud).messages[2]


@each_situation
def test_setting_up_shows_the_refusal_and_again_changes_nothing(cloud, number, situation):
    first, again = repair.set_up(cloud, REPAIR, number), repair.set_up(cloud, REPAIR, number)
    assert "AWS answers: AccessDenied" in first.text
    assert first.text == again.text


def test_a_mended_situation_works_when_it_is_tried_again(cloud):
    repair.set_up(cloud, REPAIR, 2)
    boto3.client("iam").remove_user_from_group(GroupName="contractors", UserName="sam")
    assert repair.set_up(cloud, REPAIR, 2).text.endswith("It works.")


@pytest.mark.parametrize("number", [0, 6, "1", True, None])
def test_a_situation_that_is_not_there_is_named(cloud, tmp_path, capsys, number):
    Day(2, {"title": "", "stage": []}, cloud, Progress(tmp_path / "p.json")).situation("2.6", number)
    assert "the situations 1 to 5" in capsys.readouterr().out


def test_without_a_cloud_nothing_live_is_graded():
    for exercise in (REPAIR, DELEGATION):
        assert "no cloud is running" in grade(exercise, exercise.solution).messages[0]


def test_solution_of_a_repair_is_shown_as_boto3_code_that_mends(broken, tmp_path, capsys):
    Day(2, {"title": "", "stage": []}, broken, Progress(tmp_path / "p.json")).solution("2.6")
    shown = [line[4:] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")]
    exec("\n".join(shown), {"boto3": boto3, "json": json})
    assert grade(REPAIR, None, broken).passed


# 2.7: the attacker


def test_every_path_works_where_nothing_stops_it_and_honest_work_goes_on(cloud):
    result = grade(DELEGATION, DELEGATION.starter, cloud)
    assert not result.passed
    assert [one.path.name for one in result.details.got_through] == list(attacker.PATHS)
    assert result.details.stopped_work == ()
    assert len(attacker.PATHS) >= 10
    assert all("statement 1" in one.why for one in result.details.got_through)


def test_solution_as_it_is_shown_stops_every_path_for_want_of_permission(cloud, tmp_path, capsys):
    before = boto3.client("iam").list_users()["Users"]
    Day(2, {"title": "", "stage": []}, cloud, Progress(tmp_path / "p.json")).solution("2.7")
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("    ")]
    answer = json.loads("\n".join(shown))
    assert answer == DELEGATION.solution
    text = {slot: json.dumps(document) for slot, document in answer.items()}  # JSON text will do as well
    result = grade(DELEGATION, text, cloud)
    assert result.messages == ()
    assert result.passed
    assert all(outcome.by_permission for outcome in result.details.outcomes)
    assert boto3.client("iam").list_users()["Users"] == before  # the learner's account is left alone


@pytest.mark.parametrize("wrong", DELEGATION.wrong, ids=ids_of(DELEGATION.wrong))
def test_wrong_delegation_is_refused_for_its_reason(cloud, wrong):
    result = grade(DELEGATION, wrong.answer, cloud)
    assert not result.passed
    assert any(wrong.refused_for in message for message in result.messages), result.messages


def test_all_paths_and_all_work_are_tried():
    assert DELEGATION.attacks == tuple(attacker.PATHS)
    assert DELEGATION.work == tuple(attacker.WORK)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "one policy for each"),
        (7, "one policy for each"),
        ({"identity": {}}, "exactly the keys"),
        ({"identity": {"Statement": [{"Efect": "Allow"}]}, "boundary": {}}, "AWS would not take this policy"),
        (
            {
                "identity": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Action": "iam:*", "Resource": ["arn:aws:iam::*:user/u"] * 400}
                    ],
                },
                "boundary": DELEGATION.solution["boundary"],
            },
            "AWS would not take one of these policies. LimitExceeded",
        ),
    ],
    ids=["nothing", "number", "one-missing", "malformed", "too-long"],
)
def test_delegation_explains_what_it_cannot_use_and_makes_no_path(cloud, answer, says):
    result = grade(DELEGATION, answer, cloud)
    assert not result.passed
    assert says in result.messages[0]
    assert result.details is None
