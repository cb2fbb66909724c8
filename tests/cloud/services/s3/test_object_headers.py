"""The headers in responses about buckets and objects, for each kind of caller, through boto3."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta

import boto3
import pytest

from tests.clouds import allow, error_of, make_user, trust

BUCKET = "shelf-of-answers"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def test_a_bucket_outside_north_virginia_is_told_by_its_global_address(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
    there = boto3.client("s3", region_name="eu-west-1").create_bucket(
        Bucket="shelf-of-dublin", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    assert there["Location"] == "http://shelf-of-dublin.s3.amazonaws.com/"
    assert s3.create_bucket(Bucket="shelf-of-ashburn")["Location"] == "/shelf-of-ashburn"
    assert s3.head_bucket(Bucket=BUCKET)["AccessPointAlias"] is False


def test_locks_and_the_number_of_tags_are_told_to_those_who_may_ask_for_them(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"""
    s3.create_bucket(Bucket="shelf-of-locks", ObjectLockEnabledForBucket=True)
    named = {"Bucket": "shelf-of-locks", "Key": "k"}
    until = cloud.clock.now() + timedelta(days=9)
    s3.put_object(
        **named, Body=b"", Tagging="a=1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until,
        ObjectLockLegalHoldStatus="ON",
    )  # fmt: skip
    shown = {
        "s3:GetObjectRetention": {"ObjectLockMode", "ObjectLockRetainUntilDate"},
        "s3:GetObjectLegalHold": {"ObjectLockLegalHoldStatus"}, "s3:GetObjectTagging": {"TagCount"},
    }  # fmt: skip
    every = set().union(*shown.values())
    for number, (action, wanted) in enumerate(shown.items()):
        reader = make_user(cloud, f"reader{number}", allow(["s3:GetObject", action])).client("s3")
        for read in (reader.get_object, reader.head_object):
            assert every & read(**named).keys() == wanted, action
    plain = make_user(cloud, "plain", allow("s3:GetObject")).client("s3")
    assert every.isdisjoint(plain.get_object(**named))
    assert every <= s3.get_object(**named).keys()


def test_an_object_tells_when_and_by_which_rule_it_expires(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days"""

    def rule(name, days, **given):
        return {"ID": name, "Status": "Enabled", "Filter": given, "Expiration": {"Days": days}}

    tagged = {"And": {"Prefix": "tmp/", "Tags": [{"Key": "a", "Value": "1"}]}}
    rules = [rule("slow one", 30, Prefix="tmp/"), rule("tagged", 3, **tagged)]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    put = s3.put_object(Bucket=BUCKET, Key="tmp/a", Body=b"")["Expiration"]
    midnight = (cloud.clock.now() + timedelta(days=31)).strftime("%a, %d %b %Y 00:00:00 GMT")
    assert put == f'expiry-date="{midnight}", rule-id="slow%20one"'
    assert s3.head_object(Bucket=BUCKET, Key="tmp/a")["Expiration"] == put
    s3.put_object_tagging(Bucket=BUCKET, Key="tmp/a", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    assert 'rule-id="tagged"' in s3.get_object(Bucket=BUCKET, Key="tmp/a")["Expiration"]
    assert "Expiration" not in s3.put_object(Bucket=BUCKET, Key="kept/a", Body=b"")


def test_a_checksum_that_was_brought_is_kept_and_told(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html"""
    named = {"Bucket": BUCKET, "Key": "k"}
    digest = base64.b64encode(hashlib.sha256(b"data").digest()).decode()
    s3.put_object(**named, Body=b"data", ChecksumSHA256=digest)
    head = s3.head_object(**named, ChecksumMode="ENABLED")
    assert (head["ChecksumSHA256"], head["ChecksumType"]) == (digest, "FULL_OBJECT")
    assert "ChecksumSHA256" not in s3.head_object(**named)
    (listed,) = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert listed["ChecksumAlgorithm"] == ["SHA256"]


def test_the_attributes_that_are_asked_for_are_told_and_no_others(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html"""
    upload = {"Bucket": BUCKET, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    big = {"PartNumber": 1, "Body": b"x" * 5 * 2**20}
    parts = [
        {"PartNumber": part["PartNumber"], "ETag": s3.upload_part(**upload, **part)["ETag"]}
        for part in (big, {"PartNumber": 2, "Body": b"y"})
    ]
    etag = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})["ETag"]
    named = {"Bucket": BUCKET, "Key": "k"}
    every = ["ETag", "ObjectParts", "ObjectSize", "StorageClass"]
    answer = s3.get_object_attributes(**named, ObjectAttributes=every)
    assert {name: answer[name] for name in every} == {
        "ETag": etag.strip('"'), "ObjectParts": {"TotalPartsCount": 2}, "ObjectSize": 5 * 2**20 + 1,
        "StorageClass": "STANDARD",
    }  # fmt: skip
    only = s3.get_object_attributes(**named, ObjectAttributes=["ETag"])
    assert {"ObjectParts", "ObjectSize", "StorageClass", "VersionId"}.isdisjoint(only)
    missing = {"Bucket": BUCKET, "Key": "never", "ObjectAttributes": ["ETag"]}
    assert error_of(s3.get_object_attributes, **missing)[0] == "NoSuchKey"


def test_a_deletion_of_several_can_depend_on_what_is_there(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html"""
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["ETag"]
    wanted = [{"Key": "k", "ETag": '"other"'}, {"Key": "never", "ETag": "*"}]
    errors = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": wanted})["Errors"]
    assert [(each["Key"], each["Code"]) for each in errors] == [
        ("k", "PreconditionFailed"),
        ("never", "PreconditionFailed"),
    ]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k", "ETag": etag}]})
    assert [each["Key"] for each in answer["Deleted"]] == ["k"]


def test_objects_are_replicated_to_buckets_that_are_there_and_keep_versions(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html"""
    boto3.client("iam").create_role(
        RoleName="copies", AssumeRolePolicyDocument=trust({"Service": "s3.amazonaws.com"})
    )
    rule = {
        "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::shelf-of-copies"},
    }  # fmt: skip
    given = {
        "Bucket": BUCKET,
        "ReplicationConfiguration": {"Role": "arn:aws:iam::111122223333:role/copies", "Rules": [rule]},
    }
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    assert error_of(s3.put_bucket_replication, **given)[0] == "InvalidRequest"
    s3.create_bucket(Bucket="shelf-of-copies")
    assert error_of(s3.put_bucket_replication, **given)[0] == "InvalidRequest"
    s3.put_bucket_versioning(Bucket="shelf-of-copies", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(**given)
    shown = s3.get_bucket_replication(Bucket=BUCKET)["ReplicationConfiguration"]
    assert shown == given["ReplicationConfiguration"]
    suspended = {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Suspended"}}
    assert error_of(s3.put_bucket_versioning, **suspended)[0] == "InvalidBucketState"
    s3.delete_bucket_replication(Bucket=BUCKET)
    s3.put_bucket_versioning(**suspended)
    assert error_of(s3.get_bucket_inventory_configuration, Bucket=BUCKET, Id="i")[0] == "NoSuchConfiguration"


def test_notifications_are_shown_as_they_were_given(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html"""
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="news")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:111122223333:news"
    sends = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [sends]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text})
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".csv"}]
    for filtered in (rules, rules[:1]):
        told = {
            "Id": "one",
            "QueueArn": arn,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": filtered}},
        }
        given = {"QueueConfigurations": [told], "EventBridgeConfiguration": {}}
        s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=given)
        shown = s3.get_bucket_notification_configuration(Bucket=BUCKET)
        del shown["ResponseMetadata"]
        (one,) = shown["QueueConfigurations"]
        names = [each["Name"].lower() for each in one["Filter"]["Key"]["FilterRules"]]
        assert names == [each["Name"] for each in filtered]
        assert (one["Id"], one["QueueArn"], shown["EventBridgeConfiguration"]) == ("one", arn, {})
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})
    assert s3.get_bucket_notification_configuration(Bucket=BUCKET).keys() == {"ResponseMetadata"}
