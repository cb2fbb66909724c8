"""EventBridge's authorization: buses, their rules, events, and passed roles."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud.core.errors import NotModelled
from tests.cloud.services.moto_state import fresh, of, policy_of, role
from tests.cloud.services.tables import HOME, SECOND, Ask, asks, pairs

__all__ = ["fresh"]
EVENTS = "arn:aws:events:us-east-1:111122223333"


def test_each_event_is_asked_for_with_its_bus_and_source():
    found = asks(
        "events", "PutEvents",
        Entries=[
            {"Source": "shop", "DetailType": "sold", "Detail": "{}"},
            {"Source": "aws.fake", "DetailType": "x", "Detail": "{}", "EventBusName": "orders"},
        ],
    )  # fmt: skip
    assert [ask.resource for ask in found] == [f"{EVENTS}:event-bus/default", f"{EVENTS}:event-bus/orders"]
    assert found[0].context == {
        "events:source": "shop", "events:detail-type": "sold", "events:eventBusInvocation": "false",
    }  # fmt: skip
    assert found[1].context["events:source"] == "aws.fake"


def test_another_accounts_bus_is_named_by_its_arn():
    theirs = f"{EVENTS}:event-bus/default".replace(HOME, SECOND)
    (ask,) = asks("events", "PutEvents", Entries=[{"Source": "shop", "EventBusName": theirs}])
    assert (ask.resource, ask.account) == (theirs, SECOND)
    with pytest.raises(NotModelled):
        asks("events", "PutEvents", Entries=[{"Source": "shop", "EventBusName": theirs}, {"Source": "shop"}])


def test_a_bus_is_asked_for_by_the_name_that_moto_reads():
    (ask,) = asks("events", "PutEvents", Entries=[{"Source": "shop", "EventBusName": "allowed/secret"}])
    assert ask.resource == f"{EVENTS}:event-bus/secret"


def test_rules_of_the_default_bus_and_of_others():
    (ask,) = asks("events", "DescribeRule", Name="nightly")
    assert (ask.type, ask.resource) == ("rule-on-default-event-bus", f"{EVENTS}:rule/nightly")
    (ask,) = asks("events", "DescribeRule", Name="nightly", EventBusName="orders")
    assert (ask.type, ask.resource) == ("rule-on-custom-event-bus", f"{EVENTS}:rule/orders/nightly")
    (ask,) = asks("events", "TagResource", ResourceARN=f"{EVENTS}:rule/orders/nightly", Tags=[])
    assert ask.type == "rule-on-custom-event-bus"


def test_a_rules_pattern_and_creator_show():
    pattern = {"source": ["aws.s3"], "detail-type": [{"prefix": "Object"}], "detail": {"service": ["EC2"]}}
    (ask,) = asks("events", "PutRule", Name="nightly", EventPattern=json.dumps(pattern))
    assert ask.context == {
        "events:creatorAccount": HOME, "events:source": ["aws.s3"], "events:detail.service": ["EC2"],
    }  # fmt: skip
    for broken in ("{", "[]", "7"):
        assert asks("events", "PutRule", Name="nightly", EventPattern=broken)[0].context == {
            "events:creatorAccount": HOME
        }


def test_targets_show_and_their_roles_are_passed():
    arn = role("deliverer")
    targets = [{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:111122223333:q"},
               {"Id": "2", "Arn": "arn:aws:kinesis:us-east-1:111122223333:stream/s", "RoleArn": arn}]  # fmt: skip
    found = asks("events", "PutTargets", Rule="nightly", Targets=targets)
    assert pairs(found) == [("events:PutTargets", f"{EVENTS}:rule/nightly"), ("iam:PassRole", arn)]
    assert found[0].context["events:TargetArn"] == [target["Arn"] for target in targets]
    assert found[1].context["iam:PassedToService"] == "events.amazonaws.com"


def test_an_archive_is_asked_for_with_its_bus():
    found = asks("events", "CreateArchive", ArchiveName="all", EventSourceArn=f"{EVENTS}:event-bus/default")
    assert [ask.type for ask in found] == ["archive", "event-bus"]


def test_a_buss_policy_holds_for_its_rules_too():
    bus = of("events")._get_event_bus("default")
    bus.add_permission("other", "events:PutEvents", {"AWS": f"arn:aws:iam::{SECOND}:root"}, None)
    document = policy_of("events", Ask("events:PutEvents", f"{EVENTS}:event-bus/default", "event-bus"))
    assert json.loads(document)["Statement"][0]["Action"] == "events:PutEvents"
    rule = Ask("events:PutRule", f"{EVENTS}:rule/nightly", "rule-on-default-event-bus")
    assert policy_of("events", rule) == document
