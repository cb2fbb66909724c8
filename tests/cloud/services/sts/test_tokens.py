"""GetFederationToken and GetSessionToken, session tags, and errors of IAM and STS before any policy is evaluated."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config

from tests.clouds import allow, error_of, make_user, session_of, trust

HOME = "111122223333"


def lasting(cloud, answer) -> int:
    return round((answer["Credentials"]["Expiration"] - cloud.clock.now()).total_seconds() / 60)


@pytest.mark.ledger("F-IAM-18")
def test_federation_token_with_tags_needs_tag_session_too(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:GetFederationToken"))
    ask = alice.client("sts").get_federation_token
    tags = [{"Key": "team", "Value": "hr"}]
    ask(Name="bob")
    code, message = error_of(ask, Name="bob", Tags=tags)
    assert code == "AccessDenied"
    assert f"sts:TagSession on resource: arn:aws:sts::{HOME}:federated-user/bob" in message
    both = allow(["sts:GetFederationToken", "sts:TagSession"])
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=both)
    ask(Name="bob", Tags=tags)


@pytest.mark.ledger("F-IAM-18")
def test_root_users_sessions_last_an_hour_however_much_is_asked_for(cloud):
    sts = cloud.root().client("sts")
    assert lasting(cloud, sts.get_session_token()) == 60
    assert lasting(cloud, sts.get_session_token(DurationSeconds=7200)) == 60
    assert lasting(cloud, sts.get_session_token(DurationSeconds=900)) == 15
    assert lasting(cloud, sts.get_federation_token(Name="bob", DurationSeconds=43200)) == 60
    assert lasting(cloud, sts.get_federation_token(Name="bob")) == 60


@pytest.mark.ledger("F-IAM-18")
def test_root_users_federated_user_has_what_the_session_policy_leaves_of_everything(cloud):
    sts = cloud.root().client("sts")
    bob = session_of(sts.get_federation_token(Name="bob", Policy=allow("s3:ListAllMyBuckets")))
    assert bob.client("s3").list_buckets()["Buckets"] == []
    assert error_of(bob.client("dynamodb").list_tables)[0] == "AccessDeniedException"
    nobody = session_of(sts.get_federation_token(Name="bob"))
    assert error_of(nobody.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-18")
def test_federated_user_carries_the_users_tags_and_those_that_were_passed(cloud, iam):
    own = allow("s3:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "hr"}})
    alice = make_user(cloud, "alice", own)
    iam.put_user_policy(UserName="alice", PolicyName="sts", PolicyDocument=allow("sts:*"))
    iam.tag_user(UserName="alice", Tags=[{"Key": "Team", "Value": "hr"}])
    ask, everything = alice.client("sts").get_federation_token, allow("*")
    bob = session_of(ask(Name="bob", Policy=everything))
    assert bob.client("s3").list_buckets()["Buckets"] == []
    passed = [{"Key": "team", "Value": "it"}]
    bob = session_of(ask(Name="bob", Policy=everything, Tags=passed))
    assert error_of(bob.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-18")
def test_iam_resource_tag_is_a_key_of_assume_role(cloud, iam):
    condition = {"StringEquals": {"iam:ResourceTag/team": "hr"}}
    alice = make_user(cloud, "alice", allow("sts:AssumeRole", Condition=condition))
    for name, team in (("ours", "hr"), ("theirs", "it")):
        tags = [{"Key": "team", "Value": team}]
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": HOME}), Tags=tags)
    assume = alice.client("sts").assume_role
    assume(RoleArn=f"arn:aws:iam::{HOME}:role/ours", RoleSessionName="work")
    assert (
        error_of(assume, RoleArn=f"arn:aws:iam::{HOME}:role/theirs", RoleSessionName="work")[0]
        == "AccessDenied"
    )


@pytest.mark.ledger("F-IAM-18")
def test_transitive_tag_stands_for_the_roles_own_when_the_next_role_is_assumed(cloud, iam):
    alice = make_user(cloud, "alice", allow(["sts:AssumeRole", "sts:TagSession"]))
    both = ["sts:AssumeRole", "sts:TagSession"]
    condition = {"StringEquals": {"aws:ResourceTag/team": "hr"}}
    first = iam.create_role(RoleName="first", AssumeRolePolicyDocument=trust({"AWS": HOME}, both))["Role"][
        "Arn"
    ]
    iam.put_role_policy(RoleName="first", PolicyName="own", PolicyDocument=allow(both))
    second = iam.create_role(
        RoleName="second", AssumeRolePolicyDocument=trust({"AWS": HOME}, both, Condition=condition),
        Tags=[{"Key": "team", "Value": "it"}],
    )["Role"]["Arn"]  # fmt: skip
    passed = {"Tags": [{"Key": "team", "Value": "hr"}]}
    assume = alice.client("sts").assume_role
    plain = session_of(assume(RoleArn=first, RoleSessionName="work", **passed)).client("sts")
    assert error_of(plain.assume_role, RoleArn=second, RoleSessionName="work")[0] == "AccessDenied"
    carried = session_of(assume(RoleArn=first, RoleSessionName="work", TransitiveTagKeys=["team"], **passed))
    carried.client("sts").assume_role(RoleArn=second, RoleSessionName="work")


@pytest.mark.ledger("F-IAM-08")
def test_federated_sessions_say_nothing_of_mfa(cloud, iam):
    """A Null condition shows whether a session has the key."""
    # Web identity and SAML sessions: see test_web_identity.py and test_saml.py. A role's session says "false".
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    present = allow("s3:ListAllMyBuckets", Condition={"Null": {"aws:MultiFactorAuthPresent": "false"}})
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=present)
    answer = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{HOME}:role/app", RoleSessionName="work")
    assert session_of(answer).client("s3").list_buckets()["Buckets"] == []


@pytest.mark.ledger("F-IAM-17")
def test_user_named_root_is_a_user_like_any_other(cloud, iam):
    user = make_user(cloud, "root", allow("sts:*"))
    session = session_of(user.client("sts").get_session_token())
    assert session.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{HOME}:user/root"
    for key in iam.list_access_keys(UserName="root")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="root", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="root", PolicyName="own")
    iam.delete_user(UserName="root")
    assert error_of(session.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"


# --- the models' constraints ------------------------------------------------------------------------------------

CONSTRAINTS = json.loads((Path(__file__).parents[1] / "iam" / "constraints.json").read_text(encoding="utf-8"))


@pytest.mark.ledger("F-IAM-19")
@pytest.mark.parametrize("case", CONSTRAINTS, ids=lambda case: case["message"][:60])
def test_parameters_are_held_to_the_models_constraints(cloud, case):
    client = boto3.client(case["service"], config=Config(parameter_validation=False))
    call = getattr(client, xform_name(case["operation"]))
    assert error_of(call, **case["parameters"]) == ("ValidationError", case["message"])


@pytest.mark.ledger("F-IAM-19")
def test_a_constraint_is_checked_before_any_policy(cloud):
    alice = make_user(cloud, "alice")
    assert error_of(alice.client("iam").create_user, UserName="a b")[0] == "ValidationError"
