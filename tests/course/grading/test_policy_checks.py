"""A check runs the editor's validation first: an answer that can't mean what it states isn't graded or counted."""

from __future__ import annotations

import copy
import json

import pytest

from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.policy_checks import action_of, validate
from labs_helpers.engine.policy import PolicyKind
from tests.clouds import trust

SOLUTION = load(2)["2.1"].solution


def changed(**elements):
    answer = copy.deepcopy(SOLUTION)
    answer["Statement"][1].update(elements)
    return answer


CASES = {
    "an API operation": (
        changed(Action="s3:ListObjectsV2"),
        "`s3:ListObjectsV2` is an API operation, not an IAM action. It requires `s3:ListBucket`.",
    ),
    "an action that there is not": (changed(Action="s3:GetObjects"), "Did you mean s3:GetObject?"),
    "a service that there is not": (changed(Action="s4:GetObject"), "The service s4 specified"),
    "a wrong date": (
        changed(Condition={"DateLessThan": {"aws:CurrentTime": "2026-03-32"}}), "`2026-03-32`: ",
    ),
    "a CIDR that is none": (
        changed(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/33"}}), "`203.0.113.0/33`: ",
    ),
    "a key that there is not": (changed(Condition={"StringEquals": {"aws:Username": "x", "aws:usr": "x"}}), "aws:usr"),
    "an effect that there is not": (changed(Effect="Alow"), "policy.Statement[1].Effect"),
    "no JSON": ('{"Version": ', "AWS rejects this policy"),
    "nothing": (None, "There is no answer here yet"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_answer_yet_is_told_and_no_try(name):
    answer, says = CASES[name]
    result = grade(load(2)["2.1"], answer)
    assert not result.passed
    assert not result.counts
    assert any(says in message for message in result.messages), result.messages


def test_a_trusted_service_that_there_is_not_is_no_answer_yet():
    with pytest.raises(AnswerError, match=r"Did you mean `lambda\.amazonaws\.com`"):
        validate(json.loads(trust({"Service": "lamda.amazonaws.com"})), PolicyKind.TRUST)
    assert validate(json.loads(trust({"Service": "lambda.amazonaws.com"})), PolicyKind.TRUST) == ()


def test_which_of_two_policies_is_malformed_is_told():
    delegation = load(2)["2.7"]
    answer = copy.deepcopy(delegation.solution)
    answer["boundary"]["Statement"][0]["Action"] = "s3:ListObjectsV2"
    assert (
        grade(delegation, answer).messages[0].startswith("boundary: `s3:ListObjectsV2` is an API operation")
    )
    answer["boundary"]["Statement"][0]["Effect"] = "Alow"
    assert "boundary.Statement[0].Effect" in grade(delegation, answer).messages[0]


def test_what_aws_takes_though_it_is_a_trap_is_tried_and_said():
    """AWS accepts variables in a policy without Version, and the result is worth seeing."""
    answer = {"Statement": SOLUTION["Statement"]}
    result = grade(load(2)["2.1"], answer)
    assert result.counts
    assert "use the policy version 2012-10-17" in result.messages[0]
    assert any("Alice can't read her own" in message for message in result.messages)


@pytest.mark.parametrize("condition", [
    {"DateLessThan": {"aws:EpochTime": "1775001600"}}, {"StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}},
])  # fmt: skip
def test_what_is_unusual_and_means_what_it_says_is_an_answer(condition):
    assert grade(load(2)["2.1"], changed(Condition=condition)).counts


@pytest.mark.parametrize(("name", "action"), [
    ("s3:ListObjectsV2", "s3:ListBucket"), ("s3:headobject", "s3:GetObject"),
    ("lambda:Invoke", "lambda:InvokeFunction"),
    ("s3:Nothing", None), ("nothing:GetObject", None), ("", None),
])  # fmt: skip
def test_operations_are_told_by_their_actions(name, action):
    assert action_of(name) == action
