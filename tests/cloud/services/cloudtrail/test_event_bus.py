"""CloudTrail's events on the default bus.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cloud.services.events.test_events import bodies, open_queue

ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@pytest.fixture
def alarm(cloud):
    """A function that returns the events that the rule for IAM's calls has sent to a queue."""
    sqs, url, arn = open_queue("alarm")
    events = boto3.client("events")
    pattern = json.dumps({"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"]})
    events.put_rule(Name="iam", EventPattern=pattern)
    events.put_targets(Rule="iam", Targets=[{"Id": "1", "Arn": arn}])
    return lambda: bodies(sqs, url)


def start_trail() -> None:
    s3, trail = boto3.client("s3"), boto3.client("cloudtrail")
    s3.create_bucket(Bucket="trail-logs")
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        {**service, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::trail-logs"},
        {**service, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::trail-logs/*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    s3.put_bucket_policy(Bucket="trail-logs", Policy=policy)
    trail.create_trail(Name="all", S3BucketName="trail-logs", IsMultiRegionTrail=True)
    trail.start_logging(Name="all")


@pytest.mark.ledger("F-EVT-04")
def test_calls_that_change_something_reach_the_default_bus_if_a_trail_logs_them(alarm):
    iam = boto3.client("iam")
    iam.create_user(UserName="before")
    assert alarm() == []
    start_trail()
    iam.create_user(UserName="eve")
    (event,) = alarm()
    assert (event["source"], event["account"], event["region"]) == ("aws.iam", "111122223333", "us-east-1")
    assert event["detail"]["eventName"] == "CreateUser"
    assert event["detail"]["requestParameters"] == {"userName": "eve"}


@pytest.mark.ledger("F-EVT-04")
def test_calls_that_only_read_need_a_rule_that_asks_for_them(alarm):
    start_trail()
    iam, events = boto3.client("iam"), boto3.client("events")
    iam.list_users()
    assert alarm() == []
    pattern = events.describe_rule(Name="iam")["EventPattern"]
    events.put_rule(Name="iam", EventPattern=pattern, State=ALL)
    iam.list_users()
    assert [event["detail"]["eventName"] for event in alarm()] == ["ListUsers"]


def test_a_rule_that_cannot_deliver_fails_no_call(alarm):
    start_trail()
    stream = "arn:aws:kinesis:us-east-1:111122223333:stream/s"
    role = "arn:aws:iam::111122223333:role/none"
    bus = boto3.client("events")
    boto3.client("iam").create_role(
        RoleName="none",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}),
    )  # fmt: skip
    bus.put_targets(Rule="iam", Targets=[{"Id": "2", "Arn": stream, "RoleArn": role}])
    boto3.client("iam").create_user(UserName="eve")
    assert boto3.client("iam").get_user(UserName="eve")["User"]["UserName"] == "eve"
