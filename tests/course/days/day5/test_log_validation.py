"""Validating a trail's files: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html"""

from __future__ import annotations

import gzip
import json

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.audit.trail_setup import open_trail
from labs_helpers.course.days.day5.log_validation import CHANGED, MISSING, UNSIGNED, validate_logs

BUCKET = "trail-111122223333"


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=5) as cloud:
        yield cloud


@pytest.fixture
def s3(cloud):
    """A client for a trail that has delivered log files for four hours, with one call in each hour."""
    cloud.reset()
    open_trail(cloud, BUCKET, "course")
    client = boto3.client("s3")
    for _ in range(4):
        boto3.client("iam").list_users()
        cloud.clock.advance(hours=1, minutes=1)
        keys(client, "CloudTrail")
    return client


def keys(s3, folder):
    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    return [item["Key"] for item in listed if f"/{folder}/us-east-1/" in item["Key"]]


def content(s3, key):
    return json.loads(gzip.decompress(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))


def put(s3, key, value, **more):
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps(value).encode()), **more)


def wrong():
    return [(each.kind, each.key, each.state) for each in validate_logs(boto3.Session(), "course").wrong]


def test_files_that_nobody_touched_are_valid(s3):
    report = validate_logs(boto3.Session(), "course")
    assert report.wrong == ()
    assert {each.key for each in report.checked} >= {*keys(s3, "CloudTrail-Digest")}
    assert len([each for each in report.checked if each.kind == "log file"]) >= 3


def test_a_deleted_log_file_is_missed_and_its_hour_is_told(s3):
    gone = keys(s3, "CloudTrail")[1]
    times = [record["eventTime"] for record in content(s3, gone)["Records"]]
    s3.delete_object(Bucket=BUCKET, Key=gone)
    assert wrong() == [("log file", gone, MISSING)]
    (missed,) = validate_logs(boto3.Session(), "course").wrong
    assert (missed.start, missed.end) == (min(times), max(times))
    assert gone in repr(validate_logs(boto3.Session(), "course"))


def test_an_event_taken_out_of_a_log_file_shows(s3):
    key = keys(s3, "CloudTrail")[1]
    put(s3, key, {"Records": content(s3, key)["Records"][1:]})
    assert wrong() == [("log file", key, CHANGED)]


def test_a_log_file_that_is_no_archive_any_more_shows(s3):
    key = keys(s3, "CloudTrail")[1]
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"\x1f\x8bnothing")
    assert wrong() == [("log file", key, CHANGED)]


def test_a_digest_that_was_written_anew_without_the_log_file_is_no_digest(s3):
    """The rewritten digest has the old file's signature, because a new signature would require CloudTrail's key."""
    key = keys(s3, "CloudTrail-Digest")[-1]
    signature = s3.head_object(Bucket=BUCKET, Key=key)["Metadata"]
    put(s3, key, {**content(s3, key), "logFiles": []}, Metadata=signature)
    assert wrong() == [("digest file", key, UNSIGNED)]


def test_an_older_digest_that_was_changed_is_known_by_the_one_after_it(s3):
    key = keys(s3, "CloudTrail-Digest")[1]
    signature = s3.head_object(Bucket=BUCKET, Key=key)["Metadata"]
    put(s3, key, {**content(s3, key), "logFiles": []}, Metadata=signature)
    assert wrong() == [("digest file", key, CHANGED)]


def test_a_deleted_digest_breaks_the_chain_and_the_older_ones_are_still_looked_at(s3):
    key, oldest = keys(s3, "CloudTrail-Digest")[1], keys(s3, "CloudTrail-Digest")[0]
    s3.delete_object(Bucket=BUCKET, Key=key)
    assert wrong() == [("digest file", key, MISSING)]
    assert oldest in {each.key for each in validate_logs(boto3.Session(), "course").checked}


def test_a_trail_that_has_no_digest_yet_says_so(cloud):
    cloud.reset()
    open_trail(cloud, BUCKET, "course")
    boto3.client("cloudtrail").update_trail(Name="course", EnableLogFileValidation=False)
    with pytest.raises(LookupError, match="no digest file yet"):
        validate_logs(boto3.Session(), "course")
