"""EventBridge patterns as rules over CloudTrail records.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

import json

import pytest

from labs_helpers.engine.detection import RuleError, event_rule, read_rule

RECORD = {
    "eventID": "1",
    "eventType": "AwsApiCall",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "AuthorizeSecurityGroupIngress",
    "requestParameters": {
        "ipPermissions": {
            "items": [
                {"fromPort": 443, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}},
                {"fromPort": 22, "ipRanges": {"items": [{"cidrIp": "203.0.113.0/24"}]}},
            ]
        }
    },
}


def pattern(port: int, network: str) -> dict:
    item = {"fromPort": [port], "ipRanges": {"items": {"cidrIp": [network]}}}
    return {"source": ["aws.ec2"], "detail": {"requestParameters": {"ipPermissions": {"items": item}}}}


def test_a_pattern_compares_the_fields_of_one_element():
    assert event_rule(pattern(443, "0.0.0.0/0")).hits([RECORD]) == [RECORD]
    assert event_rule(pattern(22, "0.0.0.0/0")).hits([RECORD]) == []


def test_text_and_dict_are_the_same_rule():
    rule = read_rule(json.dumps(pattern(22, "0.0.0.0/0")))
    assert rule.asks == event_rule(pattern(22, "0.0.0.0/0")).asks
    assert rule.asks[-1] == "requestParameters.ipPermissions.items.ipRanges.items.cidrIp"


def test_an_event_of_a_type_that_is_not_sent_never_matches():
    insight = {**RECORD, "eventType": "AwsCloudTrailInsight"}
    assert event_rule({"source": ["aws.ec2"]}).hits([insight]) == []


def test_alternatives_are_read():
    rule = event_rule({"detail": {"$or": [{"eventName": ["A"]}, {"errorCode": [{"exists": True}]}]}})
    assert rule.asks == ("eventName", "errorCode")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"detail": {"eventName": ["A"}}', "Line 1, column 30: the pattern isn't JSON"),
        ('{"detail": {"eventName": "A"}}', "must be an object or an array"),
        ('{"detail": {"eventName": [{"contains": "A"}]}}', "Unrecognized match type contains"),
        ('{"eventName": ["A"]}', 'no event has the member "eventName"'),
    ],
)
def test_a_pattern_that_can_not_match_is_rejected(text, problem):
    with pytest.raises(RuleError) as caught:
        read_rule(text)
    assert problem in str(caught.value)
