"""Probes that the engine decides: with a grant, and with a token from an identity provider."""

from __future__ import annotations

from labs_helpers.course.grading.grade import grade
from tests.course.invented import exercise

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BY_ACCOUNT = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]}  # fmt: skip


def test_a_probe_may_bring_a_grant():
    grant = {"GrantId": "g", "GranteePrincipal": "arn:aws:iam::444455556666:user/erin", "Operations": ["Decrypt"],
             "KeyId": KEY}  # fmt: skip
    probe = {"principal": "arn:aws:iam::444455556666:user/erin", "action": "kms:Decrypt", "resource": KEY,
             "account": "111122223333", "expected": "allow", "story": "Erin can't decrypt.",
             "policies": {"identity": [BY_ACCOUNT_IDENTITY], "grants": [grant]}}  # fmt: skip
    made = exercise(kind="key_policy", solution=BY_ACCOUNT, probes=[probe])
    assert grade(made, BY_ACCOUNT).passed
    without = {**probe, "policies": {"identity": [BY_ACCOUNT_IDENTITY]}}
    assert not grade(exercise(kind="key_policy", solution=BY_ACCOUNT, probes=[without]), BY_ACCOUNT).passed


BY_ACCOUNT_IDENTITY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}],
}


def test_a_probe_may_be_a_token_s():
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
         "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:pool"}}}]}  # fmt: skip

    def token(pool, expected):
        return {"principal": "web-identity:cognito-identity.amazonaws.com",
                "action": "sts:AssumeRoleWithWebIdentity", "resource": "arn:aws:iam::111122223333:role/member",
                "account": "111122223333", "context": {"cognito-identity.amazonaws.com:aud": pool},
                "expected": expected, "story": f"{pool} {expected}"}  # fmt: skip

    probes = [token("us-east-1:pool", "allow"), token("us-east-1:other", "refuse")]
    made = exercise(kind="trust_policy", solution=trust, probes=probes)
    assert grade(made, trust).passed
    loose = {**trust, "Statement": [{**trust["Statement"][0], "Condition": {
        "StringLike": {"cognito-identity.amazonaws.com:aud": "us-east-1:p*"}}}]}  # fmt: skip
    (message,) = grade(made, loose).messages
    assert message.startswith("Anyone with a token from cognito-identity.amazonaws.com can perform")


def test_a_probe_of_a_key_carries_its_caller_s_account():
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account"""
    by_caller = {"Version": "2012-10-17", "Statement": [
        {**BY_ACCOUNT["Statement"][0],
         "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}]}  # fmt: skip
    probe = {"principal": "arn:aws:iam::111122223333:user/alice", "action": "kms:Decrypt", "resource": KEY,
             "policies": {"identity": [BY_ACCOUNT_IDENTITY]}, "expected": "allow",
             "story": "Alice can't decrypt."}  # fmt: skip
    assert grade(exercise(kind="key_policy", solution=BY_ACCOUNT, probes=[probe]), by_caller).passed
