"""Each exercise proved three ways: the starter fails, the solution passes, wrong answers fail for their reason."""

from __future__ import annotations

import json
import re

import pytest

from labs_helpers.core.content import data_path
from labs_helpers.course.exercises import load, load_scene
from labs_helpers.course.grading import decide_probe, grade, resolve
from labs_helpers.course.schema import LIVE
from labs_helpers.policy import parse_policy

DAYS = sorted(int(folder.name.removeprefix("day")) for folder in (data_path() / "exercises").iterdir())
EXERCISES = [exercise for day in DAYS for exercise in load(day).values() if exercise.kind not in LIVE]
"""Those that need no cloud; test_live_exercises.py proves the others."""
WRONG = [
    pytest.param(exercise, wrong, id=f"{exercise.id}-{number}")
    for exercise in EXERCISES
    for number, wrong in enumerate(exercise.wrong, 1)
]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


@each_exercise
def test_starter_does_not_pass_and_says_why(exercise):
    result = grade(exercise, exercise.starter)
    assert not result.passed
    assert result.messages


@each_exercise
def test_solution_passes(exercise):
    result = grade(exercise, exercise.solution)
    assert result.messages == ()
    assert result.passed


@each_exercise
def test_solution_passes_as_json_text_too(exercise):
    if exercise.kind != "predictions":
        assert grade(exercise, json.dumps(exercise.solution)).passed


@pytest.mark.parametrize(("exercise", "wrong"), WRONG)
def test_wrong_answer_is_refused_for_its_reason(exercise, wrong):
    result = grade(exercise, wrong.answer)
    assert not result.passed
    assert any(wrong.refused_for in message for message in result.messages), result.messages


@each_exercise
def test_every_probe_is_needed_by_the_solution_or_a_wrong_answer(exercise):
    """A probe that no listed answer can fail would grade nothing."""
    if exercise.kind == "predictions":
        return
    answers = [
        exercise.starter,
        *(wrong.answer for wrong in exercise.wrong),
        {"Version": "2012-10-17", "Statement": []},
    ]
    failed = {probe.number for answer in answers for probe in grade(exercise, answer).failed}
    denying_all = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    allowing_all = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    for statement in (denying_all, allowing_all):
        anybody = {"Principal": "*"} if exercise.kind in ("resource_policy", "trust_policy") else {}
        if exercise.kind == "trust_policy":  # which has no Resource
            anybody |= {"Action": "sts:*"}
            statement = {"Effect": statement["Effect"]}
        policy = {"Version": "2012-10-17", "Statement": [statement | anybody]}
        failed |= {probe.number for probe in grade(exercise, policy).failed}
    assert failed == set(range(1, len(exercise.probes) + 1))


@each_exercise
def test_stories_are_told_apart(exercise):
    stories = [probe.story for probe in exercise.probes]
    assert len(set(stories)) == len(stories)


@each_exercise
def test_every_document_of_an_exercise_parses_and_is_used(exercise):
    for name, document in exercise.documents.items():
        parse_policy(document, path=name)
    used = set(re.findall(r'"@(\w+)"', exercise.model_dump_json()))
    scene = set(load_scene(exercise.scene).documents) if exercise.scene else set()
    assert used == set(exercise.documents) | scene
    for name in used:
        assert resolve(exercise, "@" + name)


def test_predictions_are_what_the_engine_decides():
    """What the data expects of the twelve requests is not only asserted there: the engine says the same."""
    exercise = load(2)["2.5"]
    assert len(exercise.probes) == 12
    for number, probe in enumerate(exercise.probes, 1):
        decision = decide_probe(exercise, probe, {})
        said = "allow" if exercise.solution[str(number)] == "allow" else "refuse"
        assert (probe.expected == "allow", said) == (decision.allowed, probe.expected), (
            number,
            decision.reason,
        )


def test_twelve_requests_meet_every_kind_of_policy():
    exercise = load(2)["2.5"]
    refused_by = {
        decision.refused_by.check_type
        for decision in (decide_probe(exercise, probe, {}) for probe in exercise.probes)
        if decision.refused_by is not None
    }
    assert refused_by >= {
        "SERVICE_CONTROL_POLICY",
        "RESOURCE",
        "PRINCIPAL",
        "PERMISSIONS_BOUNDARY",
        "SESSION",
    }


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect, action, resource, **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def deny_if(operator, key, value, action="*"):
    return statement("Deny", action, "*", Condition={operator: {key: value}})


OUTSIDE_OFFICE = deny_if("NotIpAddress", "aws:SourceIp", ["2001:db8:1234::/48", "203.0.113.0/24"])
ONE_ROLE = "arn:aws:iam::111122223333:role/"
EQUIVALENT = {
    "2.1 wildcards and another case": policy(
        statement("Allow", "s3:*Object", "arn:aws:s3:::team-home/home/${aws:username}/*"),
        statement(
            "Allow",
            "S3:listbucket",
            "arn:aws:s3:::team-home",
            Condition={"StringLike": {"s3:prefix": ["home/${aws:username}/", "home/${aws:username}/*"]}},
        ),
    ),
    "2.2 denies everything, by the second": policy(
        OUTSIDE_OFFICE,
        deny_if("DateLessThan", "aws:CurrentTime", "2026-03-01T00:00:00Z"),
        deny_if("DateGreaterThan", "aws:CurrentTime", "2026-03-31T23:59:59Z"),
        deny_if("BoolIfExists", "aws:MultiFactorAuthPresent", ["false"], "s3:DeleteObject"),
    ),
    "2.2 with Null and Bool, by the day": policy(
        OUTSIDE_OFFICE,
        deny_if("DateLessThan", "aws:CurrentTime", "2026-03-01"),
        deny_if("DateGreaterThanEquals", "aws:CurrentTime", "2026-04-01"),
        deny_if("Null", "aws:MultiFactorAuthPresent", "true", "s3:DeleteObject"),
        deny_if("Bool", "aws:MultiFactorAuthPresent", "false", "s3:DeleteObject"),
    ),
    "2.3 everybody, on a condition": policy(
        statement(
            "Allow",
            "s3:GetObject",
            "arn:aws:s3:::payroll/*",
            Principal="*",
            Condition={"StringEquals": {"aws:PrincipalArn": ONE_ROLE + "finance"}},
        ),
        statement(
            "Deny",
            ["s3:PutObject*", "s3:DeleteObject*"],
            "arn:aws:s3:::payroll/*",
            Principal={"AWS": "*"},
            Condition={"StringNotEquals": {"aws:PrincipalArn": ONE_ROLE + "payroll-app"}},
        ),
    ),
    "2.4 by EC2's own key": policy(
        statement("Allow", "ec2:Describe*", "*"),
        statement(
            "Allow",
            ["ec2:StartInstances", "ec2:StopInstances"],
            "*",
            Condition={"StringEquals": {"ec2:ResourceTag/project": "${aws:PrincipalTag/project}"}},
        ),
    ),
}


@pytest.mark.parametrize("name", EQUIVALENT)
def test_any_answer_that_behaves_the_same_passes(name):
    assert grade(load(2)[name.split()[0]], EQUIVALENT[name]).messages == ()


def test_failed_probe_says_which_statement_of_the_answer_let_it_through():
    result = grade(load(2)["2.3"], load(2)["2.3"].starter)
    assert result.messages[0] == (
        "Mallory from account 999988887777 can still read payroll/2026.csv. "
        '(allowed by statement 1 "FinanceReads" of your policy '
        'and statement 1 "EverythingInS3" of S3FullAccess)'
    )
    assert result.failed[0].expected == "refuse"
    assert result.failed[0].decision.allowed
