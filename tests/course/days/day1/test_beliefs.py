"""Common beliefs on Day 1, and what calls in the account show instead."""

from __future__ import annotations

import gzip
import json

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.course.situations.identity_clients import client_as

STRANGER = "999988887777"
LETTER = "letters/from-customer.txt"


def anonymous(cloud):
    return client_as(cloud, None, "s3")


def test_1_an_object_that_is_encrypted_with_sse_s3_is_plain_text_to_everybody_who_may_read_it(neglected):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html"""
    answer = anonymous(neglected).get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")
    assert answer["ServerSideEncryption"] == "AES256"
    assert b"Cleo Marsh" in answer["Body"].read()


def test_1_under_sse_kms_the_anonymous_reader_is_refused(shop):
    """Anonymous requests aren't signed, and KMS rejects unsigned requests.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    s3 = boto3.client("s3")
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(
        Bucket="larkspur-invoices",
        Key="2026/0003.txt",
        Body=b"x",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )
    with pytest.raises(ClientError):
        anonymous(shop).get_object(Bucket="larkspur-invoices", Key="2026/0003.txt")


def test_4_the_event_history_does_not_show_who_read_the_data_until_a_selector_asks_for_it(shop):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html"""
    cloudtrail, s3 = boto3.client("cloudtrail"), boto3.client("s3")
    cloudtrail.start_logging(Name="larkspur-trail")
    anonymous(shop).get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")
    asked = [{"AttributeKey": "EventName", "AttributeValue": "GetObject"}]
    assert cloudtrail.lookup_events(LookupAttributes=asked)["Events"] == []
    assert "GetObject" not in delivered(s3)
    data = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::larkspur-invoices/"]}
    cloudtrail.put_event_selectors(
        TrailName="larkspur-trail",
        EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [data]}],
    )
    anonymous(shop).get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")
    assert "GetObject" in delivered(s3)


def delivered(s3):
    """Return the names of the events in the trail's bucket."""
    names = []
    for each in s3.list_objects_v2(Bucket="larkspur-logs").get("Contents", ()):
        if "/CloudTrail/" in each["Key"]:
            body = s3.get_object(Bucket="larkspur-logs", Key=each["Key"])["Body"].read()
            names += [record["eventName"] for record in json.loads(gzip.decompress(body))["Records"]]
    return names


def test_5_block_public_policy_leaves_open_what_is_open_and_restrict_public_buckets_closes_it(shop):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""
    s3 = boto3.client("s3")
    settings = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "RestrictPublicBuckets"), False)
    for restrict in (False, True):
        chosen = {**settings, "BlockPublicPolicy": True, "RestrictPublicBuckets": restrict}
        s3.put_public_access_block(Bucket="larkspur-invoices", PublicAccessBlockConfiguration=chosen)
        if restrict:
            with pytest.raises(ClientError, match="AccessDenied"):
                anonymous(shop).get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")
        else:
            anonymous(shop).get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")


def test_6_encryption_by_default_is_for_new_volumes_of_this_region(shop):
    """https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html"""
    ec2, elsewhere = boto3.client("ec2"), boto3.client("ec2", region_name="eu-west-1")
    old = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)
    ec2.enable_ebs_encryption_by_default()
    new = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)
    there = elsewhere.create_volume(AvailabilityZone="eu-west-1a", Size=8)
    found = ec2.describe_volumes(VolumeIds=[old["VolumeId"], new["VolumeId"]])["Volumes"]
    assert {each["VolumeId"]: each["Encrypted"] for each in found} == {
        old["VolumeId"]: False,
        new["VolumeId"]: True,
    }
    assert there["Encrypted"] is False


def test_7_authenticated_users_are_everybody_with_an_aws_account_and_nobody_who_does_not_sign(neglected):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups"""
    theirs = neglected.account(STRANGER).client("s3")
    assert theirs.get_object(Bucket="larkspur-uploads", Key=LETTER)["Body"].read()
    with pytest.raises(ClientError, match="AccessDenied"):
        anonymous(neglected).get_object(Bucket="larkspur-uploads", Key=LETTER)


def test_3_a_stranger_restores_the_customers_database_from_a_public_snapshot(neglected):
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html"""
    theirs = neglected.account(STRANGER).client("rds")
    (found,) = theirs.describe_db_snapshots(SnapshotType="public")["DBSnapshots"]
    made = theirs.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="mine-now", DBSnapshotIdentifier=found["DBSnapshotArn"]
    )["DBInstance"]
    assert made["MasterUsername"] == "shop"
    theirs.delete_db_instance(DBInstanceIdentifier="mine-now", SkipFinalSnapshot=True)
