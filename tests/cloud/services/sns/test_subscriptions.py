"""Subscriptions, according to AWS's observed answers: confirmation, tokens, and the attributes returned."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config

from tests.clouds import error_of

HOME, OTHER = "111122223333", "444455556666"
HOOK = "https://shop.example/hook"


@pytest.fixture
def sns(cloud):
    return boto3.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="news")["TopicArn"]


@pytest.fixture
def queue(cloud):
    """The URL and ARN of a queue that accepts messages from anyone."""
    sqs = boto3.client("sqs")
    url, arn = sqs.create_queue(QueueName="inbox")["QueueUrl"], f"arn:aws:sqs:us-east-1:{HOME}:inbox"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def received(url: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return answer.get("Messages", [])


@pytest.mark.ledger("F-EVT-05")
@pytest.mark.parametrize(
    ("protocol", "endpoint"), [("https", HOOK), ("http", "http://a.example"), ("email", "eve@example.com")]
)
def test_nobody_is_subscribed_without_consent(cloud, sns, topic, protocol, endpoint):
    answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert answer["SubscriptionArn"] == "pending confirmation"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    sns.publish(TopicArn=topic, Message="hello")
    (asked,) = cloud.mailbox(endpoint)
    assert "hello" not in asked
    token = asked.partition("Token=")[2].split("\n")[0].split('"')[0]
    arn = sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]
    assert arn.startswith(f"{topic}:")
    sns.publish(TopicArn=topic, Message="hello")
    assert "hello" in cloud.mailbox(endpoint)[-1]


@pytest.mark.ledger("F-EVT-05")
def test_a_token_that_was_not_sent_confirms_nothing(cloud, sns, topic):
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=HOOK)
    other = sns.create_topic(Name="other")["TopicArn"]
    token = json.loads(cloud.mailbox(HOOK)[0])["Token"]
    assert error_of(sns.confirm_subscription, TopicArn=topic, Token="randomtoken") == (
        "InvalidParameter", "Invalid token",
    )  # fmt: skip
    for arn, wrong in ((topic, "0" * len(token)), (other, token), (f"{topic}-none", token)):
        found = error_of(sns.confirm_subscription, TopicArn=arn, Token=wrong)
        assert found == ("InvalidParameter", "Invalid parameter: Token")
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["SubscriptionsPending"], attributes["SubscriptionsConfirmed"]) == ("1", "0")


def test_whoever_gets_the_link_confirms_by_it(cloud, sns, topic):
    given = {"TopicArn": topic, "Protocol": "https", "Endpoint": HOOK, "ReturnSubscriptionArn": True}
    arn = sns.subscribe(**given)["SubscriptionArn"]
    document = json.loads(cloud.mailbox(HOOK)[0])
    assert "BEGIN CERTIFICATE" in requests.get(document["SigningCertURL"], timeout=5).text
    assert arn in requests.get(document["SubscribeURL"], timeout=5).text
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == (
        "false", "false",
    )  # fmt: skip


def test_a_queue_of_another_account_is_asked_too(cloud, sns, topic):
    theirs = cloud.account(OTHER).client("sqs", region_name="us-east-1")
    url = theirs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{OTHER}:inbox"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    theirs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    assert (
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
        == "pending confirmation"
    )
    sns.publish(TopicArn=topic, Message="hello")
    (message,) = theirs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["Type"] == "SubscriptionConfirmation"


def test_a_subscription_shows_who_made_it(sns, topic, queue):
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[1])["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"] == {
        "SubscriptionArn": arn, "TopicArn": topic, "Owner": HOME, "Protocol": "sqs", "Endpoint": queue[1],
        "RawMessageDelivery": "false", "PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true",
        "SubscriptionPrincipal": f"arn:aws:iam::{HOME}:user/admin",
    }  # fmt: skip


def test_what_exists_is_not_made_again_with_other_attributes(sns, topic, queue):
    assert sns.create_topic(Name="news")["TopicArn"] == topic
    other = {"Name": "news", "Attributes": {"DisplayName": "News"}}
    assert error_of(sns.create_topic, **other)[0] == "InvalidParameter"
    assert error_of(sns.create_topic, Name="news", Tags=[{"Key": "a", "Value": "b"}])[0] == "InvalidParameter"
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue[1]}
    arn = sns.subscribe(**given)["SubscriptionArn"]
    assert sns.subscribe(**given)["SubscriptionArn"] == arn
    raw = {"RawMessageDelivery": "true"}
    assert error_of(sns.subscribe, **given, Attributes=raw)[0] == "InvalidParameter"
    assert (
        error_of(sns.subscribe, **given, Attributes={"RawMessageDelivery": "maybe"})[0] == "InvalidParameter"
    )


@pytest.mark.parametrize(
    "policy",
    ["no json", "[]", '{"a": "x"}', '{"a": {"b": ["x"]}}', '{"a": [{"contains": "x"}]}',
     '{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}',
     json.dumps({name: list(range(8)) for name in "abc"})],
)  # fmt: skip
def test_a_filter_policy_that_is_none_is_refused(sns, topic, queue, policy):
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue[1]}
    assert error_of(sns.subscribe, **given, Attributes={"FilterPolicy": policy})[0] == "InvalidParameter"
    arn = sns.subscribe(**given)["SubscriptionArn"]
    change = {"SubscriptionArn": arn, "AttributeName": "FilterPolicy", "AttributeValue": policy}
    assert error_of(sns.set_subscription_attributes, **change)[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("scope", "policy", "passes"),
    [
        ("MessageAttributes", {"kind": ["sport"]}, True),
        ("MessageAttributes", {"kind": [{"anything-but": "sport"}]}, False),
        ("MessageAttributes", {"price": [{"numeric": [">=", 100]}]}, True),
        ("MessageAttributes", {"tags": ["b"]}, True),
        ("MessageAttributes", {"none": [{"exists": False}]}, True),
        ("MessageBody", {"detail": {"item": [{"prefix": "bo"}]}}, True),
        ("MessageBody", {"detail": {"item": ["lamp"]}}, False),
    ],
)
def test_a_filter_policy_looks_at_attributes_or_at_the_body(sns, topic, queue, scope, policy, passes):
    attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[1], Attributes=attributes)
    sns.publish(
        TopicArn=topic, Message='{"detail": {"item": "book"}}',
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "sport"},
            "price": {"DataType": "Number", "StringValue": "100.0"},
            "tags": {"DataType": "String.Array", "StringValue": '["a", "b"]'},
        },
    )  # fmt: skip
    assert len(received(queue[0])) == int(passes)


def test_a_binary_attribute_reaches_a_queue_raw(sns, topic, queue):
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[1], Attributes=raw)
    sns.publish(
        TopicArn=topic,
        Message="x",
        MessageAttributes={"b": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}},
    )
    (message,) = received(queue[0])
    assert message["Body"] == "x"
    assert message["MessageAttributes"] == {"b": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}}


def test_what_cannot_be_delivered_goes_to_the_dead_letters(cloud, sns, topic, queue):
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue[1]})}
    gone = f"arn:aws:sqs:us-east-1:{HOME}:gone"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=gone, Attributes=redrive)
    sns.publish(TopicArn=topic, Message="hello")
    assert [json.loads(message["Body"])["Message"] for message in received(queue[0])] == ["hello"]


def test_subscriptions_that_are_gone(sns, topic, queue):
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[1])["SubscriptionArn"]
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    assert error_of(sns.get_subscription_attributes, SubscriptionArn=arn) == (
        "NotFound", "Subscription does not exist",
    )  # fmt: skip
    assert error_of(sns.unsubscribe, SubscriptionArn="none")[0] == "InvalidParameter"
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsDeleted"] == "1"


def test_an_error_says_what_is_wrong_once(sns, topic):
    """OBSERVED: a service with the query protocol sends `<Message>`, and no `<message>`."""
    with pytest.raises(sns.exceptions.NotFoundException) as caught:
        sns.publish(TopicArn=f"{topic}-gone", Message="x")
    response = caught.value.response
    assert response["Error"] == {"Type": "Sender", "Code": "NotFound", "Message": "Topic does not exist"}
    assert "message" not in response


@pytest.fixture
def unsigned(cloud):
    return boto3.client("sns", config=Config(signature_version=UNSIGNED))


def sent_token(cloud, sns, topic):
    """Subscribe an email address, and return the token that it receives."""
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="eve@example.com")
    return cloud.mailbox("eve@example.com")[0].partition("Token=")[2].split("\n")[0]


def test_a_subscription_is_confirmed_without_a_signature(cloud, sns, topic, unsigned):
    """https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""
    given = {"TopicArn": topic, "Token": sent_token(cloud, sns, topic)}
    signed_only = {**given, "AuthenticateOnUnsubscribe": "true"}
    assert error_of(unsigned.confirm_subscription, **signed_only)[0] == "MissingAuthenticationToken"
    arn = unsigned.confirm_subscription(**given)["SubscriptionArn"]
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "false")


@pytest.mark.parametrize("by_link", [True, False])
def test_an_old_or_invented_token_confirms_nothing_without_a_signature(cloud, sns, topic, unsigned, by_link):
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html (tokens are valid for two days)"""
    token = sent_token(cloud, sns, topic)
    cloud.clock.advance(days=3)
    for each in (token, "invented"):
        if by_link:
            given = {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": each}
            answer = requests.get("https://sns.us-east-1.amazonaws.com/", params=given, timeout=5)
            assert (answer.status_code, "InvalidParameter" in answer.text) == (400, True)
        else:
            assert (
                error_of(unsigned.confirm_subscription, TopicArn=topic, Token=each)[0] == "InvalidParameter"
            )
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
