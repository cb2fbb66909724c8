"""Queues, according to AWS's observed answers: attributes, encryption, policies, and redelivered messages."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.clouds import error_of, make_user

HOME, PARTNER = "111122223333", "444455556666"


@pytest.fixture
def sqs(cloud):
    return boto3.client("sqs")


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="inbox")["QueueUrl"]


def shown(sqs, url, *names):
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"])
    return answer.get("Attributes", {})


@pytest.mark.ledger("F-EVT-06")
def test_a_queue_has_one_kind_of_encryption(sqs, url):
    assert shown(sqs, url)["SqsManagedSseEnabled"] == "true"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    assert shown(sqs, url, "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds") == {
        "SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": "300",
    }  # fmt: skip
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})
    assert shown(sqs, url, "SqsManagedSseEnabled", "KmsMasterKeyId") == {"SqsManagedSseEnabled": "false"}
    both = {"KmsMasterKeyId": "alias/aws/sqs", "SqsManagedSseEnabled": "true"}
    assert error_of(sqs.set_queue_attributes, QueueUrl=url, Attributes=both)[0] == "InvalidAttributeName"


def test_setting_one_attribute_leaves_the_policy(sqs, url):
    sqs.add_permission(QueueUrl=url, Label="partner", AWSAccountIds=[PARTNER], Actions=["SendMessage"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    document = json.loads(shown(sqs, url)["Policy"])
    assert document == {
        "Version": "2008-10-17", "Id": f"arn:aws:sqs:us-east-1:{HOME}:inbox/SQSDefaultPolicy",
        "Statement": [{
            "Sid": "partner", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
            "Action": "SQS:SendMessage", "Resource": f"arn:aws:sqs:us-east-1:{HOME}:inbox",
        }],
    }  # fmt: skip
    sqs.remove_permission(QueueUrl=url, Label="partner")
    assert "Policy" not in shown(sqs, url)


def test_a_queue_that_exists_is_not_made_again_with_other_attributes(sqs, url):
    assert sqs.create_queue(QueueName="inbox")["QueueUrl"] == url
    other = {"QueueName": "inbox", "Attributes": {"VisibilityTimeout": "1"}}
    assert error_of(sqs.create_queue, **other)[0] == "QueueAlreadyExists"


@pytest.mark.parametrize(
    "policy",
    ["{}", '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111122223333:none", "maxReceiveCount": 1}',
     '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111122223333:inbox", "maxReceiveCount": 0}',
     '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111122223333:inbox"}'],
)  # fmt: skip
def test_redrive_policies_that_are_none(sqs, url, policy):
    given = {"QueueUrl": url, "Attributes": {"RedrivePolicy": policy}}
    assert error_of(sqs.set_queue_attributes, **given)[0] == "InvalidParameterValue"


def test_a_dead_letter_tells_where_it_comes_from(sqs, url):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    target = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{HOME}:dead", "maxReceiveCount": 1}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(target)})
    sqs.send_message(QueueUrl=url, MessageBody="x")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    (message,) = sqs.receive_message(QueueUrl=dead, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == f"arn:aws:sqs:us-east-1:{HOME}:inbox"


def test_a_message_shows_who_sent_it(cloud, sqs, url):
    alice = make_user(
        cloud, "alice",
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}',
    )  # fmt: skip
    alice.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["SenderId"])["Messages"]
    user = boto3.client("iam").get_user(UserName="alice")["User"]["UserId"]
    assert message["Attributes"] == {"SenderId": user}


def test_a_fifo_queue_takes_a_message_once_in_five_minutes(cloud, sqs):
    given = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="q.fifo", Attributes=given)["QueueUrl"]
    first = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    again = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert error_of(sqs.send_message, QueueUrl=url, MessageBody="y")[0] == "MissingParameter"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue"),
        ({"MessageBody": "x", "MessageDeduplicationId": "1"}, "InvalidParameterValue"),
        ({"MessageBody": "\x00"}, "InvalidMessageContents"),
        ({"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "b"}}},
         "InvalidParameterValue"),
        ({"MessageBody": "x", "MessageAttributes": {"aws.a": {"DataType": "String", "StringValue": "b"}}},
         "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_messages_that_a_queue_does_not_take(sqs, url, parameters, code):
    assert error_of(sqs.send_message, QueueUrl=url, **parameters)[0] == code


def test_batches_are_taken_one_by_one_or_refused_as_a_whole(sqs, url):
    entries = [{"Id": "1", "MessageBody": "x"}, {"Id": "2", "MessageBody": "x", "DelaySeconds": 901}]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["1"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("2", "InvalidParameterValue")]
    twice = [{"Id": "1", "ReceiptHandle": "x"}] * 2
    code, _ = error_of(sqs.delete_message_batch, QueueUrl=url, Entries=twice)
    assert code == "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"


def test_handles_that_are_none_and_messages_that_are_gone(cloud, sqs, url):
    assert error_of(sqs.delete_message, QueueUrl=url, ReceiptHandle="x")[0] == "ReceiptHandleIsInvalid"
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    handle = message["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    change = {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 1}
    assert error_of(sqs.change_message_visibility, **change)[0] == "InvalidParameterValue"


def test_a_queue_is_purged_once_a_minute(cloud, sqs, url):
    sqs.purge_queue(QueueUrl=url)
    code, _ = error_of(sqs.purge_queue, QueueUrl=url)
    assert code == "AWS.SimpleQueueService.PurgeQueueInProgress"
    cloud.clock.advance(minutes=2)
    sqs.purge_queue(QueueUrl=url)


def test_anonymous_users_get_what_the_policy_allows_to_everyone(sqs, url):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html"""
    anonymous = boto3.client("sqs", config=Config(signature_version=UNSIGNED))
    assert error_of(anonymous.send_message, QueueUrl=url, MessageBody="a")[0] == "AccessDenied"
    arn = f"arn:aws:sqs:us-east-1:{HOME}:inbox"
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everyone]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    anonymous.send_message(QueueUrl=url, MessageBody="a")
    assert anonymous.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "a"
    unsigned = error_of(anonymous.list_queues)[0]
    assert (
        unsigned == error_of(anonymous.delete_queue, QueueUrl=url)[0] == "MissingAuthenticationTokenException"
    )
