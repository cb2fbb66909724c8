"""The kinds of exercise that Day 2's first half has none of: a trust policy, and several policies at once."""

from __future__ import annotations

import pytest

from labs_helpers.course.grading import grade
from labs_helpers.course.kinds import EXERCISE

ROLE = "arn:aws:iam::111122223333:role/deploy"
ALICE, BOB = "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"
FRAME = {
    "id": "2.9",
    "title": "t",
    "prompt": "p",
    "starter": {},
    "hints": ["a", "b", "c"],
    "wrong": [{"answer": {}, "refused_for": "x", "why": "y"}] * 3,
    "source": ["https://docs.aws.amazon.com/IAM/latest/UserGuide/"],
    "solution": {},
}


def probe(principal, action, resource, expected, story):
    return {
        "principal": principal,
        "action": action,
        "resource": resource,
        "expected": expected,
        "story": story,
    }


def trusting(arn):
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}],
    }


@pytest.fixture
def trust():
    return EXERCISE.validate_python(FRAME | {"kind": "trust_policy", "solution": trusting(ALICE), "probes": [
        probe(ALICE, "sts:AssumeRole", ROLE, "allow", "Alice cannot assume deploy."),
        probe(BOB, "sts:AssumeRole", ROLE, "refuse", "Bob can assume deploy."),
    ]})  # fmt: skip


def test_trust_policy_is_graded_by_who_can_assume(trust):
    assert grade(trust, trusting(ALICE)).passed
    assert grade(trust, trusting("*")).messages[0].startswith("Bob can assume deploy.")
    assert grade(trust, trusting(BOB)).messages[0].startswith("Alice cannot assume deploy.")


def test_trust_policy_with_a_resource_is_refused_as_aws_refuses_it(trust):
    answer = trusting(ALICE)
    answer["Statement"][0]["Resource"] = "*"
    (message,) = grade(trust, answer).messages
    assert "policy.Statement[0].Resource" in message


def allowing(action):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


SEVERAL = {"identity": allowing("*"), "boundary": allowing("s3:*")}


SLOTS = list(SEVERAL)


@pytest.fixture
def several():
    return EXERCISE.validate_python(FRAME | {"kind": "policies", "slots": SLOTS, "solution": SEVERAL, "probes": [
        probe(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", "allow", "Alice cannot read."),
        probe(ALICE, "iam:CreateUser", BOB, "refuse", "Alice can create users."),
    ]})  # fmt: skip


def test_several_policies_are_put_in_force_together(several):
    assert grade(several, {"identity": allowing("*"), "boundary": allowing("s3:*")}).passed
    assert not grade(several, {"identity": allowing("*"), "boundary": allowing("*")}).passed
    assert not grade(several, {"identity": allowing("iam:*"), "boundary": allowing("s3:*")}).passed


@pytest.mark.parametrize("answer", [None, 7, {}, {"identity": {}}, {"identity": allowing("*"), "boundry": {}},
                                    {"identity": allowing("*"), "boundary": 3}, [allowing("*")]])  # fmt: skip
def test_several_policies_need_each_place_by_name(several, answer):
    result = grade(several, answer)
    assert not result.passed
    assert result.messages
    assert "fault of the course" not in result.messages[0]
