"""Last use agrees with the record, by the lab clock: keys, roles, services, actions, the credential report."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import boto3
import pytest

from tests.clouds import allow, error_of, make_user, trust

HOME, PARTNER = "111122223333", "444455556666"


def key_of(session) -> str:
    return session.get_credentials().access_key


def role_session(iam, user, name, policy) -> boto3.Session:
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": HOME}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    keys = user.client("sts").assume_role(RoleArn=arn, RoleSessionName="work")["Credentials"]
    return boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name="us-east-1"
    )


def near(time, expected) -> bool:
    return abs(time - expected) < timedelta(seconds=30)


def report(iam, arn, granularity="SERVICE_LEVEL"):
    """The rows of a last-accessed report by namespace."""
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity=granularity)["JobId"]
    answer = iam.get_service_last_accessed_details(JobId=job, MaxItems=1000)
    assert answer["JobStatus"] == "COMPLETED"
    assert answer["JobType"] == granularity
    return {row["ServiceNamespace"]: row for row in answer["ServicesLastAccessed"]}


def credential_report(iam) -> dict[str, dict[str, str]]:
    """The rows of the credential report by user."""
    iam.generate_credential_report()
    answer = iam.get_credential_report()
    assert answer["ReportFormat"] == "text/csv"
    return {row["user"]: row for row in csv.DictReader(io.StringIO(answer["Content"].decode()))}


@pytest.mark.ledger("F-IAM-14")
def test_access_key_last_used_is_its_last_call_even_if_refused(cloud, iam):
    alice = make_user(cloud, "alice", allow("s3:ListAllMyBuckets"))
    ask = {"AccessKeyId": key_of(alice)}
    never = iam.get_access_key_last_used(**ask)
    assert never["UserName"] == "alice"
    assert never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    cloud.clock.advance(days=40)
    alice.client("s3").list_buckets()
    used = iam.get_access_key_last_used(**ask)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("s3", "us-east-1")
    assert near(used["LastUsedDate"], cloud.clock.now())
    before = cloud.clock.now()
    cloud.clock.advance(days=1)
    assert error_of(alice.client("iam").list_users)[0] == "AccessDenied"
    cloud.clock.advance(days=1)
    used = iam.get_access_key_last_used(**ask)["AccessKeyLastUsed"]
    assert used["ServiceName"] == "iam"
    assert near(used["LastUsedDate"], before + timedelta(days=1))


@pytest.mark.ledger("F-IAM-14")
def test_a_wrong_signature_is_no_use_of_the_key(cloud, iam):
    alice = make_user(cloud, "alice")
    forged = boto3.Session(key_of(alice), "x" * 40, region_name="us-east-1")
    assert error_of(forged.client("sts").get_caller_identity)[0] == "SignatureDoesNotMatch"
    assert "LastUsedDate" not in iam.get_access_key_last_used(AccessKeyId=key_of(alice))["AccessKeyLastUsed"]


def test_keys_of_other_accounts_are_not_told_about(cloud, iam):
    carol = make_user(cloud, "carol", account=PARTNER)
    assert error_of(iam.get_access_key_last_used, AccessKeyId=key_of(carol))[0] == "NoSuchEntity"
    assert error_of(iam.get_access_key_last_used, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[0] == "NoSuchEntity"


@pytest.mark.ledger("F-IAM-14")
def test_role_last_used_is_the_last_call_of_a_session_not_the_assuming(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    session = role_session(iam, alice, "worker", allow("s3:ListAllMyBuckets"))
    assert not iam.get_role(RoleName="worker")["Role"].get("RoleLastUsed", {}).get("LastUsedDate")
    cloud.clock.advance(minutes=30)
    session.client("s3").list_buckets()
    at = cloud.clock.now()
    cloud.clock.advance(days=3)
    used = iam.get_role(RoleName="worker")["Role"]["RoleLastUsed"]
    assert near(used["LastUsedDate"], at)
    assert used["Region"] == "us-east-1"
    details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert near(next(d for d in details if d["RoleName"] == "worker")["RoleLastUsed"]["LastUsedDate"], at)


@pytest.mark.ledger("F-IAM-14")
def test_service_last_accessed_lists_what_is_allowed_and_what_was_tried(cloud, iam):
    alice = make_user(cloud, "alice", allow(["s3:ListAllMyBuckets", "iam:ListUsers", "sqs:*"]))
    alice.client("s3").list_buckets()
    at = cloud.clock.now()
    cloud.clock.advance(days=10)
    arn = f"arn:aws:iam::{HOME}:user/alice"
    rows = report(iam, arn)
    assert set(rows) == {"iam", "s3", "sqs"}
    assert rows["s3"]["ServiceName"] == "Amazon S3"
    assert near(rows["s3"]["LastAuthenticated"], at)
    assert (rows["s3"]["LastAuthenticatedEntity"], rows["s3"]["TotalAuthenticatedEntities"]) == (arn, 1)
    assert rows["sqs"]["TotalAuthenticatedEntities"] == 0
    assert "LastAuthenticated" not in rows["sqs"]


@pytest.mark.ledger("F-IAM-14")
def test_action_level_tells_actions_but_not_those_on_data(cloud, iam):
    boto3.client("s3").create_bucket(Bucket="payroll")
    alice = make_user(cloud, "alice", allow("s3:*"))
    s3 = alice.client("s3")
    s3.list_buckets()
    s3.put_object(Bucket="payroll", Key="k", Body=b"")
    tracked = report(iam, f"arn:aws:iam::{HOME}:user/alice", "ACTION_LEVEL")["s3"][
        "TrackedActionsLastAccessed"
    ]
    assert [each["ActionName"] for each in tracked] == ["ListAllMyBuckets"]
    assert tracked[0]["LastAccessedEntity"] == f"arn:aws:iam::{HOME}:user/alice"
    assert "TrackedActionsLastAccessed" not in report(iam, f"arn:aws:iam::{HOME}:user/alice")["s3"]


@pytest.mark.ledger("F-IAM-14")
def test_reports_on_groups_and_policies_tell_whose_use_it_was(cloud, iam):
    policy = iam.create_policy(
        PolicyName="lists", PolicyDocument=allow(["s3:ListAllMyBuckets", "iam:ListUsers"])
    )
    arn = policy["Policy"]["Arn"]
    group = iam.create_group(GroupName="staff")["Group"]["Arn"]
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    alice, _ = make_user(cloud, "alice"), make_user(cloud, "bob")
    for name in ("alice", "bob"):
        iam.add_user_to_group(GroupName="staff", UserName=name)
    alice.client("s3").list_buckets()
    for about in (group, arn):
        rows = report(iam, about)
        assert rows["s3"]["LastAuthenticatedEntity"] == f"arn:aws:iam::{HOME}:user/alice"
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    ask = iam.get_service_last_accessed_details_with_entities
    entities = ask(JobId=job, ServiceNamespace="s3")["EntityDetailsList"]
    used = {each["EntityInfo"]["Name"]: "LastAuthenticated" in each for each in entities}
    assert used == {"alice": True, "bob": False}
    alice.client("iam").list_users()
    assert not any(
        "LastAuthenticated" in each for each in ask(JobId=job, ServiceNamespace="iam")["EntityDetailsList"]
    )


def test_reports_are_found_by_their_own_account_only(cloud, iam):
    make_user(cloud, "alice")
    job = iam.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{HOME}:user/alice")["JobId"]
    partner = cloud.account(PARTNER).client("iam")
    assert error_of(partner.get_service_last_accessed_details, JobId=job)[0] == "NoSuchEntity"
    foreign = f"arn:aws:iam::{HOME}:user/alice"
    assert error_of(partner.generate_service_last_accessed_details, Arn=foreign)[0] == "NoSuchEntity"
    assert error_of(iam.get_service_last_accessed_details, JobId="0" * 36)[0] == "NoSuchEntity"
    alice = boto3.Session(profile_name="alice").client("iam")
    assert error_of(alice.generate_service_last_accessed_details, Arn=foreign)[0] == "AccessDenied"


def test_a_namesake_made_later_has_used_nothing(cloud, iam):
    alice = make_user(cloud, "alice", allow("s3:ListAllMyBuckets"))
    alice.client("s3").list_buckets()
    iam.delete_access_key(UserName="alice", AccessKeyId=key_of(alice))
    iam.delete_user_policy(UserName="alice", PolicyName="own")
    iam.delete_user(UserName="alice")
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allow("s3:*"))
    assert report(iam, f"arn:aws:iam::{HOME}:user/alice")["s3"]["TotalAuthenticatedEntities"] == 0


@pytest.mark.ledger("F-IAM-14")
def test_the_credential_report_tells_keys_passwords_mfa_and_root(cloud, iam):
    alice = make_user(cloud, "alice", allow("s3:ListAllMyBuckets"))
    alice.client("s3").list_buckets()
    iam.update_account_password_policy(MaxPasswordAge=90)
    cloud.clock.advance(days=10)
    iam.create_login_profile(UserName="alice", Password="correct horse battery staple 1")
    second = iam.create_access_key(UserName="alice")["AccessKey"]
    iam.update_access_key(UserName="alice", AccessKeyId=second["AccessKeyId"], Status="Inactive")
    rows = credential_report(iam)
    now = cloud.clock.now()
    row = rows["alice"]
    assert list(row)[:4] == ["user", "arn", "user_creation_time", "password_enabled"]
    assert len(row) == 22
    assert row["arn"] == f"arn:aws:iam::{HOME}:user/alice"
    assert (row["password_enabled"], row["password_last_used"]) == ("true", "no_information")
    assert row["password_last_changed"][:10] == f"{now:%Y-%m-%d}"
    assert row["password_next_rotation"][:10] == f"{now + timedelta(days=90):%Y-%m-%d}"
    assert (row["access_key_1_active"], row["access_key_1_last_used_service"]) == ("true", "s3")
    assert row["access_key_1_last_used_date"][:10] == f"{now - timedelta(days=10):%Y-%m-%d}"
    assert (row["access_key_2_active"], row["access_key_2_last_used_date"]) == ("false", "N/A")
    assert row["access_key_2_last_rotated"][:10] == f"{now:%Y-%m-%d}"
    assert (row["mfa_active"], row["cert_1_active"], row["cert_1_last_rotated"]) == ("false", "false", "N/A")
    root = rows["<root_account>"]
    assert (root["arn"], root["password_enabled"]) == (f"arn:aws:iam::{HOME}:root", "not_supported")
    assert (root["access_key_1_active"], root["access_key_1_last_used_date"]) == ("false", "N/A")


@pytest.mark.ledger("F-IAM-14")
def test_the_report_shows_the_root_users_key(cloud, iam):
    cloud.root().client("s3").list_buckets()
    root = credential_report(iam)["<root_account>"]
    assert (root["access_key_1_active"], root["access_key_1_last_used_service"]) == ("true", "s3")
    assert root["access_key_1_last_rotated"] != "N/A"


def test_a_report_lives_four_hours(cloud, iam):
    assert error_of(iam.get_credential_report)[0] == "ReportNotPresent"
    assert iam.generate_credential_report()["State"] == "STARTED"
    make_user(cloud, "alice")
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    assert b"alice" not in iam.get_credential_report()["Content"], "that report was made before alice"
    cloud.clock.advance(hours=4)
    assert error_of(iam.get_credential_report)[0] == "ReportExpired"
    assert "alice" in credential_report(iam)


def test_reports_are_about_users_groups_roles_and_policies_alone(iam):
    """Expect InvalidInput for other ARNs.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
    """
    for arn in (
        "arn:aws:s3:::a-bucket-of-somebodys",
        f"arn:aws:iam::{HOME}:instance-profile/box",
        "no-arn-at-all-but-long",
    ):
        assert error_of(iam.generate_service_last_accessed_details, Arn=arn)[0] == "InvalidInput"
        asked = {"Arn": arn, "ServiceNamespaces": ["s3"]}
        assert error_of(iam.list_policies_granting_service_access, **asked)[0] == "InvalidInput"
