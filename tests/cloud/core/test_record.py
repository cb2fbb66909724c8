"""The record of calls, and the calls that are kept out of it."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress

import boto3

from labs_helpers.cloud.audit.trail_setup import bucket_policy
from labs_helpers.cloud.core.record import Record
from labs_helpers.cloud.services.cloudtrail.delivered_files import deliver

TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/first"


def test_who_listened_before_is_told_of_nothing_aside() -> None:
    record, heard = Record(), []
    record.listeners.append(heard.append)
    with record.aside():
        record.add("aside")
    record.add("after")
    assert heard == list(record) == ["after"]


def test_who_begins_to_listen_aside_goes_on_listening() -> None:
    record, heard = Record(), []
    with record.aside(), record.aside():
        record.listeners.append(heard.append)
        record.add("aside")
    record.add("after")
    assert heard == ["aside", "after"]
    assert list(record) == ["after"]


def test_who_stops_listening_aside_is_told_of_nothing_more() -> None:
    record, heard = Record(), []
    with record.aside():
        record.listeners.append(heard.append)
        record.listeners.remove(heard.append)
    record.add("after")
    assert heard == []


def test_what_failed_aside_loses_nobody() -> None:
    record, before, within = Record(), [], []
    record.listeners.append(before.append)
    with suppress(LookupError), record.aside():
        record.listeners.append(within.append)
        raise LookupError
    record.add("after")
    assert before == within == ["after"]


def test_a_trail_first_made_in_a_check_delivers_what_is_called_afterwards(cloud) -> None:
    s3, trails = boto3.client("s3"), boto3.client("cloudtrail")
    with cloud.record.aside():
        s3.create_bucket(Bucket="logs-of-a-check")
        s3.put_bucket_policy(Bucket="logs-of-a-check", Policy=bucket_policy("logs-of-a-check", TRAIL))
        trails.create_trail(Name="first", S3BucketName="logs-of-a-check")
        trails.start_logging(Name="first")
    boto3.client("iam").create_user(UserName="seen")
    deliver(cloud._state)
    found = s3.list_objects_v2(Bucket="logs-of-a-check", Prefix="AWSLogs/")["Contents"]
    files = [item["Key"] for item in found if "/CloudTrail/" in item["Key"] and item["Size"]]
    read = [s3.get_object(Bucket="logs-of-a-check", Key=file)["Body"].read() for file in files]
    told = [record for packed in read for record in json.loads(gzip.decompress(packed))["Records"]]
    assert "CreateUser" in {record["eventName"] for record in told}
