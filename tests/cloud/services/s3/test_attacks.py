"""Attempts to bypass S3's access control: other accounts' uploads, locks, tags, ACLs, and ranges."""

from __future__ import annotations

import json
from datetime import timedelta

import boto3
import pytest
import requests

from tests.clouds import allow, error_of, make_user

BUCKET = "shelf"
NO_UPLOAD = "NoSuchUpload"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def locked(cloud):
    """A client of a bucket with Object Lock."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return client


def acls(s3, ownership="ObjectWriter", blocked=False):
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]}
    )
    if not blocked:
        s3.delete_public_access_block(Bucket=BUCKET)


@pytest.mark.ledger("F-S3-04")
def test_an_upload_id_is_good_for_its_own_key_alone(cloud, s3):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="secret/a")["UploadId"]
    alice = make_user(cloud, "alice", allow("s3:*", f"arn:aws:s3:::{BUCKET}/own/*")).client("s3")
    own = {"Bucket": BUCKET, "Key": "own/a", "UploadId": upload}
    for call, more in (
        (alice.upload_part, {"PartNumber": 1, "Body": b"x"}),
        (alice.list_parts, {}),
        (alice.complete_multipart_upload, {"MultipartUpload": {"Parts": []}}),
        (alice.abort_multipart_upload, {}),
    ):
        assert error_of(call, **own, **more)[0] == NO_UPLOAD
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"x")
    assert error_of(s3.upload_part_copy, **own, PartNumber=1, CopySource=f"{BUCKET}/source")[0] == NO_UPLOAD
    assert s3.list_parts(Bucket=BUCKET, Key="secret/a", UploadId=upload).get("Parts", []) == []


@pytest.mark.ledger("F-S3-04")
def test_an_upload_of_nothing_and_a_part_beyond_all_parts(s3):
    given = {"Bucket": BUCKET, "Key": "k", "UploadId": "none"}
    assert error_of(s3.list_parts, **given)[0] == NO_UPLOAD
    given["UploadId"] = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    for number in (0, 10_001):
        assert error_of(s3.upload_part, **given, PartNumber=number, Body=b"x") == (
            "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive",
        )  # fmt: skip


@pytest.mark.ledger("F-S3-05")
def test_versioning_stays_under_object_lock(cloud, locked):
    code, _ = error_of(
        locked.put_bucket_versioning, Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
    )
    assert code == "InvalidBucketState"
    assert locked.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


@pytest.mark.ledger("F-S3-05")
def test_object_lock_follows_the_lab_clock(cloud, locked):
    until = cloud.clock.now() + timedelta(days=30)
    version = locked.put_object(
        Bucket=BUCKET, Key="k", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]
    assert error_of(locked.delete_object, Bucket=BUCKET, Key="k", VersionId=version)[0] == "AccessDenied"
    cloud.clock.advance(days=31)
    locked.delete_object(Bucket=BUCKET, Key="k", VersionId=version)
    assert locked.list_object_versions(Bucket=BUCKET).get("Versions", []) == []
    written = locked.put_object(Bucket=BUCKET, Key="late", Body=b"x")["VersionId"]
    modified = locked.head_object(Bucket=BUCKET, Key="late", VersionId=written)["LastModified"]
    assert abs((modified - cloud.clock.now()).total_seconds()) < 60


@pytest.mark.ledger("F-S3-05")
def test_locks_that_are_refused(cloud, locked):
    now = cloud.clock.now()
    put = {"Bucket": BUCKET, "Key": "k", "Body": b"x"}
    past, future = now - timedelta(days=1), now + timedelta(days=1)
    assert error_of(locked.put_object, **put, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=past) == (
        "InvalidArgument", "The retain until date must be in the future!",
    )  # fmt: skip
    assert error_of(locked.put_object, **put, ObjectLockMode="GOVERNANCE")[0] == "InvalidArgument"
    locked.put_object(**put)
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": past}
    assert (
        error_of(locked.put_object_retention, Bucket=BUCKET, Key="k", Retention=retention)[0]
        == "InvalidArgument"
    )
    boto3.client("s3").create_bucket(Bucket="plain-one")
    locked.put_object(Bucket="plain-one", Key="k", Body=b"x")
    missing = ("InvalidRequest", "Bucket is missing Object Lock Configuration")
    retention["RetainUntilDate"] = future
    assert error_of(locked.put_object_retention, Bucket="plain-one", Key="k", Retention=retention) == missing
    assert (
        error_of(locked.put_object_legal_hold, Bucket="plain-one", Key="k", LegalHold={"Status": "ON"})
        == missing
    )
    assert error_of(locked.get_object_legal_hold, Bucket="plain-one", Key="k") == missing
    assert (
        error_of(locked.put_object, **{**put, "Bucket": "plain-one"}, ObjectLockLegalHoldStatus="ON")
        == missing
    )


@pytest.mark.ledger("F-S3-06")
@pytest.mark.parametrize("header", ["env=prod&env=dev", "env=prod&ENV=dev", "env=prod,b=dev", "a=%ff"])
def test_a_tag_header_with_a_key_twice_is_refused(cloud, s3, header):
    policy = allow(
        "s3:*", f"arn:aws:s3:::{BUCKET}/*", Condition={"StringEquals": {"s3:RequestObjectTag/env": "dev"}}
    )
    alice = make_user(cloud, "alice", policy).client("s3")
    code, message = error_of(alice.put_object, Bucket=BUCKET, Key="k", Body=b"x", Tagging=header)
    assert code == "InvalidArgument"
    assert message.startswith("The header 'x-amz-tagging' shall be encoded as UTF-8")
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.ledger("F-S3-06")
@pytest.mark.parametrize(
    ("tags", "code", "message"),
    [
        ([("a", "1"), ("a", "2")], "InvalidTag", "Cannot provide multiple Tags with the same key"),
        ([("aws:x", "1")], "InvalidTag", "Your TagKey cannot be prefixed with aws:"),
        ([("a" * 129, "1")], "InvalidTag", "The TagKey you have provided is invalid"),
        ([("a", "1" * 257)], "InvalidTag", "The TagValue you have provided is invalid"),
        ([("a", "<b>")], "InvalidTag", "The TagValue you have provided is invalid"),
        ([(f"k{number}", "") for number in range(11)], "BadRequest", "Object tags cannot be greater than 10"),
    ],
)  # fmt: skip
def test_tags_that_are_refused(s3, tags, code, message):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    tag_set = [{"Key": key, "Value": value} for key, value in tags]
    assert error_of(s3.put_object_tagging, Bucket=BUCKET, Key="k", Tagging={"TagSet": tag_set}) == (
        code,
        message,
    )


@pytest.mark.ledger("F-S3-07")
def test_acls_of_bucket_and_object_and_a_policy_of_the_same_sids_go_together(cloud, s3):
    acls(s3)
    s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", ACL="public-read")
    statement = {"Sid": "AclRead", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
                 "Resource": f"arn:aws:s3:::{BUCKET}/private/*"}  # fmt: skip
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/k", timeout=5).content == b"x"
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


@pytest.mark.ledger("F-S3-07")
@pytest.mark.parametrize("header", ["nobody", "id=", 'id="a", b'])
def test_a_grant_to_what_is_no_grantee_is_refused(cloud, s3, header):
    acls(s3)
    assert (
        error_of(s3.put_object, Bucket=BUCKET, Key="k", Body=b"x", GrantRead=header)[0] == "InvalidArgument"
    )


@pytest.mark.ledger("F-GATE-02")
@pytest.mark.parametrize("value", ["foo", "bytes", "bytes=a-b", "lines=1-2", "bytes=-"])
def test_a_range_that_is_none_is_no_range(s3, value):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")
    found = s3.get_object(Bucket=BUCKET, Key="k", Range=value)
    assert (found["ResponseMetadata"]["HTTPStatusCode"], found["Body"].read()) == (200, b"0123456789")
    assert s3.get_object(Bucket=BUCKET, Key="k", Range="bytes=2-3")["Body"].read() == b"23"


@pytest.mark.ledger("F-S3-02")
def test_a_presigned_url_can_be_asked_for_its_head(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")
    url = s3.generate_presigned_url("head_object", Params={"Bucket": BUCKET, "Key": "k"})
    found = requests.head(url, timeout=5)
    assert (found.status_code, found.headers["Content-Length"]) == (200, "10")
    wrong = s3.generate_presigned_url("head_object", Params={"Bucket": BUCKET, "Key": "none"})
    assert requests.head(wrong, timeout=5).status_code == 404


@pytest.mark.ledger("F-S3-02")
def test_the_referer_reaches_conditions(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket=BUCKET)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*",
                 "Condition": {"StringLike": {"aws:Referer": "https://www.example.com/*"}}}  # fmt: skip
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    url = f"https://{BUCKET}.s3.amazonaws.com/k"
    assert requests.get(url, timeout=5).status_code == 403
    assert requests.get(url, headers={"Referer": "https://www.example.com/page"}, timeout=5).content == b"x"


WRITER = "444455556666"


def foreign(cloud, s3, ownership, **upload):
    """A bucket that lets another account write, and a client of that account that has written an object."""
    acls(s3, ownership)
    statement = {"Effect": "Allow", "Principal": {"AWS": WRITER}, "Action": ["s3:PutObject", "s3:PutObjectAcl"],
                 "Resource": f"arn:aws:s3:::{BUCKET}/*"}  # fmt: skip
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    writer = cloud.account(WRITER).client("s3")
    writer.put_object(Bucket=BUCKET, Key="theirs", Body=b"x", **upload)
    return writer


@pytest.mark.ledger("F-S3-08")
def test_with_object_writer_the_buckets_owner_does_not_read_what_others_wrote(cloud, s3):
    writer = foreign(cloud, s3, "ObjectWriter")
    assert error_of(s3.get_object, Bucket=BUCKET, Key="theirs")[0] == "AccessDenied"
    assert error_of(s3.put_object_acl, Bucket=BUCKET, Key="theirs", ACL="private")[0] == "AccessDenied"
    assert writer.get_object(Bucket=BUCKET, Key="theirs")["Body"].read() == b"x"
    writer.put_object_acl(Bucket=BUCKET, Key="theirs", ACL="bucket-owner-full-control")
    assert s3.get_object(Bucket=BUCKET, Key="theirs")["Body"].read() == b"x"
    writer.put_object_acl(Bucket=BUCKET, Key="theirs", ACL="private")
    assert error_of(s3.get_object, Bucket=BUCKET, Key="theirs")[0] == "AccessDenied"
    s3.delete_object(Bucket=BUCKET, Key="theirs")
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.ledger("F-S3-08")
def test_a_policy_of_the_bucket_cannot_open_anothers_object(cloud, s3):
    foreign(cloud, s3, "ObjectWriter")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    s3.put_object(Bucket=BUCKET, Key="own", Body=b"y")
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/own", timeout=5).content == b"y"
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/theirs", timeout=5).status_code == 403


@pytest.mark.ledger("F-S3-08")
@pytest.mark.parametrize(
    ("ownership", "upload", "reads"),
    [
        ("ObjectWriter", {"ACL": "bucket-owner-read"}, True),
        ("BucketOwnerPreferred", {"ACL": "bucket-owner-full-control"}, True),
        ("BucketOwnerPreferred", {}, False),
    ],
)
def test_an_acl_may_give_it_to_the_buckets_owner(cloud, s3, ownership, upload, reads):
    foreign(cloud, s3, ownership, **upload)
    if reads:
        assert s3.get_object(Bucket=BUCKET, Key="theirs")["Body"].read() == b"x"
    else:
        assert error_of(s3.get_object, Bucket=BUCKET, Key="theirs")[0] == "AccessDenied"


@pytest.mark.ledger("F-S3-08")
def test_with_acls_disabled_everything_is_the_buckets_owners(cloud, s3):
    foreign(cloud, s3, "ObjectWriter")
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    assert s3.get_object(Bucket=BUCKET, Key="theirs")["Body"].read() == b"x"


@pytest.mark.ledger("F-S3-08")
@pytest.mark.parametrize("ownership", ["ObjectWriter", "BucketOwnerPreferred"])
def test_what_an_unsigned_request_wrote_belongs_to_the_anonymous_user(cloud, s3, ownership):
    """OBSERVED in 2017: https://github.com/aws/aws-cli/issues/2967.

    https://docs.aws.amazon.com/AWSJavaSDK/latest/javadoc/com/amazonaws/services/s3/model/AccessControlList.html
    """
    foreign(cloud, s3, ownership)
    s3.delete_public_access_block(Bucket=BUCKET)
    everyone = {"Effect": "Allow", "Principal": "*", "Action": ["s3:PutObject", "s3:PutObjectAcl"],
                "Resource": f"arn:aws:s3:::{BUCKET}/*"}  # fmt: skip
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [everyone]}))
    url = f"https://{BUCKET}.s3.amazonaws.com"
    assert requests.put(f"{url}/gift", data=b"x", timeout=5).status_code == 200
    assert error_of(s3.get_object, Bucket=BUCKET, Key="gift")[0] == "AccessDenied"
    assert error_of(s3.get_object_acl, Bucket=BUCKET, Key="gift")[0] == "AccessDenied"
    assert error_of(cloud.root().client("s3").get_object, Bucket=BUCKET, Key="gift")[0] == "AccessDenied"
    assert requests.get(f"{url}/gift", timeout=5).content == b"x"
    assert requests.get(f"{url}/theirs", timeout=5).status_code == 403
    full = {"x-amz-acl": "bucket-owner-full-control"}
    assert requests.put(f"{url}/given", data=b"y", headers=full, timeout=5).status_code == 200
    assert s3.get_object(Bucket=BUCKET, Key="given")["Body"].read() == b"y"
    s3.delete_object(Bucket=BUCKET, Key="gift")


@pytest.mark.ledger("F-S3-08")
def test_an_upload_in_parts_is_its_writers_too(cloud, s3):
    writer = foreign(cloud, s3, "ObjectWriter")
    upload = writer.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    part = writer.upload_part(Bucket=BUCKET, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")
    writer.complete_multipart_upload(
        Bucket=BUCKET, Key="parts", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )  # fmt: skip
    assert error_of(s3.get_object, Bucket=BUCKET, Key="parts")[0] == "AccessDenied"
