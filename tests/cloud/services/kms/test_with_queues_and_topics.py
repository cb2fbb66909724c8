"""SQS and SNS ask KMS.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.kms.test_trail import events, last
from tests.clouds import allow, error_of, make_user

HOME, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
QUEUE, TOPIC = f"arn:aws:sqs:{REGION}:{HOME}:orders", f"arn:aws:sns:{REGION}:{HOME}:news"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def sqs(cloud):
    return boto3.client("sqs", region_name=REGION)


@pytest.fixture
def sns(cloud):
    return boto3.client("sns", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def queue(sqs, key, name="orders", **more):
    return sqs.create_queue(QueueName=name, Attributes={"KmsMasterKeyId": key, **more})["QueueUrl"]


def received(sqs, url):
    return [each["Body"] for each in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def let_in(kms, key, service):
    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    document["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": "*",
        }
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(document))


def test_producers_and_consumers_use_the_key_of_a_queue(sqs, kms, key, cloud):
    url = queue(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    wrote = last("GenerateDataKey")
    assert wrote["requestParameters"] == {
        "keyId": key, "keySpec": "AES_256", "encryptionContext": {"aws:sqs:arn": QUEUE},
    }  # fmt: skip
    assert wrote["userIdentity"]["invokedBy"] == "sqs.amazonaws.com"
    assert len(events("Decrypt")) == 1
    assert received(sqs, url) == ["one"]
    sqs.send_message(QueueUrl=url, MessageBody="two")
    assert (len(events("GenerateDataKey")), len(events("Decrypt"))) == (1, 1)  # for five minutes
    cloud.clock.advance(seconds=301)
    sqs.send_message(QueueUrl=url, MessageBody="three")
    assert len(events("GenerateDataKey")) == 2


@pytest.mark.ledger("F-KMS-09")
def test_without_the_keys_permission_nothing_is_sent_or_received(sqs, kms, key, cloud):
    url = queue(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    producer = make_user(cloud, "producer", allow(["sqs:*", "kms:GenerateDataKey"])).client("sqs", REGION)
    consumer = make_user(cloud, "consumer", allow(["sqs:*", "kms:Decrypt"])).client("sqs", REGION)
    nobody = make_user(cloud, "nobody", allow("sqs:*")).client("sqs", REGION)
    code, message = error_of(nobody.receive_message, QueueUrl=url)
    assert code == "KMS.AccessDeniedException"
    assert "kms:Decrypt" in message
    for each in (producer, consumer, nobody):
        assert error_of(each.send_message, QueueUrl=url, MessageBody="x")[0] == "KMS.AccessDeniedException"
    assert received(consumer, url) == ["one"]


def test_a_disabled_or_missing_key_closes_a_queue(sqs, kms, key):
    url = queue(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    kms.disable_key(KeyId=key)
    assert error_of(sqs.send_message, QueueUrl=url, MessageBody="x")[0] == "KMS.DisabledException"
    assert error_of(sqs.receive_message, QueueUrl=url)[0] == "KMS.DisabledException"
    kms.schedule_key_deletion(KeyId=key)
    assert error_of(sqs.receive_message, QueueUrl=url)[0] == "KMS.InvalidStateException"
    other = queue(sqs, "alias/none", "other")
    assert error_of(sqs.send_message, QueueUrl=other, MessageBody="x")[0] == "KMS.NotFoundException"


def test_messages_stay_encrypted_with_the_key_of_their_sending(sqs, kms, key):
    url = queue(sqs, key)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    other = kms.create_key()["KeyMetadata"]["Arn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": other})
    kms.disable_key(KeyId=key)
    assert error_of(sqs.receive_message, QueueUrl=url)[0] == "KMS.DisabledException"
    kms.enable_key(KeyId=key)
    assert received(sqs, url) == ["one"]


def test_the_key_aws_manages_is_for_the_queues_own_account(sqs, kms, cloud):
    url = queue(sqs, "alias/aws/sqs")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    managed = kms.describe_key(KeyId="alias/aws/sqs")["KeyMetadata"]["Arn"]
    assert last("GenerateDataKey")["requestParameters"]["keyId"] == managed
    policy = json.loads(allow("sqs:*", QUEUE, Principal={"AWS": OTHER}))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    theirs = make_user(cloud, "theirs", allow(["sqs:*", "kms:*"]), OTHER).client("sqs", REGION)
    assert error_of(theirs.send_message, QueueUrl=url, MessageBody="x")[0] == "KMS.AccessDeniedException"


def test_publishers_use_the_key_of_a_topic(sns, kms, key, cloud):
    sns.create_topic(Name="news", Attributes={"KmsMasterKeyId": key})
    sns.publish(TopicArn=TOPIC, Message="one")
    assert last("GenerateDataKey")["requestParameters"]["encryptionContext"] == {"aws:sns:topicArn": TOPIC}
    assert last("Decrypt")["userIdentity"]["invokedBy"] == "sns.amazonaws.com"
    sns.publish(TopicArn=TOPIC, Message="two")
    assert len(events("GenerateDataKey")) == 1
    alice = make_user(cloud, "alice", allow("sns:*")).client("sns", REGION)
    code, message = error_of(alice.publish, TopicArn=TOPIC, Message="x")
    assert code == "KMSAccessDenied"
    assert "kms:GenerateDataKey" in message
    kms.disable_key(KeyId=key)
    assert error_of(sns.publish, TopicArn=TOPIC, Message="x")[0] == "KMSDisabled"
    kms.schedule_key_deletion(KeyId=key)
    assert error_of(sns.publish, TopicArn=TOPIC, Message="x")[0] == "KMSInvalidState"


@pytest.mark.ledger("F-KMS-09")
def test_a_topic_delivers_to_an_encrypted_queue_if_the_key_lets_sns_in(sns, sqs, kms, key):
    url = queue(sqs, key)
    sns.create_topic(Name="news")
    policy = json.loads(allow("sqs:SendMessage", QUEUE, Principal={"Service": "sns.amazonaws.com"}))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=TOPIC, Message="lost")
    let_in(kms, key, "sns.amazonaws.com")
    sns.publish(TopicArn=TOPIC, Message="found")
    assert received(sqs, url) == ["found"]
    assert last("Decrypt")["requestParameters"]["encryptionContext"] == {"aws:sqs:arn": QUEUE}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={
        "KmsMasterKeyId": "alias/aws/sqs", "Policy": json.dumps(policy),
    })  # fmt: skip
    sns.publish(TopicArn=TOPIC, Message="lost")
    assert received(sqs, url) == []
