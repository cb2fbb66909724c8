"""CloudWatch Logs, according to AWS's observed answers: lists of groups, filter patterns, nonexistent resources."""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import error_of


@pytest.fixture
def logs(cloud):
    client = boto3.client("logs")
    for name in ("/app/web", "/app/db"):
        client.create_log_group(logGroupName=name)
    client.create_log_stream(logGroupName="/app/web", logStreamName="s")
    return client


@pytest.fixture
def now(cloud):
    return int(cloud.clock.now().timestamp() * 1000)


def test_groups_are_found_by_the_beginning_or_a_part_of_their_names(logs):
    found = logs.describe_log_groups(logGroupNamePattern="DB")["logGroups"]
    assert [group["logGroupName"] for group in found] == ["/app/db"]
    assert found[0]["logGroupClass"] == "STANDARD"
    page = logs.describe_log_groups(logGroupNamePrefix="/app", limit=1)
    assert [group["logGroupName"] for group in page["logGroups"]] == ["/app/db"]
    rest = logs.describe_log_groups(logGroupNamePrefix="/app", limit=1, nextToken=page["nextToken"])
    assert [group["logGroupName"] for group in rest["logGroups"]] == ["/app/web"]


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ("", [0, 1, 2]),
        ("ERROR", [2]),
        ("?ERROR ?Delete", [1, 2]),
        ("ERROR -disk", []),
        ('"disk full"', [2]),
        ('{ $.eventName = "Create*" }', [0]),
        ('{ $.eventName = "CreateUser" || $.count > 2 }', [0, 1]),
        ('{ ($.count >= 3) && ($.userIdentity.type != "Root") }', [1]),
        ("{ $.errorCode NOT EXISTS }", [0, 1]),
        ("{ $.userIdentity.mfa IS TRUE }", [0]),
        ('{ $.items[0] = "a" }', [1]),
    ],
)
def test_a_filter_pattern_lets_events_pass(logs, now, pattern, passes):
    messages = [
        '{"eventName": "CreateUser", "userIdentity": {"type": "Root", "mfa": true}}',
        '{"eventName": "DeleteUser", "count": 3, "userIdentity": {"type": "IAMUser"}, "items": ["a"]}',
        "ERROR disk full",
    ]
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName="/app/web", logStreamName="s", logEvents=events)
    answer = logs.filter_log_events(logGroupName="/app/web", filterPattern=pattern)
    assert [event["message"] for event in answer["events"]] == [messages[index] for index in passes]
    assert answer["searchedLogStreams"] == []


def test_patterns_that_are_none_and_patterns_that_are_not_modelled(logs):
    given = {"logGroupName": "/app/web"}
    for pattern in ("{ $.a = }", "{ a = 1 }", "{ $.a > x }", "{ ($.a = 1 }"):
        found = error_of(logs.filter_log_events, **given, filterPattern=pattern)
        assert found == ("InvalidParameterException", "Invalid filter pattern")
    for pattern in ("[ip, user]", "%4[0-9]{2}%"):
        with pytest.raises(NotModelled):
            logs.filter_log_events(**given, filterPattern=pattern)


def test_what_does_not_exist_is_named(logs):
    metric = [{"metricName": "a", "metricNamespace": "b", "metricValue": "1"}]
    given = {"filterName": "f", "filterPattern": "", "metricTransformations": metric}
    assert error_of(logs.put_metric_filter, logGroupName="none", **given)[0] == "ResourceNotFoundException"
    logs.put_metric_filter(logGroupName="/app/web", **given)
    (shown,) = logs.describe_metric_filters(logGroupName="/app/web")["metricFilters"]
    assert shown["applyOnTransformedLogs"] is False
    assert error_of(logs.delete_metric_filter, logGroupName="/app/web", filterName="g") == (
        "ResourceNotFoundException", "The specified metric filter does not exist.",
    )  # fmt: skip
    assert error_of(logs.create_log_stream, logGroupName="/app/web", logStreamName="s") == (
        "ResourceAlreadyExistsException", "The specified log stream already exists",
    )  # fmt: skip
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:none"
    assert error_of(logs.list_tags_for_resource, resourceArn=arn) == (
        "ResourceNotFoundException", "The specified resource does not exist.",
    )  # fmt: skip
    wrong = {"logGroupName": "/app/web", "retentionInDays": 8}
    assert error_of(logs.put_retention_policy, **wrong)[0] == "InvalidParameterException"
    logs.put_retention_policy(logGroupName="/app/web", retentionInDays=7)
    assert logs.describe_log_groups(logGroupNamePrefix="/app/web")["logGroups"][0]["retentionInDays"] == 7


def test_a_filter_to_anything_but_a_function_is_refused_by_name(logs):
    with pytest.raises(NotModelled, match="kinesis"):
        logs.put_subscription_filter(
            logGroupName="/app/web", filterName="f", filterPattern="",
            destinationArn="arn:aws:kinesis:us-east-1:111122223333:stream/s",
        )  # fmt: skip


def test_destinations_are_listed_by_the_beginning_of_their_names(logs):
    assert logs.describe_destinations(DestinationNamePrefix="x")["destinations"] == []
    assert error_of(logs.describe_destinations, nextToken="x")[0] == "InvalidParameterException"


@pytest.mark.parametrize("identifier", ["/app/web", "arn:aws:logs:us-east-1:111122223333:log-group:/app/web"])
def test_groups_are_identified_by_name_or_arn(logs, now, identifier):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html"""
    event = {"timestamp": now, "message": "sold"}
    logs.put_log_events(logGroupName="/app/web", logStreamName="s", logEvents=[event])
    logs.create_log_stream(logGroupName="/app/db", logStreamName="s")
    answers = (
        logs.get_log_events(logGroupIdentifier=identifier, logStreamName="s"),
        logs.filter_log_events(logGroupIdentifier=identifier),
    )
    assert [[each["message"] for each in answer["events"]] for answer in answers] == [["sold"], ["sold"]]
    assert len(logs.describe_log_streams(logGroupIdentifier=identifier)["logStreams"]) == 1
    for ask, more in ((logs.get_log_events, {"logStreamName": "s"}), (logs.describe_log_streams, {})):
        assert error_of(ask, logGroupIdentifier=f"{identifier}x", **more)[0] == "ResourceNotFoundException"


def test_metric_filters_are_replaced_by_name_and_sorted_and_go_with_their_group(logs):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html"""
    metric = [{"metricName": "a", "metricNamespace": "b", "metricValue": "1"}]
    for name, pattern in (("b", "ERROR"), ("a", "WARN"), ("b", "FATAL")):
        logs.put_metric_filter(
            logGroupName="/app/web", filterName=name, filterPattern=pattern, metricTransformations=metric
        )
    shown = logs.describe_metric_filters()["metricFilters"]
    assert [(each["filterName"], each["filterPattern"]) for each in shown] == [("a", "WARN"), ("b", "FATAL")]
    assert all(each["creationTime"] for each in shown)
    code, message = error_of(logs.describe_metric_filters, metricName="a")
    assert (code, "None" in message) == ("InvalidParameterException", False)
    logs.delete_log_group(logGroupName="/app/web")
    assert logs.describe_metric_filters()["metricFilters"] == []


def test_a_policy_needs_its_destination(logs):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestinationPolicy.html"""
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "logs:PutSubscriptionFilter", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    assert error_of(logs.put_destination_policy, destinationName="none", accessPolicy=policy) == (
        "ResourceNotFoundException", "The specified destination does not exist.",
    )  # fmt: skip


def test_a_live_tail_session_has_its_own_endpoint(logs):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html"""
    arn = logs.describe_log_groups(logGroupNamePattern="web")["logGroups"][0]["logGroupArn"]
    stream = logs.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]
    assert next(iter(stream))["sessionStart"]["logGroupIdentifiers"] == [arn]


def test_expired_events_are_gone_after_72_hours(logs, now, cloud):
    logs.put_log_events(
        logGroupName="/app/web", logStreamName="s", logEvents=[{"timestamp": now, "message": "old"}]
    )
    logs.put_retention_policy(logGroupName="/app/web", retentionInDays=1)
    for hours, kept in ((95, 1), (2, 0)):
        cloud.clock.advance(hours=hours)
        query = logs.start_query(
            logGroupName="/app/web", startTime=0, endTime=now, queryString="fields @message"
        )
        found = (
            logs.get_query_results(queryId=query["queryId"])["results"],
            logs.get_log_events(logGroupName="/app/web", logStreamName="s")["events"],
            logs.filter_log_events(logGroupName="/app/web")["events"],
        )
        assert [len(each) for each in found] == [kept] * 3


def test_the_policy_of_a_delivery_destination_must_be_a_policy(logs):
    group = logs.describe_log_groups()["logGroups"][0]["arn"].removesuffix(":*")
    logs.put_delivery_destination(
        name="all", deliveryDestinationConfiguration={"destinationResourceArn": group}
    )
    given = {"deliveryDestinationName": "all", "deliveryDestinationPolicy": "none"}
    assert error_of(logs.put_delivery_destination_policy, **given)[0] == "ValidationException"
