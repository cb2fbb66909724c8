"""Learners' mistakes in fixes: each is recognized and explained, with instructions for recovery."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import boto3
import pytest

from labs_helpers.cloud import Cloud, bucket_policy
from labs_helpers.course.days.day1 import account, begin_anew, hunt, outsiders, scan, work
from labs_helpers.course.days.day1.actors import CreatedResources
from tests.course.days.day1.mending import exercise, mend
from tests.course.days.day1.test_havoc import empty

HOME = "111122223333"
EVERYTHING_ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


ASKED: list[str] = []
"""The settings that a test has asked about, which are those that it changes."""


def verdict(cloud: Cloud, ids: Iterable[str]) -> list[str]:
    """Return the hunt's messages about some settings."""
    asked = list(ids)
    ASKED.extend(asked)
    return hunt.verdict(cloud, asked)


def said(cloud: Cloud, id: str) -> str:
    """Return the hunt's message about one setting, which is empty if the setting is fixed."""
    return " ".join(verdict(cloud, [id]))


@pytest.fixture(autouse=True)
def brought_back(one_cloud: Cloud) -> Iterator[None]:
    """Restore the settings that a test changed, which is faster than building an account for each test."""
    yield
    if one_cloud.part(CreatedResources).ids:
        for id in dict.fromkeys(ASKED):
            begin_anew(one_cloud, id)
    ASKED.clear()


def test_in_another_cloud_the_hunt_says_to_open_the_day(cloud):
    assert "Open day 1 first" in hunt.verdict(cloud, account.IDS)[0]


def test_block_public_policy_alone_leaves_the_bucket_open(neglected):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""
    boto3.client("s3").put_public_access_block(
        Bucket="larkspur-invoices",
        PublicAccessBlockConfiguration={**EVERYTHING_ON, "RestrictPublicBuckets": False},
    )
    assert "BlockPublicPolicy rejects new public policies" in said(neglected, "public-bucket")


def test_a_fix_that_is_made_twice_is_as_good_as_once(neglected):
    ids = ("trust-everyone", "imds-v1", "open-queue", "public-database", "shared-db-snapshot", "trail-off")
    mend(neglected, *ids)
    mend(neglected, *ids)
    assert verdict(neglected, ids) == []


@pytest.mark.parametrize(
    ("operator", "id"),
    [
        ("StringLike", "larkspur-*"),
        ("StringLike", "*-2024"),
        ("StringEqualsIgnoreCase", "larkspur-2024"),
        ("StringEquals", ["larkspur-2024", "larkspur-2025"]),
    ],
)
def test_an_external_id_that_others_can_have_lets_the_partner_in_for_them(neglected, operator, id):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html"""
    ledger = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}
    trust = {
        "Version": "2012-10-17",
        "Statement": [{**ledger, "Condition": {operator: {"sts:ExternalId": id}}}],
    }
    boto3.client("iam").update_assume_role_policy(
        RoleName="partner-reports", PolicyDocument=json.dumps(trust)
    )
    assert "Ledger would also assume the role for another customer" in said(neglected, "trust-everyone")


def test_a_key_that_is_taken_before_there_is_another_stops_the_job(neglected):
    iam = boto3.client("iam")
    old = neglected.keys("metrics")["AccessKeyId"]
    iam.update_access_key(UserName="metrics", AccessKeyId=old, Status="Inactive")
    text = said(neglected, "old-key")
    assert "The fix breaks legitimate work" in text
    assert "Create a new one, give it to the job" in text
    assert 'begin_anew(day.cloud, "old-key")' in text
    neglected.profile("metrics", iam.create_access_key(UserName="metrics")["AccessKey"])
    assert said(neglected, "old-key") == ""


def test_a_rotation_that_leaves_the_old_key_on_is_half_done(neglected):
    iam = boto3.client("iam")
    made = iam.create_access_key(UserName="metrics")["AccessKey"]
    assert "the job doesn't have it yet" in said(neglected, "old-key")
    neglected.profile("metrics", made)
    assert "The job uses its new key" in said(neglected, "old-key")


def test_a_policy_that_locks_its_owner_out_is_recognised_and_undone(neglected):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*"}
    arns = ["arn:aws:s3:::larkspur-invoices", "arn:aws:s3:::larkspur-invoices/*"]
    document = {"Version": "2012-10-17", "Statement": [{**deny, "Resource": arns}]}
    s3 = boto3.client("s3")
    s3.put_bucket_policy(Bucket="larkspur-invoices", Policy=json.dumps(document))
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.delete_bucket_policy(Bucket="larkspur-invoices")
    text = said(neglected, "public-bucket")
    assert "the root user can still remove the policy" in text
    begin_anew(neglected, "public-bucket")
    assert outsiders(neglected, ["public-bucket"]).open_settings == ("public-bucket",)
    assert work(neglected, ["public-bucket"]).stopped == ()


@pytest.mark.parametrize(
    ("id", "service", "call", "given"),
    [
        ("shared-db-snapshot", "rds", "delete_db_snapshot", {"DBSnapshotIdentifier": "larkspur-shop-2026-05"}),
        ("trail-off", "cloudtrail", "delete_trail", {"Name": "larkspur-trail"}),
        ("open-queue", "sqs", "delete_queue", {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{HOME}/larkspur-orders"}),
        ("no-mfa", "iam", "delete_login_profile", {"UserName": "olivia"}),
    ],
)  # fmt: skip
def test_who_deletes_instead_of_mending_is_told_so_and_the_setting_comes_back(
    neglected, id, service, call, given
):
    getattr(boto3.client(service), call)(**given)
    assert "Deleting isn't fixing" in said(neglected, id)
    begin_anew(neglected, id)
    assert outsiders(neglected, [id]).open_settings == (id,)


def test_a_key_that_is_scheduled_for_deletion_is_told_how_to_come_back(neglected):
    kms = boto3.client("kms")
    key = kms.describe_key(KeyId="alias/larkspur-backups")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key)
    assert "CancelKeyDeletion" in said(neglected, "open-key")


def test_a_terminated_web_server_begins_anew(neglected):
    boto3.client("ec2").terminate_instances(
        InstanceIds=[neglected.part(CreatedResources).ids["larkspur-web"]]
    )
    assert "Deleting isn't fixing" in said(neglected, "imds-v1")
    begin_anew(neglected, "imds-v1")
    assert outsiders(neglected, ["imds-v1"]).open_settings == ("imds-v1",)


def test_everything_deleted_is_no_victory(neglected):
    boto3.client("rds").delete_db_snapshot(DBSnapshotIdentifier="larkspur-shop-2026-05")
    boto3.client("cloudtrail").delete_trail(Name="larkspur-trail")
    boto3.client("sqs").delete_queue(QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{HOME}/larkspur-orders")
    ids = ["shared-db-snapshot", "trail-off", "open-queue"]
    assert "Nearly everything is deleted" in verdict(neglected, ids)[0]


def test_every_half_fix_of_the_admin_role_is_seen(neglected):
    """If the thief loses only S3, IAM is left, and it can restore every permission."""
    iam = boto3.client("iam")
    everything_but = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::larkspur-payroll/*"}
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, everything_but],
    }
    iam.put_role_policy(RoleName="shop-web", PolicyName="shop-web-1", PolicyDocument=json.dumps(document))
    assert "creates a user to come back with" in said(neglected, "admin-app-role")


def test_credentials_that_count_only_at_the_shop_s_own_address_are_worth_nothing_elsewhere(neglected):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip"""
    address = neglected.instance(neglected.part(CreatedResources).ids["larkspur-web"]).public_ip
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*",
             "Condition": {"IpAddress": {"aws:SourceIp": f"{address}/32"}}}
        ],
    }  # fmt: skip
    boto3.client("iam").put_role_policy(
        RoleName="shop-web", PolicyName="shop-web-1", PolicyDocument=json.dumps(document)
    )
    assert said(neglected, "admin-app-role") == ""


def test_what_the_check_tries_stays_out_of_the_learner_s_record(neglected):
    from labs_helpers.course.grading.grade import grade

    before = len(neglected.record)
    grade(exercise(), None, neglected)
    assert len(neglected.record) == before


def refusing_everybody(action: str, *resources: str) -> str:
    deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": list(resources)}
    return json.dumps({"Version": "2012-10-17", "Statement": [deny]})


def test_a_queue_that_refuses_everybody_comes_back_by_the_root_user(neglected):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#root-user-tasks"""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="larkspur-orders")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{HOME}:larkspur-orders"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": refusing_everybody("sqs:*", arn)})
    with pytest.raises(sqs.exceptions.ClientError, match="AccessDenied"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "a queue, the root user can still remove the policy" in said(neglected, "open-queue")
    begin_anew(neglected, "open-queue")
    assert work(neglected, ["open-queue"]).stopped == ()


def test_a_key_that_nobody_manages_any_more_is_recognised(shop):
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""
    allow = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HOME}:role/backup"}}
    document = {"Version": "2012-10-17", "Statement": [{**allow, "Action": "kms:Decrypt", "Resource": "*"}]}
    kms = boto3.client("kms")
    key = kms.describe_key(KeyId="alias/larkspur-backups")["KeyMetadata"]["KeyId"]
    kms.put_key_policy(KeyId=key, Policy=json.dumps(document), BypassPolicyLockoutSafetyCheck=True)
    assert "AWS Support" in said(shop, "open-key")
    with pytest.raises(RuntimeError, match=r"day\.reset"):
        begin_anew(shop, "open-key")


def test_what_the_auditor_is_kept_from_is_said_and_the_rest_is_found(shop):
    arns = ("arn:aws:s3:::larkspur-invoices", "arn:aws:s3:::larkspur-invoices/*")
    boto3.client("s3").put_bucket_policy(Bucket="larkspur-invoices", Policy=refusing_everybody("s3:*", *arns))
    report = scan(shop)
    assert set(account.IDS) - set(report.ids) == {"public-bucket"}
    assert any("GetBucketPolicy of larkspur-invoices: AccessDenied" in each for each in report.unread)
    assert "couldn't read" in report.page().text


def test_work_that_stops_for_want_of_the_role_s_rights_sends_back_to_the_role(neglected):
    mend(neglected, "open-queue")
    boto3.client("iam").delete_role_policy(RoleName="shop-web", PolicyName="shop-web-1")
    assert 'begin_anew(day.cloud, "admin-app-role")' in said(neglected, "open-queue")
    begin_anew(neglected, "admin-app-role")


def test_a_trail_of_one_region_is_half_mended(neglected):
    cloudtrail = boto3.client("cloudtrail")
    cloudtrail.start_logging(Name="larkspur-trail")
    cloudtrail.update_trail(Name="larkspur-trail", IsMultiRegionTrail=False)
    assert "in one Region" in said(neglected, "trail-off")


def test_a_trail_that_leaves_out_management_events_is_half_mended(neglected):
    cloudtrail = boto3.client("cloudtrail")
    cloudtrail.start_logging(Name="larkspur-trail")
    basic = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
    cloudtrail.put_event_selectors(TrailName="larkspur-trail", EventSelectors=[basic])
    assert "leave out read management events" in said(neglected, "trail-off")
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["true"]}]
    cloudtrail.put_event_selectors(
        TrailName="larkspur-trail", AdvancedEventSelectors=[{"FieldSelectors": fields}]
    )
    assert "still works without being recorded" in said(neglected, "trail-off")
    assert "trail-off" in scan(neglected).ids


def test_another_trail_that_records_everything_is_enough(neglected):
    cloudtrail, s3 = boto3.client("cloudtrail"), boto3.client("s3")
    arn = f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/everything"
    s3.create_bucket(Bucket="larkspur-all-logs")
    s3.put_bucket_policy(Bucket="larkspur-all-logs", Policy=bucket_policy("larkspur-all-logs", arn))
    cloudtrail.create_trail(Name="everything", S3BucketName="larkspur-all-logs", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="everything")
    assert not said(neglected, "trail-off")
    assert "trail-off" not in scan(neglected).ids
    cloudtrail.delete_trail(Name="everything")


def test_a_second_policy_beside_the_first_is_told_which_one_still_allows(neglected):
    """Another name is another policy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html"""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}],
    }
    boto3.client("iam").put_role_policy(
        RoleName="shop-web", PolicyName="least", PolicyDocument=json.dumps(document)
    )
    text = said(neglected, "admin-app-role")
    assert "JustMakeItWork" in text
    assert "shop-web-1" in text


def test_work_of_other_settings_that_stops_sends_back_to_the_one_that_was_broken(neglected):
    s3, everything = (
        boto3.client("s3"),
        ["arn:aws:s3:::larkspur-invoices", "arn:aws:s3:::larkspur-invoices/*"],
    )
    s3.put_bucket_policy(Bucket="larkspur-invoices", Policy=refusing_everybody("s3:*", *everything))
    for id in ("admin-app-role", "old-key"):
        assert 'begin_anew(day.cloud, "public-bucket")' in said(neglected, id)
    begin_anew(neglected, "public-bucket")
    empty("larkspur-uploads")
    assert 'begin_anew(day.cloud, "acl-leftover")' in said(neglected, "admin-app-role")
    boto3.client("ec2").terminate_instances(
        InstanceIds=[neglected.part(CreatedResources).ids["larkspur-web"]]
    )
    assert 'begin_anew(day.cloud, "imds-v1")' in said(neglected, "admin-app-role")
    for id in ("acl-leftover", "imds-v1"):
        begin_anew(neglected, id)


def test_work_that_a_condition_of_the_role_stops_sends_back_to_the_role(neglected):
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "203.0.113.99"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": elsewhere}
    boto3.client("iam").put_role_policy(
        RoleName="shop-web",
        PolicyName="network",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    for id in ("admin-app-role", "public-bucket", "open-queue"):
        assert 'begin_anew(day.cloud, "admin-app-role")' in said(neglected, id)


def test_an_administrator_who_locks_himself_out_is_told_so_and_who_lets_him_in_again(neglected):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#root-user-tasks"""
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    given = {"UserName": "admin", "PolicyName": "oops"}
    boto3.client("iam").put_user_policy(**given, PolicyDocument=json.dumps(deny))
    (line,) = verdict(neglected, ["public-database", "trail-off"])
    assert "You have locked yourself out" in line
    assert "day.reset()" in line
    boto3.Session(profile_name="root").client("iam").delete_user_policy(**given)
    assert "locked" not in said(neglected, "public-database")


def test_a_root_key_that_is_switched_off_is_told_who_can_delete_it(neglected):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_delete-key.html"""
    root = boto3.Session(profile_name="root").client("iam")
    (key,) = root.list_access_keys()["AccessKeyMetadata"]
    root.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert 'begin_anew(day.cloud, "root-key")' in said(neglected, "root-key")
    begin_anew(neglected, "root-key")
    root = boto3.Session(profile_name="root").client("iam")
    root.delete_access_key(AccessKeyId=root.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"])
    assert said(neglected, "root-key") == ""
