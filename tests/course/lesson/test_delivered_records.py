"""The day's trail keeps reads of data, including denied ones."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.course import open_day
from labs_helpers.course.lesson.demos import refused


@pytest.fixture
def day(tmp_path):
    opened = open_day(2, progress=tmp_path / "progress.json")
    yield opened
    opened.cloud.stop()


def test_reads_of_data_are_in_the_days_trail_and_not_in_the_event_history(day):
    boto3.client("s3").get_object(Bucket="payroll", Key="2026.csv")
    with refused("AccessDenied"):
        boto3.Session(profile_name="alice").client("s3").get_object(Bucket="payroll", Key="2026.csv")
    found = day.trail("GetObject")
    assert [event["requestParameters"]["key"] for event in found] == ["2026.csv", "2026.csv"]
    assert [event.get("errorCode") for event in found] == [None, "AccessDenied"]
    named = [{"AttributeKey": "EventName", "AttributeValue": "GetObject"}]
    assert boto3.client("cloudtrail").lookup_events(LookupAttributes=named)["Events"] == []


def test_a_reset_begins_a_new_trail(day):
    boto3.client("s3").get_object(Bucket="payroll", Key="2026.csv")
    assert day.trail("GetObject")
    day.reset()
    assert day.trail("GetObject") == []


def test_another_accounts_trail_is_read_as_that_account(day):
    """A trail of that account keeps the reads of a table, which its event history doesn't."""
    day.situation("2.9", 1)
    names = {event["eventName"] for event in day.trail(account="555566667777")}
    assert {"GetItem", "Query", "Scan", "SendMessage", "ListUsers"} <= names
    scans = day.trail("Scan", account="555566667777")
    assert [scan["userIdentity"]["arn"].rpartition("/")[2] for scan in scans] == ["erin"]


def test_an_account_without_a_trail_and_a_name_of_no_operation_are_said(day):
    with pytest.raises(LookupError, match="444455556666 has no trail"):
        day.trail(account="444455556666")
    with pytest.raises(ValueError, match=r"'course' isn't the name of an operation"):
        day.trail("course")


def test_what_happened_within_a_second_stands_in_the_order_in_which_it_happened(day):
    """CloudTrail records whole seconds, and each delivery is a separate file."""
    s3 = boto3.client("s3")
    keys = [f"{number}.txt" for number in range(12)]
    for key in keys:
        s3.put_object(Bucket="payroll", Key=key, Body=b"x")
        day.trail("PutObject")
    assert [event["requestParameters"]["key"] for event in day.trail("PutObject")][-12:] == keys
