"""Event notifications: valid configurations, and the content of events, through boto3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.clouds import allow, make_user

BUCKET = "shelf-with-news"
EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"]


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def queue(cloud):
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="news")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def configure(s3, arn: str, events: list[str] = EVENTS, **more) -> None:
    one = {"QueueArn": arn, "Events": events, **more}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [one]}
    )


def received(url: str) -> list[dict]:
    sqs, found = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for each in messages:
            found += json.loads(each["Body"]).get("Records", [])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"Filter": {"Key": {"FilterRules": [{"Name": "middle", "Value": "x"}]}}},
         {"Code": "InvalidArgument", "ArgumentName": "FilterRule.Name", "ArgumentValue": "middle"}),
        ({"Filter": {"Key": {"FilterRules": [{"Name": "prefix"}]}}}, {"Code": "MalformedXML"}),
        ({"events": ["s3:Sneezed"]},
         {"Code": "InvalidArgument", "ArgumentName": "Event", "ArgumentValue": "s3:Sneezed"}),
    ],
)  # fmt: skip
def test_filters_and_events_are_read_before_the_destination_is_tried(s3, more, error):
    arn = "arn:aws:sqs:us-east-1:111122223333:none"
    with pytest.raises(ClientError) as caught:
        configure(s3, arn, **more)
    found = caught.value.response["Error"]
    assert {name: found[name] for name in error} == error


def test_the_key_of_an_encrypted_queue_must_let_s3_use_it(s3, queue):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"""
    kms, (url, arn) = boto3.client("kms"), queue
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    with pytest.raises(ClientError, match="Unable to validate"):
        configure(s3, arn)
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    service = {"Service": "s3.amazonaws.com"}
    policy["Statement"].append({"Effect": "Allow", "Principal": service, "Action": "kms:*", "Resource": "*"})
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    configure(s3, arn)


def test_a_filter_is_answered_with_a_capital(s3, queue):
    rules = [{"Name": "prefix", "Value": "a/"}, {"Name": "SUFFIX", "Value": ".txt"}]
    configure(s3, queue[1], Filter={"Key": {"FilterRules": rules}})
    (one,) = s3.get_bucket_notification_configuration(Bucket=BUCKET)["QueueConfigurations"]
    assert [each["Name"] for each in one["Filter"]["Key"]["FilterRules"]] == ["Prefix", "Suffix"]
    s3.put_object(Bucket=BUCKET, Key="b/1.txt")
    s3.put_object(Bucket=BUCKET, Key="a/1.txt")
    assert [each["s3"]["object"]["key"] for each in received(queue[0])] == ["a%2F1.txt"]


def test_an_event_names_who_from_where_and_by_which_request(cloud, s3, queue):
    configure(s3, queue[1], Id="mine")
    alice = make_user(cloud, "alice", allow("s3:*")).client("s3")
    answer = alice.put_object(Bucket=BUCKET, Key="a b", Body=b"hello")
    (record,) = received(queue[0])
    user = boto3.client("iam").get_user(UserName="alice")["User"]["UserId"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["userIdentity"] == {"principalId": f"AWS:{user}"}
    assert record["requestParameters"]["sourceIPAddress"].count(".") == 3
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert record["responseElements"] == {name: headers[name] for name in ("x-amz-request-id", "x-amz-id-2")}
    assert record["s3"]["configurationId"] == "mine"
    assert record["s3"]["bucket"]["ownerIdentity"]["principalId"]
    shown = record["s3"]["object"]
    assert (shown["key"], shown["size"], shown["eTag"]) == ("a+b", 5, answer["ETag"].strip('"'))


def test_each_change_has_its_event_and_tags_that_nobody_set_have_none(s3, queue):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    configure(s3, queue[1])
    named = {"Bucket": BUCKET, "Key": "k"}
    version = s3.put_object(**named, Tagging="a=b")["VersionId"]
    s3.put_object_tagging(**named, Tagging={"TagSet": [{"Key": "a", "Value": "c"}]})
    s3.delete_object_tagging(**named)
    s3.put_object_acl(**named, ACL="private")
    marker = s3.delete_object(**named)["VersionId"]
    s3.delete_object(**named, VersionId=version)
    found = [(each["eventName"], each["s3"]["object"].get("versionId")) for each in received(queue[0])]
    assert found == [
        ("ObjectCreated:Put", version), ("ObjectTagging:Put", version), ("ObjectTagging:Delete", version),
        ("ObjectAcl:Put", version), ("ObjectRemoved:DeleteMarkerCreated", marker), ("ObjectRemoved:Delete", version),
    ]  # fmt: skip


def test_the_default_bus_gets_the_event_in_its_own_form(s3, queue):
    url, arn = queue
    events, sqs = boto3.client("events"), boto3.client("sqs")
    events.put_rule(Name="news", EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.put_targets(Rule="news", Targets=[{"Id": "q", "Arn": arn}])
    statement = {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": arn,
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket=BUCKET, Key="a b", Body=b"hello")
    s3.delete_object(Bucket=BUCKET, Key="a b")
    bodies = [
        json.loads(each["Body"])
        for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    ]
    created, deleted = sorted(bodies, key=lambda each: each["detail-type"])
    assert (created["detail-type"], created["detail"]["reason"]) == ("Object Created", "PutObject")
    assert created["detail"]["object"]["key"] == "a b"
    assert created["detail"]["requester"] == created["account"]
    assert deleted["detail"]["deletion-type"] == "Permanently Deleted"
