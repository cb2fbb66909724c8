"""Exercises whose answer is policies: every probe is needed, every document is used, and all stories differ."""

from __future__ import annotations

import json
import re

import pytest

from labs_helpers.course.content.loading import days, load_scene
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Probed
from labs_helpers.course.grading.probes import decide_probe, resolve
from labs_helpers.engine.policy import PolicyKind, parse_policy

EXERCISES = [exercise for day in days() for exercise in load(day).values() if isinstance(exercise, Probed)]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


@each_exercise
def test_solution_passes_as_json_text_too(exercise):
    if len(exercise.answer_slots) == 1:
        assert grade(exercise, json.dumps(exercise.solution)).passed


def pieces(part: object) -> set[str]:
    """Return the principals, actions, resources, operators, keys, and values of a policy."""
    if isinstance(part, dict):
        kept = {key: value for key, value in part.items() if key not in ("Version", "Sid", "Effect")}
        written = {key for key in kept if not key.isalpha() or "Equals" in key or "Like" in key}
        return written.union(*map(pieces, kept.values()))
    if isinstance(part, list):
        return set().union(*map(pieces, part))
    return {str(part)}


@each_exercise
def test_the_last_hint_is_not_the_solution(exercise):
    """The hint omits a piece of the policy that the starter doesn't contain either."""
    new = pieces(exercise.solution) - pieces(exercise.starter)
    assert {piece for piece in new if piece not in exercise.hints[-1]}


@each_exercise
def test_every_probe_is_needed_by_the_solution_or_a_wrong_answer(exercise):
    """A probe that no listed answer can fail would grade nothing."""
    answers = [
        exercise.starter,
        *(wrong.answer for wrong in exercise.wrong),
        {"Version": "2012-10-17", "Statement": []},
    ]
    failed = {probe.number for answer in answers for probe in grade(exercise, answer).failed}
    denying_all = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    allowing_all = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    for statement in (denying_all, allowing_all):
        anybody = {"Principal": "*"} if exercise.answer_slots in (("resource",), ("rcp",)) else {}
        if exercise.kind == "trust_policy":  # which has no Resource
            anybody |= {"Action": "sts:*"}
            statement = {"Effect": statement["Effect"]}
        if exercise.kind == "rcp":  # which names services
            services = {probe.action.partition(":")[0] for probe in exercise.probes}
            anybody |= {"Action": [f"{service}:*" for service in sorted(services)]}
        policy = {"Version": "2012-10-17", "Statement": [statement | anybody]}
        failed |= {probe.number for probe in grade(exercise, policy).failed}
    assert failed == set(range(1, len(exercise.probes) + 1))


@each_exercise
def test_stories_are_told_apart(exercise):
    stories = [probe.story for probe in exercise.probes]
    assert len(set(stories)) == len(stories)


def kind_of(exercise, name):
    """Return the kind of policy that is required at the first place where a document is used."""
    for probe in exercise.probes:
        for slot, given in json.loads(probe.policies.model_dump_json()).items():
            if f'"@{name}"' in json.dumps(given):
                return exercise.policy_kind(slot)
    return PolicyKind.IDENTITY


@each_exercise
def test_every_document_of_an_exercise_parses_and_is_used(exercise):
    for name, document in exercise.documents.items():
        parse_policy(document, kind_of(exercise, name), path=name)
    used = set(re.findall(r'"@(\w+)"', exercise.model_dump_json()))
    scene = set(load_scene(exercise.day, exercise.scene).documents) if exercise.scene else set()
    assert used == set(exercise.documents) | scene
    for name in used:
        assert resolve(exercise, "@" + name)


def test_predictions_are_what_the_engine_decides():
    """The engine's decisions on the twelve requests are the ones that the data expects."""
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


def test_failed_probe_says_which_statement_of_the_answer_let_it_through():
    result = grade(load(2)["2.3"], load(2)["2.3"].starter)
    assert (
        "(3) Mallory from account 999988887777 can still read payroll/2026.csv. "
        '(allowed by statement 1 "FinanceReads" of your policy '
        'and statement 1 "EverythingInS3" of S3FullAccess)'
    ) in result.messages
    assert result.failed[0].expected == "refuse"
    assert result.failed[0].decision.allowed


BACKDOORS = [
    {"DateGreaterThan": {"aws:CurrentTime": "2031-01-01"}}, {"DateEquals": {"aws:EpochTime": "2000000000"}},
    {"StringEquals": {"aws:UserAgent": "x"}}, {"StringEquals": {"aws:Referer": "x"}},
    {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}, {"StringEquals": {"aws:PrincipalTag/x": "y"}},
    {"StringEquals": {"aws:username": "zoe"}}, {"StringEquals": {"aws:userid": "AIDAEXAMPLE"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}},
    {"Bool": {"aws:SecureTransport": "false"}}, {"Bool": {"aws:ViaAWSService": "true"}},
    {"IpAddress": {"aws:SourceIp": "8.8.8.8"}}, {"NumericLessThan": {"aws:MultiFactorAuthAge": "10"}},
    {"Null": {"aws:TokenIssueTime": "false"}}, {"StringEquals": {"s3:ExistingObjectTag/a": "b"}},
]  # fmt: skip


@pytest.mark.parametrize("condition", BACKDOORS, ids=lambda condition: str(condition)[:60])
def test_a_back_door_is_found_whatever_it_opens_upon(condition):
    exercise = load(2)["2.1"]
    door = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}
    answer = {**exercise.solution, "Statement": [*exercise.solution["Statement"], door]}
    result = grade(exercise, answer)
    assert not result.passed
    assert result.counts
    assert all("statement 3 of your policy" in message for message in result.messages)


ORGANIZATIONS = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


def test_who_may_be_a_member_of_the_organisation_that_a_condition_names_is_told():
    exercise = load(2)["2.3"]
    door = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*",
            "Condition": ORGANIZATIONS}  # fmt: skip
    answer = {**exercise.solution, "Statement": [*exercise.solution["Statement"], door]}
    assert "(with aws:PrincipalOrgID = o-abcdefghij)" in grade(exercise, answer).messages[0]


def test_predictions_made_a_few_at_a_time_are_no_try_until_one_is_wrong():
    exercise = load(2)["2.5"]
    four = {number: exercise.solution[number] for number in ("1", "2", "3", "4")}
    first = grade(exercise, {int(number): word for number, word in four.items()})
    assert (first.passed, first.counts) == (False, False)
    assert first.messages[-1].startswith("Right so far: 4. Still open: 5, 6, 7, 8, 9, 10, 11, 12.")
    wrong = grade(exercise, {1: "allow", 2: "allow", 3: "deny", 4: "deny"})
    assert wrong.counts
    assert wrong.messages[0].startswith("Request 1: AWS denies it.")
    assert wrong.messages[-1].startswith("Right so far: 3.")
