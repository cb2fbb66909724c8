"""The kinds of exercises that Day 2's first half doesn't have: a trust policy, and several policies at once."""

from __future__ import annotations

import json

import pytest

from labs_helpers.course.grading.grade import grade
from tests.course.invented import exercise

ROLE = "arn:aws:iam::111122223333:role/deploy"
ALICE, BOB = "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"


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
    return exercise(kind="trust_policy", solution=trusting(ALICE), probes=[
        probe(ALICE, "sts:AssumeRole", ROLE, "allow", "Alice cannot assume deploy."),
        probe(BOB, "sts:AssumeRole", ROLE, "refuse", "Bob can assume deploy."),
    ])  # fmt: skip


def test_trust_policy_is_graded_by_who_can_assume(trust):
    assert grade(trust, trusting(ALICE)).passed
    assert grade(trust, trusting("*")).messages[0].startswith("Bob can assume deploy.")
    assert grade(trust, trusting(BOB)).messages[0].startswith("Alice cannot assume deploy.")


def test_trust_policy_with_a_resource_is_refused_as_aws_refuses_it(trust):
    answer = trusting(ALICE)
    answer["Statement"][0]["Resource"] = "*"
    (message,) = grade(trust, answer).messages
    assert "policy.Statement[0].Resource" in message


def on(*resources):
    """Return a bucket policy that lets Alice read these resources."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": ALICE},
                "Action": "s3:GetObject",
                "Resource": [*resources],
            }
        ],
    }


@pytest.mark.parametrize("as_text", [False, True])
def test_a_bucket_policy_with_a_resource_of_another_bucket_is_refused_as_s3_refuses_it(as_text):
    own, other = "arn:aws:s3:::payroll/*", "arn:aws:s3:::pay_roll/*"
    asked = exercise(kind="resource_policy", solution=on(own), probes=[
        probe(ALICE, "s3:GetObject", "arn:aws:s3:::payroll/2026.csv", "allow", "Alice cannot read."),
    ])  # fmt: skip
    assert grade(asked, on(own)).passed
    result = grade(asked, json.dumps(on(own, other)) if as_text else on(own, other))
    assert not result.counts
    assert result.messages == (
        f"S3 rejects this policy: Policy has invalid resource. `{other}` isn't in the bucket `payroll`.",
    )


def allowing(action):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


SEVERAL = {"identity": allowing("*"), "boundary": allowing("s3:*")}


SLOTS = list(SEVERAL)


@pytest.fixture
def several():
    return exercise(kind="policies", slots=SLOTS, solution=SEVERAL, probes=[
        probe(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", "allow", "Alice cannot read."),
        probe(ALICE, "iam:CreateUser", BOB, "refuse", "Alice can create users."),
    ])  # fmt: skip


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
    assert "bug in the course" not in result.messages[0]


# Policies of an organization

FULL = allowing("*")
NO_DELETION = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}],
}
BUCKET = "arn:aws:s3:::orders"


def bound(request, **levels):
    return request | {"account": "111122223333", "policies": {"identity": ["@Full"], **levels}}


@pytest.fixture
def scp():
    deletes = "s3:DeleteBucket"
    return exercise(kind="scp", solution=NO_DELETION, documents={"Full": FULL}, probes=[
        bound(probe(ALICE, deletes, BUCKET, "refuse", "A member deletes a bucket."), scp=[["@Full"], ["@Full"]]),
        bound(probe(ALICE, "s3:ListBucket", BUCKET, "allow", "A member cannot list."), scp=[["@Full"], ["@Full"]]),
        bound(probe(BOB, deletes, BUCKET, "allow", "The management account is bound.")),
    ])  # fmt: skip


def test_scp_binds_whom_an_scp_binds_and_nobody_else(scp):
    assert grade(scp, NO_DELETION).passed


def test_an_allow_beside_full_aws_access_neither_gives_nor_takes(scp):
    more = {**NO_DELETION, "Statement": [*NO_DELETION["Statement"], *FULL["Statement"]]}
    assert grade(scp, more).passed
    (message,) = grade(scp, allowing("s3:ListBucket")).messages
    assert message.startswith("A member deletes a bucket.")


def test_scp_that_leaves_a_door_open_which_no_probe_tries_is_refused_with_a_witness(scp):
    answer = {**NO_DELETION, "Statement": [{**NO_DELETION["Statement"][0], "Resource": BUCKET}]}
    (message,) = grade(scp, answer).messages
    assert "more than the task asks for (nothing in your policy denies it)" in message


@pytest.mark.parametrize(
    "answer",
    [
        {"Statement": NO_DELETION["Statement"]},
        {**NO_DELETION, "Version": "2008-10-17"},
        {**NO_DELETION, "Statement": [{**NO_DELETION["Statement"][0], "Principal": "*"}]},
        {**NO_DELETION, "Statement": [{**NO_DELETION["Statement"][0], "Sid": "x" * 10_240}]},
    ],
)
def test_scp_that_organizations_refuses_is_no_answer(scp, answer):
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html"""
    result = grade(scp, answer)
    assert not result.passed
    assert not result.counts


def test_rcp_binds_whoever_asks_for_a_member_s_resource():
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    perimeter = {**everybody, "Effect": "Deny", "Action": "s3:*", "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-nimbus12345"}}}  # fmt: skip
    documents = {"Full": FULL, "Open": {"Version": "2012-10-17", "Statement": [everybody]}}
    solution = {"Version": "2012-10-17", "Statement": [perimeter]}
    of_a_member = {"resource": "@Open", "rcp": [["@Open"]]}
    ours = {"context": {"aws:PrincipalOrgID": "o-nimbus12345"}}
    rcp = exercise(kind="rcp", solution=solution, documents=documents, probes=[
        bound(probe(ALICE, "s3:GetObject", f"{BUCKET}/k", "allow", "A member cannot read."), **of_a_member) | ours,
        bound(probe(BOB, "s3:GetObject", f"{BUCKET}/k", "refuse", "A stranger reads."), **of_a_member),
        bound(probe(BOB, "s3:GetObject", f"{BUCKET}/k", "allow", "A stranger's own is hit."), resource="@Open"),
    ])  # fmt: skip
    assert grade(rcp, solution).passed
    assert not grade(rcp, {**solution, "Statement": [everybody]}).counts
    (message,) = grade(rcp, {**solution, "Statement": [{**perimeter, "Action": "s3:GetBucket*"}]}).messages
    assert message.startswith("A stranger reads.")
