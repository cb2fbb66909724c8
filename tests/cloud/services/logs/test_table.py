"""CloudWatch Logs' authorization: log groups in the form that `:*` in policies matches."""

from __future__ import annotations

import json

import pytest

from labs_helpers.engine.policy import AccessRequest, Attached, Policies, Principal, decide, parse_policy
from tests.cloud.services.moto_state import fresh, of, policy_of, role, statement
from tests.cloud.services.tables import HOME, SECOND, Ask, asks, call, pairs, table

__all__ = ["fresh"]
APP = "arn:aws:logs:us-east-1:111122223333:log-group:/app"


def test_a_group_and_its_streams():
    assert pairs(asks("logs", "PutRetentionPolicy", logGroupName="/app")) == [
        ("logs:PutRetentionPolicy", f"{APP}:log-stream:")
    ]
    assert pairs(asks("logs", "PutLogEvents", logGroupName="/app", logStreamName="web/1")) == [
        ("logs:PutLogEvents", f"{APP}:log-stream:web/1")
    ]
    assert asks("logs", "DescribeLogGroups")[0].resource.endswith(":log-group::log-stream:")


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [(f"{APP}:*", True), (APP, False), ("arn:aws:logs:*:*:log-group:/app*", True), (f"{APP}2:*", False)],
)
def test_a_policy_needs_the_star_after_the_groups_name(resource, allowed):
    (ask,) = asks("logs", "FilterLogEvents", logGroupName="/app")
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ask.action, "Resource": resource}],
    }
    alice = Principal.from_arn(f"arn:aws:iam::{HOME}:user/alice")
    policies = Policies(identity=(Attached("own", parse_policy(json.dumps(document))),))
    assert decide(AccessRequest.of(alice, ask.action, ask.resource), policies).allowed is allowed


def test_groups_may_be_named_by_arn_and_of_another_account():
    theirs = APP.replace(HOME, SECOND)
    assert pairs(asks("logs", "GetLogEvents", logGroupIdentifier=theirs, logStreamName="s")) == [
        ("logs:GetLogEvents", f"{theirs}:log-stream:s")
    ]
    found = asks("logs", "StartQuery", logGroupNames=["/app", "/web"])
    assert [ask.resource for ask in found] == [
        f"{APP}:log-stream:",
        f"{APP.replace('/app', '/web')}:log-stream:",
    ]


def test_tags_go_by_the_arn_without_the_star():
    (ask,) = asks("logs", "TagResource", resourceArn=f"{APP}:*", tags={"team": "blue"})
    assert (ask.type, ask.resource) == ("log-group", APP)
    assert ask.context == {"aws:RequestTag/team": "blue", "aws:TagKeys": ["team"]}
    made = asks("logs", "CreateLogGroup", logGroupName="/app", tags={"team": "blue"})
    assert [ask.action for ask in made] == ["logs:CreateLogGroup", "logs:TagResource"]


def test_a_subscription_asks_for_its_destination_and_passes_its_role():
    destination = f"arn:aws:logs:us-east-1:{SECOND}:destination:central"
    found = asks("logs", "PutSubscriptionFilter", logGroupName="/app", destinationArn=destination)
    assert [(ask.type, ask.resource, ask.account) for ask in found[1:]] == [
        ("destination", destination, SECOND)
    ]
    arn = role("shipper")
    stream = f"arn:aws:kinesis:us-east-1:{HOME}:stream/s"
    found = asks("logs", "PutSubscriptionFilter", logGroupName="/app", destinationArn=stream, roleArn=arn)
    assert [(ask.action, ask.resource) for ask in found[1:]] == [("iam:PassRole", arn)]
    assert found[1].context["iam:PassedToService"] == "logs.amazonaws.com"


def test_query_results_ask_for_the_groups_that_were_read():
    of("logs").create_log_group("/app", tags={"team": "blue"})
    query = of("logs").start_query(["/app"], 0, 1, "fields @message")
    assert pairs(asks("logs", "GetQueryResults", queryId=query)) == [
        ("logs:GetQueryResults", f"{APP}:log-stream:")
    ]
    tags = table("logs").tags(
        call("logs", "GetLogEvents", {}), Ask("logs:GetLogEvents", f"{APP}:log-stream:s", "log-stream")
    )
    assert tags == {"team": "blue"}


def test_resource_policies_count_together():
    events = statement({"Service": "events.amazonaws.com"}, "logs:PutLogEvents", f"{APP}:*")
    of("logs").put_resource_policy("one", events)
    of("logs").put_resource_policy(
        "two", statement({"Service": "es.amazonaws.com"}, "logs:PutLogEvents", "*")
    )
    document = policy_of("logs", Ask("logs:PutLogEvents", f"{APP}:log-stream:s", "log-stream"))
    assert len(json.loads(document)["Statement"]) == 2
