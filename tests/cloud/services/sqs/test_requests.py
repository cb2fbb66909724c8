"""Attributes and messages that SQS rejects.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
"""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.fixture
def sqs(cloud):
    return boto3.client("sqs")


@pytest.mark.parametrize(
    ("name", "attributes", "code"),
    [
        ("q", {"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ("q", {"DelaySeconds": "-1"}, "InvalidAttributeValue"),
        ("q", {"MessageRetentionPeriod": "59"}, "InvalidAttributeValue"),
        ("q", {"Colour": "red"}, "InvalidAttributeName"),
        ("q", {"RedrivePolicy": "dead"}, "InvalidParameterValue"),
        ("q.fifo", {"FifoQueue": "true", "RedrivePolicy": "dead"}, "InvalidParameterValue"),
        ("q", {"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ("q.fifo", {}, "InvalidParameterValue"),
        ("q", {"FifoQueue": "true"}, "InvalidParameterValue"),
        ("q!", {}, "InvalidParameterValue"),
    ],
)
def test_queues_that_cannot_be_made(sqs, name, attributes, code):
    assert error_of(sqs.create_queue, QueueName=name, Attributes=attributes)[0] == code
    assert "QueueUrls" not in sqs.list_queues()


def test_a_queue_that_can(sqs):
    given = {"VisibilityTimeout": "43200", "FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="q.fifo", Attributes=given)["QueueUrl"]
    assert error_of(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "false"})[0].startswith(
        "InvalidAttribute"
    )


def test_a_message_has_a_character_at_least(sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    assert error_of(sqs.send_message, QueueUrl=url, MessageBody="")[0] == "MissingParameter"
