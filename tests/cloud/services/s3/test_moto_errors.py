"""S3's own errors where moto fails with an exception."""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of

BUCKET = "shelf-of-failures"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_object_tagging", {}),
        ("put_object_tagging", {"Tagging": {"TagSet": [{"Key": "a", "Value": "1"}]}}),
        ("delete_object_tagging", {}),
    ],
)
def test_an_object_that_does_not_exist_has_no_tags_to_read_or_change(cloud, s3, operation, parameters):
    assert error_of(getattr(s3, operation), Bucket=BUCKET, Key="none", **parameters)[0] == "NoSuchKey"
    assert cloud.record[-1].error_code == "NoSuchKey"


def test_a_notification_needs_a_destination_that_is_an_arn(cloud, s3):
    configuration = {"QueueConfigurations": [{"QueueArn": "none", "Events": ["s3:ObjectCreated:*"]}]}
    code, message = error_of(
        s3.put_bucket_notification_configuration, Bucket=BUCKET, NotificationConfiguration=configuration
    )
    assert (code, "could not be parsed" in message) == ("InvalidArgument", True)
