"""The inventory lists what exists, with settings that differ if anything about a thing differs."""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.cloud import inventory

HOME = "111122223333"
ROOT = {"AWS": f"arn:aws:iam::{HOME}:root"}


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


def kinds(before, after):
    """The kinds of the things that are in only one of two inventories."""
    return {thing.kind for thing in before ^ after}


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


TRUST = document(Principal=ROOT, Action="sts:AssumeRole")


def _user():
    boto3.client("iam").create_user(UserName="alice")


def _role():
    boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)


def _bucket():
    boto3.client("s3").create_bucket(Bucket="files")


def _key():
    boto3.client("kms").create_key()


def _secret():
    boto3.client("secretsmanager", region_name="us-east-1").create_secret(Name="word", SecretString="x")


@pytest.mark.parametrize(
    ("create", "found"),
    [
        (_user, {"user"}),
        (_role, {"role", "policy of"}),
        (_bucket, {"bucket", "default encryption of"}),
        (_key, {"KMS key", "rotation of", "policy of"}),
        (_secret, {"secret"}),
    ],
)
def test_what_is_created_is_listed(cloud, create, found):
    before = inventory(cloud)
    create()
    assert kinds(before, inventory(cloud)) == found


def test_a_tag_is_a_setting_of_its_user(cloud):
    _user()
    before = inventory(cloud)
    boto3.client("iam").tag_user(UserName="alice", Tags=[{"Key": "Team", "Value": "shop"}])
    assert {(each.kind, each.name) for each in before ^ inventory(cloud)} == {
        ("user", f"arn:aws:iam::{HOME}:user/alice")
    }


def test_a_trail_that_stops_logging_has_other_settings(cloud):
    s3, trails = boto3.client("s3"), boto3.client("cloudtrail", region_name="us-east-1")
    s3.create_bucket(Bucket="logs")
    service = {"Service": "cloudtrail.amazonaws.com"}
    writes = {"Sid": "Write", "Effect": "Allow", "Principal": service, "Action": "s3:PutObject"}
    policy = json.loads(document(Principal=service, Action="s3:GetBucketAcl", Resource="arn:aws:s3:::logs"))
    policy["Statement"].append({**writes, "Resource": "arn:aws:s3:::logs/*"})
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(policy))
    trails.create_trail(Name="all", S3BucketName="logs")
    trails.start_logging(Name="all")
    before = inventory(cloud)
    assert inventory(cloud) == before
    trails.stop_logging(Name="all")
    assert kinds(before, inventory(cloud)) - {"object"} == {"trail"}, "apart from the last log file"


def test_a_key_that_is_scheduled_for_deletion_is_gone_but_its_alias_stays(cloud):
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
    before = inventory(cloud)
    kms.schedule_key_deletion(KeyId=key)
    assert {thing.kind for thing in before - inventory(cloud)} == {"KMS key", "policy of"}


def test_a_key_and_its_alias_are_gone_when_the_waiting_period_is_over(cloud):
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    cloud.clock.advance(days=8)
    assert {thing.kind for thing in inventory(cloud) if "kms" in thing.name} == set()


def test_a_key_s_rotation_is_listed_on_its_own_even_if_the_key_is_scheduled_for_deletion(cloud):
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    before = inventory(cloud)
    kms.enable_key_rotation(KeyId=key)
    assert kinds(before, inventory(cloud)) == {"rotation of"}
    before = inventory(cloud)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert kinds(before, inventory(cloud)) == {"KMS key", "policy of"}


def test_a_bucket_s_default_encryption_is_listed_on_its_own(cloud):
    _bucket()
    before = inventory(cloud)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    boto3.client("s3").put_bucket_encryption(
        Bucket="files", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    assert kinds(before, inventory(cloud)) == {"default encryption of"}


def test_an_account_s_email_address_and_a_tag_policy_s_keys_are_listed(cloud):
    org = boto3.client("organizations")
    org.create_organization(FeatureSet="ALL")
    root = org.list_roots()["Roots"][0]["Id"]
    org.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    before = inventory(cloud)
    content = json.dumps({"tags": {"stage": {"tag_key": {"@@assign": "Stage"}}}})
    made = org.create_policy(Name="Stage", Description="-", Type="TAG_POLICY", Content=content)
    org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=root)
    org.create_account(AccountName="shop", Email="shop@example.com")
    new = {thing.kind: thing.name for thing in inventory(cloud) - before}
    assert new["tag rule"] == f"stage at {root}"
    assert new["organization policy"] == "Stage"
    assert "account" in new


def test_a_role_s_longest_session_and_a_key_s_status_are_settings(cloud):
    _user()
    _role()
    iam = boto3.client("iam")
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    before = inventory(cloud)
    iam.update_role(RoleName="app", MaxSessionDuration=7200)
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Inactive")
    assert kinds(before, inventory(cloud)) == {"role", "access key"}


def test_a_snapshot_s_shares_are_listed_on_their_own(cloud):
    ec2 = boto3.client("ec2", region_name="us-east-1")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    before = inventory(cloud)
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    assert kinds(before, inventory(cloud)) == {"snapshot"}
    before = inventory(cloud)
    share = {"Add": [{"UserId": "444455556666"}]}
    ec2.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission=share)
    assert {thing.name for thing in before ^ inventory(cloud)} == {
        f"444455556666 of arn:aws:ec2:us-east-1::snapshot/{snapshot}"
    }
    before = inventory(cloud)
    ec2.create_tags(Resources=[snapshot], Tags=[{"Key": "case", "Value": "1"}])
    assert kinds(before, inventory(cloud)) == {"snapshot"}


def test_objects_are_listed_and_lifecycle_rules_are_settings_of_their_bucket(cloud):
    _bucket()
    s3 = boto3.client("s3")
    before = inventory(cloud)
    s3.put_object(Bucket="files", Key="list.csv", Body=b"tulips")
    assert kinds(before, inventory(cloud)) == {"object"}
    before = inventory(cloud)
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="files", LifecycleConfiguration={"Rules": [rule]})
    assert kinds(before, inventory(cloud)) == {"bucket"}
    s3.delete_object(Bucket="files", Key="list.csv")
    assert kinds(before, inventory(cloud)) == {"bucket", "object"}
