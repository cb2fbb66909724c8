"""Policies that PutBucketPolicy rejects, and the error messages."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.bucket_policy import check

BUCKET = "payroll"


@pytest.fixture(autouse=True)
def _known_identities(monkeypatch):
    known = {("111122223333", "user", "alice"), ("111122223333", "role", "auditor")}
    monkeypatch.setattr(s3, "iam_principal_exists", lambda *identity: identity in known)


def policy(**changes):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    statement.update(changes)
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]}
    )


ACCEPTED = {
    "an account by ARN": policy(),
    "an account by id": policy(Principal={"AWS": "444455556666"}),
    "everyone": policy(Principal="*"),
    "a user that exists": policy(Principal={"AWS": "arn:aws:iam::111122223333:user/alice"}),
    "a role that exists, with a path": policy(
        Principal={"AWS": "arn:aws:iam::111122223333:role/audit/auditor"}
    ),
    "a session of a role": policy(Principal={"AWS": "arn:aws:sts::111122223333:assumed-role/auditor/june"}),
    "a service": policy(Principal={"Service": "cloudtrail.amazonaws.com"}),
    "bucket and objects": policy(
        Action=["s3:ListBucket", "s3:GetObject"],
        Resource=[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    ),
    "every action": policy(Action="s3:*", Resource=f"arn:aws:s3:::{BUCKET}"),
    "a wildcard that matches the bucket": policy(Resource="arn:aws:s3:::pay*"),
    "any resource": policy(Resource="*"),
    "a key that the action knows": policy(
        Action="s3:ListBucket",
        Resource=f"arn:aws:s3:::{BUCKET}",
        Condition={"StringLike": {"s3:prefix": "alice/*"}},
    ),
    "a tag key": policy(Condition={"StringEquals": {"s3:ExistingObjectTag/team": "red"}}),
    "one statement, not in a list": json.dumps(
        {"Version": "2012-10-17", "Statement": json.loads(policy())["Statement"][0]}
    ),
}
REFUSED = {
    "no JSON": ("{", "This policy contains invalid Json"),
    "nothing": ("", "Policies must be valid JSON and the first byte must be '{'"),
    "a list": ("[]", "Policies must be valid JSON and the first byte must be '{'"),
    "no statement": ('{"Version": "2012-10-17"}', "Missing required field Statement"),
    "no principal": (policy(Principal=None), "Missing required field Principal"),
    "no action": (policy(Action=None), "Missing required field Action"),
    "no resource": (policy(Resource=None), "Missing required field Resource"),
    "no effect": (policy(Effect=None), "Missing required field Effect"),
    "wrong effect": (policy(Effect="allow"), "Invalid effect: allow"),
    "a user that does not exist": (
        policy(Principal={"AWS": "arn:aws:iam::111122223333:user/nobody"}), "Invalid principal in policy",
    ),
    "a role that does not exist": (
        policy(Principal={"AWS": "arn:aws:iam::111122223333:role/nobody"}), "Invalid principal in policy",
    ),
    "a principal by wildcard": (
        policy(Principal={"AWS": "arn:aws:iam::111122223333:user/*"}), "Invalid principal in policy",
    ),
    "a group": (policy(Principal={"AWS": "arn:aws:iam::111122223333:group/admins"}), "Invalid principal in policy"),
    "another bucket": (policy(Resource="arn:aws:s3:::other/*"), "Policy has invalid resource"),
    "no ARN": (policy(Resource=f"{BUCKET}/*"), "Policy has invalid resource"),
    "an action that does not exist": (policy(Action="s3:ReadObject"), "Policy has invalid action"),
    "another service's action": (policy(Action="iam:GetUser"), "Policy has invalid action"),
    "a bucket's action on objects": (
        policy(Action=["s3:GetObject", "s3:ListBucket"]), "Action does not apply to any resource(s) in statement",
    ),
    "an object's action on the bucket": (
        policy(Resource=f"arn:aws:s3:::{BUCKET}"), "Action does not apply to any resource(s) in statement",
    ),
    "an account's action": (
        policy(Action="s3:ListAllMyBuckets"), "Action does not apply to any resource(s) in statement",
    ),
    "an unknown key": (
        policy(Condition={"StringEquals": {"s3:prefixes": "x"}}), "Policy has an invalid condition key",
    ),
    "a key of other actions": (
        policy(Condition={"StringEquals": {"s3:prefix": "x"}}),
        "Conditions do not apply to combination of actions and resources in statement",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_policy_is_taken_with(name):
    check(ACCEPTED[name], BUCKET)


@pytest.mark.parametrize("name", REFUSED)
def test_policy_is_malformed_with(name):
    text, message = REFUSED[name]
    with pytest.raises(ServiceError) as caught:
        check(text, BUCKET)
    assert (caught.value.code, caught.value.status, caught.value.message) == ("MalformedPolicy", 400, message)


@pytest.mark.parametrize(
    "statement",
    [
        {"Efect": "Allow"},
        {"Condition": {"StringEqual": {"aws:userid": "x"}}},
        {"Condition": []},
        {"Sid": 5},
        {"Action": 7},
    ],
)
def test_what_the_policy_language_forbids_is_malformed(statement):
    with pytest.raises(ServiceError) as caught:
        check(policy(**statement), BUCKET)
    assert caught.value.code == "MalformedPolicy"


@pytest.mark.parametrize(
    "text", ["", "null", "7", '"x"', "{}", '{"Statement": [7]}', '{"Statement": {}}', "[" * 10_000]
)
def test_anything_else_is_malformed_not_a_crash(text):
    with pytest.raises(ServiceError) as caught:
        check(text, BUCKET)
    assert caught.value.code == "MalformedPolicy"


def test_policy_above_20_kb_is_too_large():
    with pytest.raises(ServiceError) as caught:
        check(policy(Sid="x" * 20 * 1024), BUCKET)
    assert caught.value.code == "PolicyTooLarge"
