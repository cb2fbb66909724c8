"""Publishing: FIFO topics, batches, and messages that SNS rejects.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.fixture
def sns(cloud):
    return boto3.client("sns")


@pytest.fixture
def fifo(sns):
    return sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]


def test_a_fifo_topic_takes_a_message_once_in_five_minutes(cloud, sns, fifo):
    given = {"TopicArn": fifo, "Message": "x", "MessageGroupId": "g", "MessageDeduplicationId": "1"}
    first, second = sns.publish(**given), sns.publish(**given)
    assert first["MessageId"] == second["MessageId"]
    assert len(first["SequenceNumber"]) == 20
    cloud.clock.advance(minutes=6)
    assert sns.publish(**given)["SequenceNumber"] > first["SequenceNumber"]


def test_a_fifo_topic_asks_for_a_group_and_an_id(sns, fifo):
    assert error_of(sns.publish, TopicArn=fifo, Message="x") == (
        "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
    )  # fmt: skip
    assert error_of(sns.publish, TopicArn=fifo, Message="x", MessageGroupId="g")[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Message": "x" * 262_145}, "InvalidParameter"),
        ({"Message": "x", "MessageDeduplicationId": "1"}, "InvalidParameter"),
        ({"Message": "x", "MessageStructure": "json"}, "InvalidParameter"),
        ({"Message": "{}", "MessageStructure": "json"}, "InvalidParameter"),
        ({"Message": "x", "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "b"}}},
         "ParameterValueInvalid"),
        ({"Message": "x", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "b"}}},
         "ParameterValueInvalid"),
        ({"Message": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
         "ParameterValueInvalid"),
    ],
)  # fmt: skip
def test_messages_that_a_topic_does_not_take(sns, parameters, code):
    topic = sns.create_topic(Name="news")["TopicArn"]
    assert error_of(sns.publish, TopicArn=topic, **parameters)[0] == code


def test_a_batch_is_taken_one_by_one_or_refused_as_a_whole(sns):
    topic = sns.create_topic(Name="news")["TopicArn"]
    entries = [{"Id": "1", "Message": "x"}, {"Id": "2", "Message": "x", "MessageStructure": "json"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["1"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("2", "InvalidParameter")]
    for entries, code in (
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "Message": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "1", "Message": "x"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "Message": "x"}], "InvalidBatchEntryId"),
    ):
        assert error_of(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == code


def test_a_topics_policy_gets_statements_for_accounts(sns):
    topic = sns.create_topic(Name="news")["TopicArn"]
    given = {"TopicArn": topic, "Label": "partner", "AWSAccountId": ["444455556666"]}
    sns.add_permission(**given, ActionName=["Publish"])
    assert (
        "arn:aws:iam::444455556666:root" in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    )
    assert error_of(sns.add_permission, **given, ActionName=["Publish"])[0] == "InvalidParameter"
    sns.remove_permission(TopicArn=topic, Label="partner")
    assert "444455556666" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]


def test_a_topic_shows_the_delivery_policy_that_results(sns):
    topic = sns.create_topic(Name="news")["TopicArn"]
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert "DeliveryPolicy" not in shown
    assert '"numRetries":3' in shown["EffectiveDeliveryPolicy"]


def test_the_credential_of_a_platform_application_is_not_shown(sns):
    given = {"Name": "app", "Platform": "GCM", "Attributes": {"PlatformCredential": "s3cret"}}
    arn = sns.create_platform_application(**given)["PlatformApplicationArn"]
    shown = sns.get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"]
    listed = sns.list_platform_applications()["PlatformApplications"]
    assert listed == [{"PlatformApplicationArn": arn, "Attributes": shown}]
    assert "s3cret" not in shown.values()
    sns.delete_platform_application(PlatformApplicationArn=arn)
    sns.delete_platform_application(PlatformApplicationArn=arn)


def test_nobody_has_opted_out(sns):
    assert sns.check_if_phone_number_is_opted_out(phoneNumber="+15555550199")["isOptedOut"] is False
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []
    assert error_of(sns.set_sms_attributes, attributes={"Colour": "red"})[0] == "InvalidParameter"
