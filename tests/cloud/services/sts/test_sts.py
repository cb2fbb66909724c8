"""Roles: the principals that can assume them, and the content of their sessions."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import allow, deny, error_of, make_user, session_of, trust

HOME, PARTNER = "111122223333", "444455556666"


def role(iam, name, trust_policy, policy=None, **more):
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy, **more)["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return arn


def assume(session, arn, name="work", **more):
    return session.client("sts").assume_role(RoleArn=arn, RoleSessionName=name, **more)


def test_a_federation_token_without_policies_has_none_packed(cloud):
    """OBSERVED in 2024: PackedPolicySize is 0; AssumeRole's answer lacks it without a policy."""
    sts = boto3.client("sts")
    assert sts.get_federation_token(Name="bob")["PackedPolicySize"] == 0
    assert sts.get_federation_token(Name="bob", Policy=allow("s3:*"))["PackedPolicySize"] > 0


def test_text_that_only_begins_like_an_arn_is_repeated(cloud):
    """OBSERVED in 2024, of the first one."""
    assume = boto3.client("sts").assume_role
    wrong = "arn:a" * 5
    assert error_of(assume, RoleArn=wrong, RoleSessionName="work") == (
        "ValidationError",
        f"{wrong} is invalid",
    )
    user = "arn:aws:iam::111122223333:user/alice"
    assert error_of(assume, RoleArn=user, RoleSessionName="work") == (
        "ValidationError",
        "Request ARN is invalid",
    )


@pytest.mark.ledger("F-IAM-03")
def test_role_that_does_not_exist_cannot_be_assumed(cloud):
    alice = make_user(cloud, "alice", allow("*"))
    code, message = error_of(assume, alice, f"arn:aws:iam::{HOME}:role/ghost")
    assert code == "AccessDenied"
    assert message == (
        f"User: arn:aws:iam::{HOME}:user/alice is not authorized to perform: sts:AssumeRole "
        f"on resource: arn:aws:iam::{HOME}:role/ghost"
    )


@pytest.mark.ledger("F-IAM-03")
@pytest.mark.parametrize(
    "policy", [None, allow("*"), deny("sts:AssumeRole")], ids=["nothing", "everything", "denied"]
)
def test_a_refusal_does_not_tell_whether_another_account_has_a_role(cloud, policy):
    """OBSERVED in 2022: https://github.com/aws/aws-cli/issues/7216"""
    alice = make_user(cloud, "alice", policy)
    theirs = cloud.account(PARTNER).client("iam")
    shut = role(theirs, "shut", trust({"Service": "ec2.amazonaws.com"}))
    code, message = error_of(assume, alice, shut)
    ghost = shut.replace("role/shut", "role/ghost")
    assert error_of(assume, alice, ghost) == (code, message.replace(shut, ghost))
    if policy != deny("sts:AssumeRole"):
        assert message.endswith(f"on resource: {shut}")


@pytest.mark.ledger("F-IAM-03")
def test_trust_naming_the_user_suffices_in_the_same_account(cloud, iam):
    alice = make_user(cloud, "alice")
    arn = role(iam, "reader", trust({"AWS": f"arn:aws:iam::{HOME}:user/alice"}))
    assert assume(alice, arn)["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{HOME}:assumed-role/reader/work"


@pytest.mark.ledger("F-IAM-03")
def test_trust_naming_the_account_needs_the_callers_own_permission_too(cloud, iam):
    alice = make_user(cloud, "alice")
    arn = role(iam, "reader", trust({"AWS": HOME}))
    assert error_of(assume, alice, arn)[0] == "AccessDenied"
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allow("sts:AssumeRole", arn))
    assume(alice, arn)


@pytest.mark.ledger("F-IAM-03")
def test_permission_without_trust_does_not_suffice(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    make_user(cloud, "bob")
    arn = role(iam, "reader", trust({"AWS": f"arn:aws:iam::{HOME}:user/bob"}))
    assert error_of(assume, alice, arn)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-03")
def test_cross_account_needs_both_sides(cloud):
    iam = cloud.account(PARTNER).client("iam")
    alice = make_user(cloud, "alice")
    arn = role(iam, "partner", trust({"AWS": f"arn:aws:iam::{HOME}:user/alice"}))
    assert error_of(assume, alice, arn)[0] == "AccessDenied"
    cloud.account(HOME).client("iam").put_user_policy(
        UserName="alice", PolicyName="own", PolicyDocument=allow("sts:AssumeRole", arn)
    )
    session = session_of(assume(alice, arn))
    assert session.client("sts").get_caller_identity()["Account"] == PARTNER


@pytest.mark.ledger("F-IAM-03")
def test_a_session_may_do_what_its_role_may_and_no_more(cloud, iam):
    alice = make_user(cloud, "alice", allow("*"))
    arn = role(iam, "lister", trust({"AWS": HOME}), allow("s3:ListAllMyBuckets"))
    session = session_of(assume(alice, arn))
    assert session.client("s3").list_buckets()["Buckets"] == []
    code, message = error_of(session.client("iam").list_users)
    assert code == "AccessDenied"
    assert f"User: arn:aws:sts::{HOME}:assumed-role/lister/work is not authorized" in message


@pytest.mark.ledger("F-IAM-04")
def test_external_id_must_be_the_one_the_trust_policy_asks_for(cloud, iam):
    vendor = make_user(cloud, "vendor", allow("sts:AssumeRole"), account=PARTNER)
    arn = role(
        iam, "for-vendor", trust({"AWS": PARTNER}, Condition={"StringEquals": {"sts:ExternalId": "ours-42"}})
    )
    assert error_of(assume, vendor, arn)[0] == "AccessDenied"
    assert error_of(assume, vendor, arn, ExternalId="theirs")[0] == "AccessDenied"
    assume(vendor, arn, ExternalId="ours-42")


@pytest.mark.ledger("F-IAM-04")
def test_role_session_name_can_be_tied_to_the_user_name(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    condition = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    arn = role(iam, "named", trust({"AWS": HOME}, Condition=condition))
    assert error_of(assume, alice, arn, "bob")[0] == "AccessDenied"
    assume(alice, arn, "alice")


@pytest.mark.ledger("F-IAM-04")
def test_source_identity_needs_its_own_permission_and_stays_through_chaining(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    both = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    first = role(iam, "first", trust({"AWS": HOME}, both), allow(both))
    second = role(iam, "second", trust({"AWS": HOME}, both), allow("s3:ListAllMyBuckets"))
    assert error_of(assume, alice, first, SourceIdentity="alice")[0] == "AccessDenied"
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allow(both))
    one = session_of(assume(alice, first, SourceIdentity="alice"))
    assert error_of(assume, one, second, SourceIdentity="mallory")[0] == "AccessDenied"
    assert assume(one, second)["SourceIdentity"] == "alice"


@pytest.mark.ledger("F-IAM-04")
def test_session_tags_need_tag_session_and_reach_policies_as_principal_tags(cloud, iam):
    alice = make_user(cloud, "alice", allow(["sts:AssumeRole", "sts:TagSession"]))
    tagged = [{"Key": "team", "Value": "blue"}]
    arn = role(iam, "untagged", trust({"AWS": HOME}))
    assert error_of(assume, alice, arn, Tags=tagged)[0] == "AccessDenied"
    arn = role(
        iam,
        "tagged",
        trust({"AWS": HOME}, ["sts:AssumeRole", "sts:TagSession"]),
        allow("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}),
    )
    session_of(assume(alice, arn, Tags=tagged)).client("s3").list_buckets()
    red = session_of(assume(alice, arn, Tags=[{"Key": "team", "Value": "red"}]))
    assert error_of(red.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-04")
def test_transitive_tags_are_inherited_and_cannot_be_overridden(cloud, iam):
    may = ["sts:AssumeRole", "sts:TagSession"]
    alice = make_user(cloud, "alice", allow(may))
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    first = role(iam, "first", trust({"AWS": HOME}, may), allow(may))
    second = role(iam, "second", trust({"AWS": HOME}, may), allow("s3:ListAllMyBuckets", Condition=condition))
    passed = {
        "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "desk", "Value": "4"}],
        "TransitiveTagKeys": ["team"],
    }
    one = session_of(assume(alice, first, **passed))
    session_of(assume(one, second)).client("s3").list_buckets()
    assert error_of(assume, one, second, Tags=[{"Key": "team", "Value": "red"}])[0] == "InvalidParameterValue"
    kept = session_of(assume(alice, first, Tags=passed["Tags"]))
    assert error_of(session_of(assume(kept, second)).client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-04")
def test_chained_session_lasts_an_hour_at_most(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    first = role(iam, "first", trust({"AWS": HOME}), allow("sts:AssumeRole"))
    second = role(iam, "second", trust({"AWS": HOME}), MaxSessionDuration=7200)
    assume(alice, second, DurationSeconds=7200)
    one = session_of(assume(alice, first))
    code, message = error_of(assume, one, second, DurationSeconds=7200)
    assert (code, "1 hour" in message) == ("ValidationError", True)


@pytest.mark.ledger("F-IAM-04")
def test_session_duration_is_bounded_by_the_role(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    arn = role(iam, "short", trust({"AWS": HOME}))
    code, message = error_of(assume, alice, arn, DurationSeconds=7200)
    assert (code, "MaxSessionDuration" in message) == ("ValidationError", True)
    assert error_of(assume, alice, arn, DurationSeconds=60000)[0] == "ValidationError"


@pytest.mark.ledger("F-IAM-06")
def test_session_policy_narrows_and_never_widens(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    arn = role(iam, "lister", trust({"AWS": HOME}), allow(["s3:ListAllMyBuckets", "iam:ListUsers"]))
    session = session_of(assume(alice, arn, Policy=allow(["iam:ListUsers", "iam:ListRoles"])))
    session.client("iam").list_users()
    code, message = error_of(session.client("s3").list_buckets)
    assert code == "AccessDenied"
    assert message.endswith("because no session policy allows the s3:ListAllMyBuckets action")
    assert error_of(session.client("iam").list_roles)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-06")
def test_managed_session_policies_count_as_inline_ones_do(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    managed = iam.create_policy(PolicyName="only-users", PolicyDocument=allow("iam:ListUsers"))["Policy"][
        "Arn"
    ]
    arn = role(iam, "all", trust({"AWS": HOME}), allow("*"))
    session = session_of(assume(alice, arn, PolicyArns=[{"arn": managed}]))
    session.client("iam").list_users()
    assert error_of(session.client("iam").list_roles)[0] == "AccessDenied"
    missing = error_of(assume, alice, arn, PolicyArns=[{"arn": managed + "x"}])
    assert missing[0] == "MalformedPolicyDocument"


@pytest.mark.ledger("F-IAM-06")
def test_malformed_or_too_long_session_policy_is_refused(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    arn = role(iam, "all", trust({"AWS": HOME}), allow("*"))
    assert error_of(assume, alice, arn, Policy="{")[0] == "MalformedPolicyDocument"
    assert (
        error_of(assume, alice, arn, Policy=allow("s3:GetObject", ["arn:aws:s3:::b/" + "x" * 2100]))[0]
        == "ValidationError"
    )


@pytest.mark.ledger("F-IAM-06")
def test_federation_token_has_what_both_the_user_and_its_policy_allow(cloud):
    alice = make_user(cloud, "alice", allow(["sts:GetFederationToken", "s3:ListAllMyBuckets"]))
    sts = alice.client("sts")
    bob = session_of(
        sts.get_federation_token(Name="bob", Policy=allow(["s3:ListAllMyBuckets", "s3:CreateBucket"]))
    )
    assert bob.client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{HOME}:federated-user/bob"
    bob.client("s3").list_buckets()
    assert error_of(bob.client("s3").create_bucket, Bucket="bobs")[0] == "AccessDenied"
    nobody = session_of(sts.get_federation_token(Name="nobody"))
    assert error_of(nobody.client("s3").list_buckets)[0] == "AccessDenied"
    assert error_of(bob.client("iam").list_users)[0] == "InvalidClientTokenId"


@pytest.mark.ledger("F-IAM-13")
def test_root_needs_no_identity_policy_but_may_assume_no_role(cloud, iam):
    root = cloud.root()
    root.client("iam").list_users()
    assert root.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{HOME}:root"
    arn = role(iam, "all", trust({"AWS": HOME}), allow("*"))
    assert error_of(assume, root, arn)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-13")
def test_a_deny_in_a_bucket_policy_binds_root(cloud):
    root = cloud.root()
    root.client("s3").create_bucket(Bucket="vault")
    document = json.loads(deny("s3:GetObject", "arn:aws:s3:::vault/*"))
    document["Statement"][0]["Principal"] = "*"
    root.client("s3").put_object(Bucket="vault", Key="k", Body=b"x")
    root.client("s3").put_bucket_policy(Bucket="vault", Policy=json.dumps(document))
    code, message = error_of(root.client("s3").get_object, Bucket="vault", Key="k")
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in a resource-based policy")


def test_deleting_the_role_ends_its_sessions_power(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    arn = role(iam, "reader", trust({"AWS": HOME}), allow("s3:ListAllMyBuckets"))
    session = session_of(assume(alice, arn))
    session.client("s3").list_buckets()
    iam.delete_role_policy(RoleName="reader", PolicyName="own")
    assert error_of(session.client("s3").list_buckets)[0] == "AccessDenied"


def test_role_profile_assumes_the_role_by_itself(cloud, iam):
    make_user(cloud, "alice", allow("sts:AssumeRole"))
    arn = role(iam, "reader", trust({"AWS": HOME}), allow("s3:ListAllMyBuckets"))
    session = cloud.role_profile("alice-as-reader", arn, "alice", role_session_name="alice")
    assert (
        session.client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{HOME}:assumed-role/reader/alice"
    )
    session.client("s3").list_buckets()


def test_a_session_tells_the_size_of_its_token_which_is_as_large_as_was_asked_for(cloud):
    """Expect SessionTokenSize to be at least the requested minimum.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    iam, sts = boto3.client("iam"), boto3.client("sts")
    arn = role(iam, "app", trust({"AWS": HOME}))
    for answer in (
        sts.assume_role(RoleArn=arn, RoleSessionName="work", MinimumSessionTokenSize=4096),
        sts.get_session_token(MinimumSessionTokenSize=4096),
        sts.get_federation_token(Name="bob", MinimumSessionTokenSize=4096),
    ):
        assert len(answer["Credentials"]["SessionToken"]) == answer["SessionTokenSize"] == 4096
        assert answer["SessionTokenUtilization"] == 100
        session_of(answer).client("sts").get_caller_identity()
    small = sts.assume_role(RoleArn=arn, RoleSessionName="work", MinimumSessionTokenSize=0)
    assert len(small["Credentials"]["SessionToken"]) == small["SessionTokenSize"] < 4096
    assert 0 < small["SessionTokenUtilization"] < 100
    asked = {"RoleArn": arn, "RoleSessionName": "work", "MinimumSessionTokenSize": 4097}
    assert error_of(sts.assume_role, **asked)[0] == "ValidationError"


def test_session_tags_do_not_begin_as_awss_own_do(cloud):
    """Expect InvalidParameterValue for keys and values that begin with `aws:`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know
    """
    arn = role(boto3.client("iam"), "app", trust({"AWS": HOME}, ["sts:AssumeRole", "sts:TagSession"]))
    sts = boto3.client("sts")
    for wrong in ({"Key": "aws:team", "Value": "red"}, {"Key": "team", "Value": "aws:red"}):
        asked = {"RoleArn": arn, "RoleSessionName": "work", "Tags": [wrong]}
        assert error_of(sts.assume_role, **asked)[0] == "InvalidParameterValue"
        assert error_of(sts.get_federation_token, Name="bob", Tags=[wrong])[0] == "InvalidParameterValue"


def test_the_root_user_is_told_that_it_can_assume_no_role(cloud):
    """Expect AccessDenied with AWS's message.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    arn = role(boto3.client("iam"), "app", trust({"AWS": HOME}))
    refused = error_of(assume, cloud.root(HOME), arn)
    assert refused == ("AccessDenied", "Roles may not be assumed by root accounts.")


def test_a_context_assertion_that_nobody_gave_is_refused(cloud):
    """Expect InvalidContextAssertion.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors
    """
    arn = role(boto3.client("iam"), "app", trust({"AWS": HOME}, ["sts:AssumeRole", "sts:SetContext"]))
    center = "arn:aws:iam::aws:contextProvider/IdentityCenter"
    for provider in (center, "arn:aws:iam::aws:contextProvider/Other"):
        contexts = [{"ProviderArn": provider, "ContextAssertion": "made up"}]
        refused = error_of(assume, boto3.Session(), arn, ProvidedContexts=contexts)
        assert refused[0] == "InvalidContextAssertion"
