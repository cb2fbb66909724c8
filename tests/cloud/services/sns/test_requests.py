"""Subscriptions, messages, and attributes that SNS rejects.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.fixture
def sns(cloud):
    return boto3.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="news")["TopicArn"]


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [("pigeon", "x"), ("https", "http://x.example"), ("email", "nobody"), ("sqs", "queue")],
)
def test_a_subscription_has_a_protocol_and_an_endpoint_of_its_kind(sns, topic, protocol, endpoint):
    assert (
        error_of(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)[0] == "InvalidParameter"
    )
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_messages_that_are_none(sns, topic):
    assert error_of(sns.publish, TopicArn=topic, Message="")[0] == "InvalidParameter"
    assert error_of(sns.publish, TopicArn=topic, Message="x", Subject="s" * 101)[0] == "InvalidParameter"
    assert error_of(sns.publish, PhoneNumber="12", Message="x")[0] == "InvalidParameter"
    assert error_of(sns.publish, TopicArn=f"{topic}-gone", Message="x")[0] == "NotFound"


def test_an_attribute_that_topics_have_not(sns, topic):
    wrong = {"AttributeName": "Colour", "AttributeValue": "red"}
    assert error_of(sns.set_topic_attributes, TopicArn=topic, **wrong)[0] == "InvalidParameter"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
