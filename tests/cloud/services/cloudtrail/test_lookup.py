"""The event history: results, filters, pages, and errors of lookup_events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.clouds import allow, error_of, make_user, trust

HOME, PARTNER = "111122223333", "444455556666"


@pytest.fixture
def trail(cloud):
    return boto3.client("cloudtrail")


def names(answer) -> list[str]:
    return [event["EventName"] for event in answer["Events"]]


def by(client, key, value, **more):
    return client.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more)


@pytest.mark.ledger("F-TRL-01")
def test_newest_event_comes_first_with_the_whole_record(cloud, iam, trail):
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    answer = trail.lookup_events()
    assert names(answer)[:2] == ["CreateGroup", "CreateUser"]
    event = answer["Events"][1]
    record = json.loads(event["CloudTrailEvent"])
    assert event["EventId"] == record["eventID"]
    assert event["Username"] == "admin"
    assert event["ReadOnly"] == "false"
    assert event["EventSource"] == "iam.amazonaws.com"
    assert event["AccessKeyId"] == record["userIdentity"]["accessKeyId"]
    assert event["EventTime"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") == record["eventTime"]
    assert event["Resources"] == [{"ResourceType": "AWS::IAM::User", "ResourceName": "alice"}]


@pytest.mark.ledger("F-TRL-01")
def test_every_attribute_filters(cloud, iam, trail):
    alice = make_user(cloud, "alice", allow(["iam:ListUsers", "iam:GetUser"]))
    alice.client("iam").list_users()
    error_of(alice.client("iam").create_user, UserName="eve")
    boto3.client("s3").create_bucket(Bucket="shelf-of-alice")
    key = alice.get_credentials().access_key
    event = trail.lookup_events()["Events"][0]
    assert by(trail, "EventId", event["EventId"])["Events"] == [event]
    assert names(by(trail, "EventName", "CreateUser")) == ["CreateUser", "CreateUser"]
    assert names(by(trail, "Username", "alice")) == ["CreateUser", "ListUsers"]
    assert names(by(trail, "AccessKeyId", key)) == ["CreateUser", "ListUsers"]
    assert "ListUsers" in names(by(trail, "ReadOnly", "true"))
    assert "ListUsers" not in names(by(trail, "ReadOnly", "false"))
    assert names(by(trail, "EventSource", "s3.amazonaws.com")) == ["CreateBucket"]
    assert names(by(trail, "ResourceName", "alice"))[-1] == "CreateUser"
    assert by(trail, "ResourceName", "eve")["Events"] == []  # a denied call shows no resources
    assert names(by(trail, "ResourceName", "shelf-of-alice")) == ["CreateBucket"]
    assert names(by(trail, "ResourceType", "AWS::S3::Bucket")) == ["CreateBucket"]
    assert by(trail, "Username", "nobody")["Events"] == []


@pytest.mark.ledger("F-TRL-01")
def test_refused_calls_are_in_the_history(cloud, trail):
    alice = make_user(cloud, "alice")
    error_of(alice.client("iam").list_users)
    record = json.loads(by(trail, "EventName", "ListUsers")["Events"][0]["CloudTrailEvent"])
    assert record["errorCode"] == "AccessDenied"


@pytest.mark.ledger("F-TRL-01", "F-TRL-04")
def test_data_events_are_never_in_the_history(cloud, trail):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf-of-alice")
    s3.put_object(Bucket="shelf-of-alice", Key="k", Body=b"x")
    s3.list_objects_v2(Bucket="shelf-of-alice")
    assert names(trail.lookup_events()) == ["CreateBucket"]


@pytest.mark.ledger("F-TRL-01")
def test_history_is_of_the_clients_region_and_account(cloud, iam):
    iam.create_user(UserName="alice")
    boto3.client("sts", region_name="eu-west-1").get_caller_identity()
    here, there = (boto3.client("cloudtrail", region_name=region) for region in ("us-east-1", "eu-west-1"))
    assert names(here.lookup_events()) == ["CreateUser"]
    assert names(there.lookup_events()) == ["GetCallerIdentity"]
    partner = cloud.account(PARTNER).client("cloudtrail", region_name="us-east-1")
    assert names(partner.lookup_events()) == []


@pytest.mark.ledger("F-TRL-03")
def test_both_accounts_see_a_cross_account_call(cloud, trail):
    partner = cloud.account(PARTNER)
    arn = partner.client("iam").create_role(RoleName="shared", AssumeRolePolicyDocument=trust({"AWS": HOME}))[
        "Role"
    ]["Arn"]
    boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="work")
    mine = by(trail, "EventName", "AssumeRole")["Events"]
    theirs = by(partner.client("cloudtrail"), "EventName", "AssumeRole")["Events"]
    assert len(mine) == len(theirs) == 1
    records = [json.loads(event["CloudTrailEvent"]) for event in (*mine, *theirs)]
    assert records[0]["sharedEventID"] == records[1]["sharedEventID"]
    assert mine[0]["EventId"] != theirs[0]["EventId"]
    assert mine[0]["Username"] == "admin"
    assert "Username" not in theirs[0]
    assert "AccessKeyId" not in theirs[0]


@pytest.mark.ledger("F-TRL-01")
def test_pages_and_boto3s_paginator(cloud, iam, trail):
    for number in range(7):
        iam.create_group(GroupName=f"group-{number}")
    first = by(trail, "EventName", "CreateGroup", MaxResults=3)
    assert len(first["Events"]) == 3
    assert first["NextToken"]
    iam.create_group(GroupName="later")
    second = by(trail, "EventName", "CreateGroup", MaxResults=3, NextToken=first["NextToken"])
    seen = [event["Resources"][0]["ResourceName"] for event in (*first["Events"], *second["Events"])]
    assert seen == [f"group-{number}" for number in (6, 5, 4, 3, 2, 1)]
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateGroup"}],
        PaginationConfig={"PageSize": 3},
    )
    assert [len(page["Events"]) for page in pages] == [3, 3, 2]


@pytest.mark.ledger("F-TRL-01")
def test_time_range_and_ninety_days(cloud, iam, trail):
    iam.create_group(GroupName="old")
    begin = cloud.clock.advance(hours=1)
    iam.create_group(GroupName="new")
    assert by(trail, "ResourceName", "new", StartTime=begin - timedelta(minutes=1))["Events"]
    assert not by(trail, "ResourceName", "old", StartTime=begin - timedelta(minutes=1))["Events"]
    assert by(trail, "ResourceName", "old", EndTime=begin - timedelta(minutes=30))["Events"]
    cloud.clock.advance(days=90, seconds=1)
    assert trail.lookup_events()["Events"] == []


@pytest.mark.ledger("F-TRL-01")
def test_lookups_that_are_refused(cloud, iam, trail):
    now = datetime.now(UTC)
    assert error_of(trail.lookup_events, MaxResults=51)[0] == "InvalidMaxResultsException"
    assert (
        error_of(trail.lookup_events, StartTime=now, EndTime=now - timedelta(hours=1))[0]
        == "InvalidTimeRangeException"
    )
    two = [
        {"AttributeKey": "EventName", "AttributeValue": "a"},
        {"AttributeKey": "Username", "AttributeValue": "b"},
    ]
    assert error_of(trail.lookup_events, LookupAttributes=two)[0] == "InvalidLookupAttributesException"
    odd = [{"AttributeKey": "Colour", "AttributeValue": "a"}]
    assert error_of(trail.lookup_events, LookupAttributes=odd)[0] == "InvalidLookupAttributesException"
    for long in ("a" * 2001, "_" * 1001):
        odd = [{"AttributeKey": "EventName", "AttributeValue": long}]
        assert error_of(trail.lookup_events, LookupAttributes=odd)[0] == "InvalidLookupAttributesException"
    assert error_of(trail.lookup_events, EventCategory="weather")[0] == "InvalidEventCategoryException"
    assert trail.lookup_events(EventCategory="insight")["Events"] == []
    assert error_of(trail.lookup_events, NextToken="nonsense")[0] == "InvalidNextTokenException"
    for number in range(3):
        iam.create_group(GroupName=f"group-{number}")
    token = trail.lookup_events(MaxResults=1)["NextToken"]
    assert error_of(by, trail, "EventName", "CreateGroup", NextToken=token)[0] == "InvalidNextTokenException"
    partner = cloud.account(PARTNER).client("cloudtrail")
    assert error_of(partner.lookup_events, NextToken=token)[0] == "InvalidNextTokenException"


def test_looking_up_needs_permission(cloud):
    alice = make_user(cloud, "alice")
    assert error_of(alice.client("cloudtrail").lookup_events)[0] == "AccessDeniedException"
