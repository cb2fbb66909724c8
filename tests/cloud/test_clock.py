"""Stored data has timestamps from the lab clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto.core import utils

from labs_helpers.cloud import Cloud

ONE_KEY = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def _table() -> Any:
    made = boto3.client("dynamodb").create_table(TableName="books", BillingMode="PAY_PER_REQUEST", **ONE_KEY)
    return made["TableDescription"]["CreationDateTime"]


def _instance() -> Any:
    made = boto3.client("ec2").run_instances(ImageId="ami-03cf127a", MinCount=1, MaxCount=1)
    return made["Instances"][0]["LaunchTime"]


def _log_group() -> Any:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/app")
    return datetime.fromtimestamp(logs.describe_log_groups()["logGroups"][0]["creationTime"] / 1000, UTC)


def _bucket() -> Any:
    boto3.client("s3").create_bucket(Bucket="shelf")
    return boto3.client("s3").list_buckets()["Buckets"][0]["CreationDate"]


@pytest.mark.parametrize("made", [_table, _instance, _log_group, _bucket])
def test_what_moto_keeps_is_dated_by_the_lab_clock(cloud, made):
    cloud.clock.advance(days=40)
    assert abs((made() - cloud.clock.now()).total_seconds()) < 60


def test_the_machines_time_is_back_when_the_cloud_stops(one_cloud):
    one_cloud.clock.advance(days=40)
    one_cloud.stop()
    try:
        assert abs((utils.utcnow().replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()) < 60
        with Cloud():
            assert abs((utils.utcnow().replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()) < 60
    finally:
        one_cloud.start()
