"""Robustness: checker, outsiders, and work report any destruction without errors, and settings can be restored."""

from __future__ import annotations

import boto3
from botocore.exceptions import ClientError

from labs_helpers.course.days.day1 import account, begin_anew, hunt, outsiders, scan, work
from labs_helpers.course.days.day1.actors import CreatedResources

HOME = "111122223333"


def empty(bucket):
    """Delete a bucket and everything in it."""
    s3 = boto3.client("s3")
    for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
        s3.delete_object(Bucket=bucket, Key=each["Key"])
    s3.delete_bucket(Bucket=bucket)


def delete_role(name):
    iam = boto3.client("iam")
    for profile in iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]:
        iam.remove_role_from_instance_profile(
            InstanceProfileName=profile["InstanceProfileName"], RoleName=name
        )
        iam.delete_instance_profile(InstanceProfileName=profile["InstanceProfileName"])
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    iam.delete_role(RoleName=name)


def delete_user(name):
    iam = boto3.client("iam")
    for each in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=each["AccessKeyId"])
    for each in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=each)
    for each in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=each["PolicyArn"])
    if name == "olivia":
        iam.delete_login_profile(UserName=name)
    iam.delete_user(UserName=name)


def destroy(cloud):
    """Delete all resources that the account's settings concern."""
    ids = cloud.part(CreatedResources).ids
    ec2, rds, kms = boto3.client("ec2"), boto3.client("rds"), boto3.client("kms")
    for bucket in ("invoices", "uploads", "assets", "reports", "payroll", "logs"):
        empty(f"larkspur-{bucket}")
    ec2.terminate_instances(InstanceIds=[ids["larkspur-web"], ids["larkspur-build"]])
    rds.modify_db_instance(DBInstanceIdentifier="larkspur-shop", DeletionProtection=False)
    rds.delete_db_instance(DBInstanceIdentifier="larkspur-shop", SkipFinalSnapshot=True)
    rds.delete_db_snapshot(DBSnapshotIdentifier="larkspur-shop-2026-05")
    ec2.delete_snapshot(SnapshotId=ids["larkspur-web-disk"])
    for group in ("larkspur-db", "larkspur-web", "build"):
        ec2.delete_security_group(GroupId=ids[f"{group}-group"])
    for role in ("shop-web", "build", "release", "partner-reports", "packing", "backup"):
        delete_role(role)
    for user in ("deploy", "contractor", "metrics", "olivia", "auditor"):
        delete_user(user)
    boto3.client("sqs").delete_queue(QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{HOME}/larkspur-orders")
    key = kms.describe_key(KeyId="alias/larkspur-backups")["KeyMetadata"]["KeyId"]
    kms.delete_alias(AliasName="alias/larkspur-backups")
    kms.schedule_key_deletion(KeyId=key)
    boto3.client("cloudtrail").delete_trail(Name="larkspur-trail")
    root = boto3.Session(profile_name="root").client("iam")
    for each in root.list_access_keys()["AccessKeyMetadata"]:
        root.delete_access_key(AccessKeyId=each["AccessKeyId"])


def test_a_destroyed_account_is_told_of_and_comes_back_setting_by_setting(shop):
    destroy(shop)
    assert scan(shop).ids == ("trail-off",)
    assert outsiders(shop).open_settings == ("trail-off",), "without a trail, nothing is recorded"
    assert len(work(shop).stopped) == len(work(shop).outcomes)
    told = hunt.verdict(shop, account.IDS)
    assert "Nearly everything is deleted" in told[0]
    for id in (*account.FIRST, *account.IDS):
        begin_anew(shop, id)
    assert set(outsiders(shop).open_settings) == set(account.IDS)
    assert work(shop).stopped == ()


def test_one_setting_of_a_destroyed_account_comes_back_in_any_order(shop):
    """If a setting needs resources that another setting created, they are created again with it, or named."""
    destroy(shop)
    for id in account.IDS:
        try:
            begin_anew(shop, id)
        except ClientError as error:
            raise AssertionError(f"{id}: {error}") from error
    for id in account.IDS:
        begin_anew(shop, id)
    assert set(outsiders(shop).open_settings) == set(account.IDS)
    assert work(shop).stopped == ()
