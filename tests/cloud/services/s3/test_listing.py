"""Buckets, objects, versions, uploads and parts in lists, through boto3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html
"""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest

from tests.clouds import allow, error_of, make_user

BUCKET, PARTNER = "shelf-of-lists", "444455556666"
KEYS = ("a/1", "a/2", "b", "c/d/3", "c/e", "z ü&?")


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def filled(s3):
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    return s3


def names(answer, listed="Contents"):
    found = [each["Key"] for each in answer.get(listed, ())]
    return found, [each["Prefix"] for each in answer.get("CommonPrefixes", ())]


# --- buckets --------------------------------------------------------------------------------------------------


def test_buckets_come_by_name_in_pages_below_a_prefix_and_by_region(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""
    ireland = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    boto3.client("s3", region_name="eu-west-1").create_bucket(Bucket="archive-of-lists", **ireland)
    every = s3.list_buckets()
    assert [each["Name"] for each in every["Buckets"]] == ["archive-of-lists", BUCKET]
    assert {"ContinuationToken", "Prefix"}.isdisjoint(every)
    first = s3.list_buckets(MaxBuckets=1)
    assert [each["Name"] for each in first["Buckets"]] == ["archive-of-lists"]
    assert first["Buckets"][0]["BucketRegion"] == "eu-west-1"
    rest = s3.list_buckets(MaxBuckets=1, ContinuationToken=first["ContinuationToken"])
    assert [each["Name"] for each in rest["Buckets"]] == [BUCKET]
    assert "ContinuationToken" not in rest
    below = s3.list_buckets(Prefix="shelf")
    assert ([each["Name"] for each in below["Buckets"]], below["Prefix"]) == ([BUCKET], "shelf")
    there = s3.list_buckets(BucketRegion="eu-west-1")["Buckets"]
    assert [each["Name"] for each in there] == ["archive-of-lists"]
    assert error_of(s3.list_buckets, ContinuationToken="made up")[0] == "InvalidArgument"


@pytest.mark.ledger("F-S3-11")
def test_each_account_has_a_canonical_user_id_of_its_own(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html"""
    partner = make_user(cloud, "bob", allow("s3:*"), account=PARTNER).client("s3")
    ours, theirs = (client.list_buckets()["Owner"]["ID"] for client in (s3, partner))
    assert ours != theirs
    assert {len(ours), len(theirs)} == {64}
    assert s3.get_bucket_acl(Bucket=BUCKET)["Owner"]["ID"] == ours
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    assert s3.list_objects_v2(Bucket=BUCKET, FetchOwner=True)["Contents"][0]["Owner"]["ID"] == ours


# --- objects --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_keys_roll_up_at_a_delimiter_and_a_group_counts_once(filled, operation):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"""
    pages = filled.get_paginator(operation).paginate(
        Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": 2}
    )
    assert [names(page) for page in pages] == [(["b"], ["a/"]), (["z ü&?"], ["c/"])]
    assert names(getattr(filled, operation)(Bucket=BUCKET, Prefix="c/", Delimiter="/")) == (
        ["c/e"],
        ["c/d/"],
    )


def test_every_key_comes_once_whatever_the_size_of_the_pages(filled):
    for operation in ("list_objects", "list_objects_v2"):
        for size in (1, 2, 3, 6, 1000):
            pages = filled.get_paginator(operation).paginate(
                Bucket=BUCKET, PaginationConfig={"PageSize": size}
            )
            assert [key for page in pages for key in names(page)[0]] == list(KEYS), (operation, size)


def test_a_list_goes_on_behind_what_it_told_though_that_is_deleted_meanwhile(filled):
    for page in filled.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, PaginationConfig={"PageSize": 2}
    ):
        for key in names(page)[0]:
            filled.delete_object(Bucket=BUCKET, Key=key)
    assert filled.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_a_next_marker_is_told_with_a_delimiter_alone(filled):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html"""
    plain = filled.list_objects(Bucket=BUCKET, MaxKeys=2)
    assert (plain["IsTruncated"], "NextMarker" in plain) == (True, False)
    grouped = filled.list_objects(Bucket=BUCKET, MaxKeys=1, Delimiter="/")
    assert (grouped["IsTruncated"], grouped["NextMarker"]) == (True, "a/")


def test_no_page_has_more_than_a_thousand_keys_and_none_is_asked_for_in_vain(filled):
    assert filled.list_objects_v2(Bucket=BUCKET, MaxKeys=5000)["MaxKeys"] == 1000
    nothing = filled.list_objects_v2(Bucket=BUCKET, MaxKeys=0)
    assert (nothing["KeyCount"], nothing["IsTruncated"]) == (0, False)


def test_a_list_starts_after_a_key(filled):
    answer = filled.list_objects_v2(Bucket=BUCKET, StartAfter="b")
    assert (names(answer)[0], answer["StartAfter"]) == (["c/d/3", "c/e", "z ü&?"], "b")
    assert error_of(filled.list_objects_v2, Bucket=BUCKET, ContinuationToken="b")[0] == "InvalidArgument"


# --- versions -------------------------------------------------------------------------------------------------


def test_versions_come_by_key_the_latest_first_in_pages(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html"""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    made = {
        key: [s3.put_object(Bucket=BUCKET, Key=key, Body=b"")["VersionId"] for _ in range(3)] for key in "ba"
    }
    marker = s3.delete_object(Bucket=BUCKET, Key="a")["VersionId"]
    wanted = [marker, *reversed(made["a"]), *reversed(made["b"])]
    for size in (1, 2, 3, 7):
        found = []
        for page in s3.get_paginator("list_object_versions").paginate(
            Bucket=BUCKET, PaginationConfig={"PageSize": size}
        ):
            listed = [*page.get("DeleteMarkers", ()), *page.get("Versions", ())]
            assert len(listed) <= size
            found += [each["VersionId"] for each in listed]
        assert sorted(found) == sorted(wanted), size
        if size == 1:
            assert found == wanted
    only = s3.list_object_versions(Bucket=BUCKET, Prefix="b")
    assert [each["IsLatest"] for each in only["Versions"]] == [True, False, False]
    assert error_of(s3.list_object_versions, Bucket=BUCKET, VersionIdMarker=marker)[0] == "InvalidArgument"


# --- uploads and parts ----------------------------------------------------------------------------------------


def test_uploads_come_by_key_in_pages_with_who_began_them_and_when(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html"""
    begun = {
        key: s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"] for key in ("b", "a/1", "a/2")
    }
    every = s3.list_multipart_uploads(Bucket=BUCKET)
    assert names(every, "Uploads")[0] == ["a/1", "a/2", "b"]
    one = every["Uploads"][0]
    assert one["UploadId"] == begun["a/1"]
    assert abs((one["Initiated"] - datetime.now(UTC)).total_seconds()) < 600
    assert one["Initiator"]["ID"] == "arn:aws:iam::111122223333:user/admin"
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=BUCKET, PaginationConfig={"PageSize": 1}
    )
    assert [names(page, "Uploads")[0] for page in pages] == [["a/1"], ["a/2"], ["b"]]
    assert names(s3.list_multipart_uploads(Bucket=BUCKET, Delimiter="/"), "Uploads") == (["b"], ["a/"])


def test_parts_come_by_number_in_pages(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html"""
    upload = {
        "Bucket": BUCKET,
        "Key": "k",
        "UploadId": s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"],
    }
    for number in (7, 2, 5):
        s3.upload_part(**upload, PartNumber=number, Body=b"x" * number)
    first = s3.list_parts(**upload, MaxParts=2)
    assert [(each["PartNumber"], each["Size"]) for each in first["Parts"]] == [(2, 2), (5, 5)]
    assert (first["IsTruncated"], first["NextPartNumberMarker"]) == (True, 5)
    rest = s3.list_parts(**upload, PartNumberMarker=5)
    assert ([each["PartNumber"] for each in rest["Parts"]], rest["IsTruncated"]) == ([7], False)
