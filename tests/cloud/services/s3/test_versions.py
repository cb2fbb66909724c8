"""Versions, delete markers, conditional requests, and object locks, through boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.clouds import allow, error_of, make_user

BUCKET = "shelf-of-versions"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def versioning(s3, status):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})


def put(s3, body, key="k", **more):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=body, **more).get("VersionId")


def body(s3, key="k", **more):
    return s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def in_parts(s3, key="k", bucket=BUCKET, **more):
    upload = {"Bucket": bucket, "Key": key}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **more)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]}
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})


# --- suspended ------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-S3-10")
def test_writes_while_versioning_is_suspended_replace_the_null_version_alone(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html"""
    put(s3, b"before")
    versioning(s3, "Enabled")
    first, second = put(s3, b"1"), put(s3, b"2")
    versioning(s3, "Suspended")
    put(s3, b"3")
    s3.copy_object(Bucket=BUCKET, Key="k", CopySource={"Bucket": BUCKET, "Key": "k", "VersionId": first})
    in_parts(s3)
    listed = s3.list_object_versions(Bucket=BUCKET)["Versions"]
    assert [(each["VersionId"], each["IsLatest"]) for each in listed] == [
        ("null", True),
        (second, False),
        (first, False),
    ]
    assert (body(s3), body(s3, VersionId=first), body(s3, VersionId=second)) == (b"part", b"1", b"2")
    assert s3.head_object(Bucket=BUCKET, Key="k", VersionId=second)["ContentLength"] == 1
    assert s3.head_object(Bucket=BUCKET, Key="k", VersionId="null")["ContentLength"] == 4


@pytest.mark.ledger("F-S3-10")
def test_deletions_while_versioning_is_suspended_leave_the_versions_that_have_ids(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html"""
    versioning(s3, "Enabled")
    kept = put(s3, b"1")
    versioning(s3, "Suspended")
    put(s3, b"null")
    answer = s3.delete_object(Bucket=BUCKET, Key="k")
    assert (answer["DeleteMarker"], answer["VersionId"]) == (True, "null")
    listed = s3.list_object_versions(Bucket=BUCKET)
    assert [each["VersionId"] for each in listed["Versions"]] == [kept]
    assert [each["VersionId"] for each in listed["DeleteMarkers"]] == ["null"]
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId="null")
    assert body(s3) == b"1"


def test_a_version_id_in_a_bucket_without_versions_deletes_nothing(s3):
    put(s3, b"1")
    assert error_of(s3.delete_object, Bucket=BUCKET, Key="k", VersionId="x")[0] == "InvalidArgument"
    s3.create_bucket(Bucket="another")
    s3.put_bucket_versioning(Bucket="another", VersioningConfiguration={"Status": "Enabled"})
    of_another = s3.put_object(Bucket="another", Key="k")["VersionId"]
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId=of_another)
    assert body(s3) == b"1"
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId="null")
    assert error_of(s3.get_object, Bucket=BUCKET, Key="k")[0] == "NoSuchKey"


# --- delete markers -------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-S3-10")
def test_a_delete_marker_answers_to_deletions_alone(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html"""
    versioning(s3, "Enabled")
    put(s3, b"1")
    marker = {
        "Bucket": BUCKET,
        "Key": "k",
        "VersionId": s3.delete_object(Bucket=BUCKET, Key="k")["VersionId"],
    }
    for call in (s3.get_object, s3.get_object_acl, s3.get_object_tagging):
        assert error_of(call, **marker)[0] == "MethodNotAllowed", call
        assert error_of(call, Bucket=BUCKET, Key="k")[0] == "NoSuchKey", call
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.get_object(Bucket=BUCKET, Key="k")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", marker["VersionId"])
    assert error_of(s3.head_object, **marker)[0] == "405"
    copied = {"Bucket": BUCKET, "Key": "copy"}
    assert error_of(s3.copy_object, **copied, CopySource=marker)[0] == "InvalidRequest"
    assert error_of(s3.copy_object, **copied, CopySource={"Bucket": BUCKET, "Key": "k"})[0] == "NoSuchKey"
    answer = s3.delete_object(**marker)
    assert (answer["DeleteMarker"], answer["VersionId"]) == (True, marker["VersionId"])
    assert body(s3) == b"1"


def test_a_deletion_of_several_tells_which_marker_it_made_or_deleted(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletedObject.html"""
    versioning(s3, "Enabled")
    version = put(s3, b"1")

    def deleted(**which):
        return s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k", **which}]})["Deleted"]

    (made,) = deleted()
    marker = made["DeleteMarkerVersionId"]
    assert made == {"Key": "k", "DeleteMarker": True, "DeleteMarkerVersionId": marker}
    assert deleted(VersionId=marker) == [
        {"Key": "k", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker}
    ]
    assert deleted(VersionId=version) == [{"Key": "k", "VersionId": version}]


def test_what_never_was_gets_a_delete_marker_too(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html"""
    versioning(s3, "Enabled")
    assert s3.delete_object(Bucket=BUCKET, Key="never")["DeleteMarker"] is True
    assert [each["Key"] for each in s3.list_object_versions(Bucket=BUCKET)["DeleteMarkers"]] == ["never"]


# --- conditions -----------------------------------------------------------------------------------------------


def test_a_copy_can_depend_on_its_source(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["ETag"]
    long_ago, later = datetime(2001, 1, 1, tzinfo=UTC), datetime.now(UTC)
    copied = {"Bucket": BUCKET, "Key": "copy", "CopySource": {"Bucket": BUCKET, "Key": "k"}}
    for condition in (
        {"CopySourceIfMatch": '"other"'}, {"CopySourceIfNoneMatch": etag},
        {"CopySourceIfUnmodifiedSince": long_ago}, {"CopySourceIfModifiedSince": later},
        {"CopySourceIfNoneMatch": etag, "CopySourceIfModifiedSince": long_ago},
    ):  # fmt: skip
        assert error_of(s3.copy_object, **copied, **condition)[0] == "PreconditionFailed", condition
    for condition in (
        {"CopySourceIfMatch": etag, "CopySourceIfUnmodifiedSince": long_ago},
        {"CopySourceIfNoneMatch": '"other"'}, {"CopySourceIfModifiedSince": long_ago},
    ):  # fmt: skip
        s3.copy_object(**copied, **condition)


def test_a_write_or_a_deletion_can_depend_on_what_is_there(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html"""
    put(s3, b"1")
    named = {"Bucket": BUCKET, "Key": "k"}
    source = {"CopySource": {"Bucket": BUCKET, "Key": "k"}}
    assert error_of(s3.copy_object, **named, **source, IfNoneMatch="*")[0] == "PreconditionFailed"
    assert error_of(s3.delete_object, **named, IfMatch='"other"')[0] == "PreconditionFailed"
    assert error_of(s3.put_object, Bucket=BUCKET, Key="new", IfMatch='"other"')[0] == "NoSuchKey"
    s3.delete_object(**named, IfMatch="*")
    assert error_of(s3.get_object, **named)[0] == "NoSuchKey"


def test_a_write_that_depends_on_an_etag_needs_to_read_it(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-write-etags

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html#conditional-deletes-etags
    """
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["ETag"]
    objects = f"arn:aws:s3:::{BUCKET}/*"
    writer = make_user(cloud, "writer", allow(["s3:PutObject", "s3:DeleteObject"], objects)).client("s3")
    upload = {"Bucket": BUCKET, "Key": "k"}
    upload["UploadId"] = writer.create_multipart_upload(**upload)["UploadId"]
    part = {"PartNumber": 1, "ETag": writer.upload_part(**upload, PartNumber=1, Body=b"2")["ETag"]}
    for write, more in (
        (writer.put_object, {"Body": b"2"}), (writer.delete_object, {}),
        (writer.complete_multipart_upload, {"MultipartUpload": {"Parts": [part]}, "UploadId": upload["UploadId"]}),
    ):  # fmt: skip
        for given in (etag, '"other"'):  # whether the ETag is right isn't told either
            code, message = error_of(write, Bucket=BUCKET, Key="k", IfMatch=given, **more)
            assert (code, "s3:GetObject" in message) == ("AccessDenied", True)
    entry = {"Key": "k", "ETag": etag}
    (error,) = writer.delete_objects(Bucket=BUCKET, Delete={"Objects": [entry]})["Errors"]
    assert (error["Code"], "perform: s3:GetObject" in error["Message"]) == ("AccessDenied", True)
    assert body(s3) == b"1"
    assert error_of(writer.put_object, Bucket=BUCKET, Key="k", IfNoneMatch="*")[0] == "PreconditionFailed"
    writer.delete_object(Bucket=BUCKET, Key="k", IfMatch="*")
    both = allow(["s3:PutObject", "s3:GetObject"], objects)
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["ETag"]
    make_user(cloud, "both", both).client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"2", IfMatch=etag)
    assert body(s3) == b"2"


def test_a_policy_can_allow_only_conditional_deletions(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html"""
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["ETag"]
    objects = f"arn:aws:s3:::{BUCKET}/*"
    named = allow("s3:DeleteObject", objects, Condition={"Null": {"s3:if-match": "false"}})
    keeper = make_user(cloud, "keeper", named)
    boto3.client("iam").put_user_policy(
        UserName="keeper", PolicyName="reads", PolicyDocument=allow("s3:GetObject", objects)
    )
    delete = keeper.client("s3").delete_objects
    for entry, refused in (({"Key": "k"}, 1), ({"Key": "k", "ETag": etag}, 0)):
        assert len(delete(Bucket=BUCKET, Delete={"Objects": [entry]}).get("Errors", ())) == refused


def test_a_condition_on_an_etag_outdoes_one_on_a_time(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["ETag"]
    long_ago, later = datetime(2001, 1, 1, tzinfo=UTC), datetime.now(UTC)
    named = {"Bucket": BUCKET, "Key": "k"}
    for read in (s3.get_object, s3.head_object):
        read(**named, IfMatch=etag, IfUnmodifiedSince=long_ago)
        read(**named, IfNoneMatch='"other"', IfModifiedSince=later)
        assert error_of(read, **named, IfNoneMatch=etag, IfModifiedSince=long_ago)[0] == "304"
        assert error_of(read, **named, IfMatch='"other"')[0] in ("412", "PreconditionFailed")
        assert error_of(read, **named, IfUnmodifiedSince=long_ago)[0] in ("412", "PreconditionFailed")
        assert error_of(read, **named, IfModifiedSince=later)[0] == "304"


# --- Object Lock ----------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-S3-12")
def test_whatever_is_written_gets_the_default_retention_of_its_bucket(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-bucket-config"""
    locked = "shelf-of-locks"
    s3.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 2}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=configuration)
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == configuration
    s3.put_object(Bucket=locked, Key="put", Body=b"1")
    in_parts(s3, "parts", locked)
    s3.copy_object(Bucket=locked, Key="copy", CopySource={"Bucket": locked, "Key": "put"})
    for key in ("put", "parts", "copy"):
        head = s3.head_object(Bucket=locked, Key=key)
        assert head["ObjectLockMode"] == "COMPLIANCE", key
        left = head["ObjectLockRetainUntilDate"] - cloud.clock.now()
        assert timedelta(days=1, hours=23) < left <= timedelta(days=2), key
        version = {"Bucket": locked, "Key": key, "VersionId": head["VersionId"]}
        assert error_of(s3.delete_object, **version)[0] == "AccessDenied", key


def test_an_upload_in_parts_brings_its_own_lock(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html"""
    s3.create_bucket(Bucket="shelf-of-locks", ObjectLockEnabledForBucket=True)
    until = cloud.clock.now() + timedelta(days=9)
    lock = {
        "ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until, "ObjectLockLegalHoldStatus": "ON",
    }  # fmt: skip
    in_parts(s3, "k", "shelf-of-locks", **lock)
    head = s3.head_object(Bucket="shelf-of-locks", Key="k")
    assert (head["ObjectLockMode"], head["ObjectLockLegalHoldStatus"]) == ("GOVERNANCE", "ON")


def test_object_lock_needs_versioning_and_a_period_that_is_one(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html"""

    def lock(**default):
        rule = {"Rule": {"DefaultRetention": default}} if default else {}
        s3.put_object_lock_configuration(
            Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", **rule}
        )

    assert error_of(lock)[0] == "InvalidBucketState"
    put(s3, b"before")
    versioning(s3, "Enabled")
    for default, code in (
        ({"Mode": "GOVERNANCE"}, "MalformedXML"), ({"Days": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 0}, "InvalidArgument"),
        ({"Mode": "GOVERNANCE", "Days": 36_501}, "InvalidArgument"),
        ({"Mode": "GOVERNANCE", "Years": 101}, "InvalidArgument"),
    ):  # fmt: skip
        assert error_of(lock, **default)[0] == code, default
    lock(Mode="GOVERNANCE", Years=1)
    put(s3, b"after")
    assert s3.head_object(Bucket=BUCKET, Key="k")["ObjectLockMode"] == "GOVERNANCE"


def test_an_object_without_a_legal_hold_has_none_to_show(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html"""
    s3.create_bucket(Bucket="shelf-of-locks", ObjectLockEnabledForBucket=True)
    named = {"Bucket": "shelf-of-locks", "Key": "k"}
    s3.put_object(**named, Body=b"1")
    assert error_of(s3.get_object_legal_hold, **named)[0] == "NoSuchObjectLockConfiguration"
    s3.put_object_legal_hold(**named, LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(**named)["LegalHold"] == {"Status": "OFF"}
    missing = {"Bucket": "shelf-of-locks", "Key": "never"}
    assert error_of(s3.get_object_legal_hold, **missing)[0] == "NoSuchKey"


def test_versioning_says_what_it_is_to_be_and_mfa_delete_wants_the_root_users_code(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html"""
    put_it = s3.put_bucket_versioning
    code = error_of(put_it, Bucket=BUCKET, VersioningConfiguration={})[0]
    assert code == "IllegalVersioningConfigurationException"
    wanted = {"Status": "Enabled", "MFADelete": "Enabled"}
    assert error_of(put_it, Bucket=BUCKET, VersioningConfiguration=wanted)[0] == "AccessDenied"
    root = cloud.root("111122223333").client("s3").put_bucket_versioning
    assert error_of(root, Bucket=BUCKET, VersioningConfiguration=wanted)[0] == "AccessDenied"
    assert "Status" not in s3.get_bucket_versioning(Bucket=BUCKET)


def test_parts_are_told_apart_by_number_and_copied_within_their_source(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html"""
    put(s3, b"0123456789")
    assert error_of(s3.get_object, Bucket=BUCKET, Key="k", PartNumber=2)[0] == "InvalidPartNumber"
    assert body(s3, PartNumber=1) == b"0123456789"
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="p")["UploadId"]
    part = {
        "Bucket": BUCKET, "Key": "p", "UploadId": upload, "PartNumber": 1,
        "CopySource": {"Bucket": BUCKET, "Key": "k"},
    }  # fmt: skip
    s3.upload_part_copy(**part, CopySourceRange="bytes=2-9")
    for wrong in ("bytes=2-10", "bytes=5-4", "2-4", "bytes=2-"):
        assert error_of(s3.upload_part_copy, **part, CopySourceRange=wrong)[0] == "InvalidArgument", wrong
