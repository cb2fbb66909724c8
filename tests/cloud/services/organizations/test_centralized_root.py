"""Centralized root access: permission to enable it, and the sessions that AssumeRoot returns."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.organizations.conftest import SCP, Org, refusal
from tests.clouds import allow, deny, error_of, make_user

TASKS = "arn:aws:iam::aws:policy/root-task/"


@pytest.fixture
def rooted(org):
    """The organization with both features on, and a member."""
    org.client.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam = boto3.client("iam")
    iam.enable_organizations_root_credentials_management()
    iam.enable_organizations_root_sessions()
    return org, org.member()


def assume(client, account, task="IAMAuditRootUserCredentials", **more):
    return client.assume_root(TargetPrincipal=account, TaskPolicyArn={"arn": TASKS + task}, **more)


def session_of(answer):
    keys = answer["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


@pytest.mark.ledger("F-ORG-22")
def test_who_switches_it_on(cloud):
    iam = boto3.client("iam")
    assert refusal(iam.enable_organizations_root_sessions)[0] == "OrganizationNotFoundException"
    org = Org(cloud)
    assert refusal(iam.list_organizations_features)[0] == "ServiceAccessNotEnabledException"
    org.client.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    assert iam.list_organizations_features()["EnabledFeatures"] == []
    assert iam.enable_organizations_root_sessions()["EnabledFeatures"] == ["RootSessions"]
    answer = iam.enable_organizations_root_credentials_management()
    assert answer["OrganizationId"] == org.id
    assert answer["EnabledFeatures"] == ["RootCredentialsManagement", "RootSessions"]
    assert iam.disable_organizations_root_sessions()["EnabledFeatures"] == ["RootCredentialsManagement"]
    member = org.member()
    theirs = org.as_account(member, "iam")
    code = "AccountNotManagementOrDelegatedAdministratorException"
    assert refusal(theirs.list_organizations_features)[0] == code
    org.client.register_delegated_administrator(AccountId=member, ServicePrincipal="iam.amazonaws.com")
    assert theirs.list_organizations_features()["EnabledFeatures"] == ["RootCredentialsManagement"]
    assert refusal(theirs.enable_organizations_root_sessions)[0] == "CallerIsNotManagementAccountException"


@pytest.mark.ledger("F-ORG-22")
def test_a_root_session_does_its_task_and_nothing_else(rooted):
    org, member = rooted
    answer = assume(boto3.client("sts"), member)
    session = session_of(answer)
    identity = session.client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{member}:root"
    assert "SummaryMap" in session.client("iam").get_account_summary()
    assert error_of(session.client("iam").create_user, UserName="eve")[0] == "AccessDenied"
    assert error_of(session.client("s3").list_buckets)[0] == "AccessDenied"
    org.cloud.clock.advance(minutes=15)
    assert error_of(session.client("iam").get_account_summary)[0] == "ExpiredToken"


@pytest.mark.ledger("F-ORG-22")
def test_a_bucket_that_everybody_is_locked_out_of_is_opened(rooted):
    org, member = rooted
    s3 = org.as_account(member, "s3")
    s3.create_bucket(Bucket="locked-shelf")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                 "Resource": ["arn:aws:s3:::locked-shelf", "arn:aws:s3:::locked-shelf/*"]}  # fmt: skip
    s3.put_bucket_policy(
        Bucket="locked-shelf", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert error_of(s3.delete_bucket_policy, Bucket="locked-shelf")[0] == "AccessDenied"
    root = session_of(assume(boto3.client("sts"), member, "S3UnlockBucketPolicy")).client("s3")
    assert error_of(root.list_objects_v2, Bucket="locked-shelf")[0] == "AccessDenied"
    root.delete_bucket_policy(Bucket="locked-shelf")
    s3.list_objects_v2(Bucket="locked-shelf")


@pytest.mark.ledger("F-ORG-22")
def test_who_gets_no_root_session(rooted):
    org, member = rooted
    sts = boto3.client("sts")
    for account in (org.cloud.home, "999988887777"):
        assert refusal(assume, sts, account)[0] == "AccessDenied"
    assert refusal(assume, org.as_account(member, "sts"), member)[0] == "AccessDenied"
    assert refusal(assume, org.cloud.root().client("sts"), member)[0] == "AccessDenied"
    assert refusal(assume, boto3.client("sts", region_name="aws-global"), member)[0] == "AccessDenied"
    assert refusal(assume, sts, member, DurationSeconds=901)[0] == "ValidationError"
    assert refusal(assume, sts, member, "AdministratorAccess")[0] == "ValidationError"
    assert refusal(assume, sts, f"arn:aws:iam::{member}:user/alice")[0] == "ValidationError"
    assume(sts, f"arn:aws:iam::{member}:root", DurationSeconds=300)
    boto3.client("iam").disable_organizations_root_sessions()
    assert refusal(assume, sts, member, "S3UnlockBucketPolicy")[0] == "AccessDenied"
    assume(sts, member)
    org.client.close_account(AccountId=member)
    assert refusal(assume, sts, member)[0] == "AccessDenied"


@pytest.mark.ledger("F-ORG-22")
def test_scps_bind_a_root_session(rooted):
    org, member = rooted
    org.enable(SCP)
    org.attach(deny("iam:GetAccountSummary"), member)
    session = session_of(assume(boto3.client("sts"), member))
    assert error_of(session.client("iam").get_account_summary)[0] == "AccessDenied"


@pytest.mark.ledger("F-ORG-27")
def test_an_audit_finds_the_root_users_own_credentials_and_nobody_elses(rooted):
    org, member = rooted
    org.as_account(member, "iam").create_user(UserName="alice")
    key = org.cloud.root(member).client("iam").list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"]
    root = session_of(assume(boto3.client("sts"), member)).client("iam")
    assert [each["AccessKeyId"] for each in root.list_access_keys()["AccessKeyMetadata"]] == [key]
    assert root.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]["ServiceName"] == "iam"
    assert root.list_mfa_devices()["MFADevices"] == []
    assert root.list_signing_certificates()["Certificates"] == []
    assert root.get_user()["User"]["Arn"] == f"arn:aws:iam::{member}:root"
    for refused in (root.list_access_keys, root.list_mfa_devices, root.get_user, root.get_login_profile):
        assert error_of(refused, UserName="alice")[0] == "AccessDenied"
    assert error_of(root.delete_access_key, AccessKeyId=key)[0] == "AccessDenied"


@pytest.mark.ledger("F-ORG-27")
def test_root_credentials_are_deleted_and_a_password_allowed_again(rooted):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html"""
    org, member = rooted
    # Made under centralised root access, the account never had a password.
    audit = session_of(assume(boto3.client("sts"), member)).client("iam")
    assert error_of(audit.get_login_profile)[0] == "NoSuchEntity"
    assert audit.get_account_summary()["SummaryMap"]["AccountPasswordPresent"] == 0
    recovery = session_of(assume(boto3.client("sts"), member, "IAMCreateRootUserPassword")).client("iam")
    assert error_of(recovery.create_login_profile, Password="Never-told-1!")[0] == "ValidationError"
    recovery.create_login_profile()
    assert error_of(recovery.create_login_profile)[0] == "EntityAlreadyExists"
    assert audit.get_login_profile()["LoginProfile"]["CreateDate"] == org.cloud.clock.now().replace(
        microsecond=0
    )
    old = org.cloud.root(member)
    key = old.client("iam").list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"]
    deletion = session_of(assume(boto3.client("sts"), member, "IAMDeleteRootUserCredentials")).client("iam")
    deletion.delete_login_profile()
    deletion.delete_access_key(AccessKeyId=key)
    assert error_of(deletion.delete_login_profile)[0] == "NoSuchEntity"
    assert error_of(deletion.deactivate_mfa_device, SerialNumber="arn:aws:iam::1:mfa/x")[0] == "NoSuchEntity"
    assert error_of(old.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"
    summary = audit.get_account_summary()["SummaryMap"]
    assert (summary["AccountPasswordPresent"], summary["AccountAccessKeysPresent"]) == (0, 0)


def test_who_may_assume_root_is_a_policys_to_say_by_account_and_task(rooted):
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html"""
    org, member = rooted
    condition = {"StringEquals": {"sts:TaskPolicyArn": TASKS + "IAMAuditRootUserCredentials"}}
    policy = allow("sts:AssumeRoot", f"arn:aws:iam::{member}:root", Condition=condition)
    auditor = make_user(org.cloud, "auditor", policy).client("sts")
    assume(auditor, member)
    assert refusal(assume, auditor, member, "S3UnlockBucketPolicy")[0] == "AccessDenied"
    assert refusal(assume, auditor, org.member("prod"))[0] == "AccessDenied"


def test_a_guardrail_against_root_users_can_spare_root_sessions(rooted):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-assumedroot"""
    org, member = rooted
    root, long_term = {"aws:PrincipalArn": "arn:aws:iam::*:root"}, {"aws:AssumedRoot": "true"}
    org.enable(SCP)
    org.attach(deny("*", Condition={"StringLike": root, "Null": long_term}), org.root)
    assert error_of(org.cloud.root(member).client("iam").list_users)[0] == "AccessDenied"
    session_of(assume(boto3.client("sts"), member)).client("iam").list_access_keys()


def test_the_trail_tells_a_root_session_from_the_root_user(rooted):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-track-privileged-tasks.html"""
    org, member = rooted
    session_of(assume(boto3.client("sts"), member)).client("iam").list_access_keys()
    events = org.as_account(member, "cloudtrail").lookup_events()["Events"]
    event = next(
        json.loads(each["CloudTrailEvent"]) for each in events if each["EventName"] == "ListAccessKeys"
    )
    assert event["userIdentity"]["type"] == "Root"
    assert event["userIdentity"]["sessionContext"]["assumedRoot"] == "true"


@pytest.mark.ledger("F-ORG-27")
def test_without_centralized_root_access_a_new_accounts_root_user_has_a_password(org):
    member = org.member()
    summary = org.as_account(member, "iam").get_account_summary()["SummaryMap"]
    assert summary["AccountPasswordPresent"] == 1
