from __future__ import annotations

import base64
import json

import boto3
import pytest

from labs_helpers.cloud.core.json_text import parsed
from tests.clouds import error_of

DEEP = ["[" * 100_000, '{"a":' * 100_000]
ACCOUNT, REGION = "111122223333", "us-east-1"


@pytest.mark.parametrize("text", [*DEEP, "", "{", "NaN", "[Infinity]", b"\xff", "1" * 5_000])
def test_what_is_not_json_raises_one_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the message is Python's
        parsed(text)


def test_json_is_read():
    assert parsed('{"a": [1, null]}') == parsed(b'{"a": [1, null]}') == {"a": [1, None]}


@pytest.fixture
def clients(cloud):
    """A function that returns a client for a service; a topic, a queue, and a bucket exist."""
    boto3.client("sns", REGION).create_topic(Name="seeds")
    boto3.client("sqs", REGION).create_queue(QueueName="seeds")
    boto3.client("s3", REGION).create_bucket(Bucket="seeds")
    return lambda service: boto3.client(service, REGION)


@pytest.mark.parametrize("text", DEEP)
def test_text_that_is_nested_too_deeply_is_an_error_of_the_caller(clients, text):
    topic, queue = (
        f"arn:aws:sns:{REGION}:{ACCOUNT}:seeds",
        f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/seeds",
    )
    sns, sqs = clients("sns"), clients("sqs")
    for call, given, code in (
        (sns.publish, {"TopicArn": topic, "Message": text, "MessageStructure": "json"}, "InvalidParameter"),
        (
            sns.set_topic_attributes,
            {"TopicArn": topic, "AttributeName": "DeliveryPolicy", "AttributeValue": text},
            "InvalidParameter",
        ),
        (sqs.set_queue_attributes, {"QueueUrl": queue, "Attributes": {"RedrivePolicy": text}}, "InvalidParameterValue"),
        (
            sqs.set_queue_attributes,
            {"QueueUrl": queue, "Attributes": {"RedriveAllowPolicy": text}},
            "InvalidParameterValue",
        ),
        (
            clients("s3").put_object,
            {
                "Bucket": "seeds", "Key": "a", "ServerSideEncryption": "aws:kms",
                "SSEKMSEncryptionContext": base64.b64encode(text[:5_000].encode()).decode(),
            },
            "InvalidArgument",
        ),
    ):  # fmt: skip
        assert error_of(call, **given)[0] == code, call.__name__


def test_a_log_filter_passes_over_a_message_that_is_nested_too_deeply(clients, cloud):
    logs = clients("logs")
    logs.create_log_group(logGroupName="seeds")
    logs.create_log_stream(logGroupName="seeds", logStreamName="1")
    now = int(cloud.clock.now().timestamp() * 1000)
    messages = [DEEP[0], json.dumps({"a": 1})]
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName="seeds", logStreamName="1", logEvents=events)
    found = logs.filter_log_events(logGroupName="seeds", filterPattern="{ $.a = 1 }")["events"]
    assert [event["message"] for event in found] == messages[1:]
