"""The authorization of CloudTrail, Access Analyzer, and IAM Toolbox calls."""

from __future__ import annotations

import pytest

from labs_helpers.cloud.moto import backends, hooks
from tests.cloud.services import tables
from tests.cloud.services.tables import HOME, REGION, pairs

TRAIL = f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/audit"
STORE = f"arn:aws:cloudtrail:{REGION}:{HOME}:eventdatastore/11111111-2222-3333-4444-555555555555"
ROLE = f"arn:aws:iam::{HOME}:role/logs"
ANALYZER = f"arn:aws:access-analyzer:{REGION}:{HOME}:analyzer/main"


@pytest.fixture(autouse=True)
def _empty_cloud():
    hooks.reset(7)


@pytest.mark.parametrize("name", ["audit", TRAIL])
def test_a_trail_is_asked_about_by_arn_however_it_is_named(name):
    assert pairs(tables.asks("cloudtrail", "StopLogging", Name=name)) == [("cloudtrail:StopLogging", TRAIL)]
    assert pairs(tables.asks("cloudtrail", "PutEventSelectors", TrailName=name)) == [
        ("cloudtrail:PutEventSelectors", TRAIL)
    ]


def test_a_trail_with_tags_and_a_role_asks_for_both():
    found = tables.asks(
        "cloudtrail", "CreateTrail", Name="audit", S3BucketName="b", TagsList=[{"Key": "a", "Value": "b"}],
        CloudWatchLogsRoleArn=ROLE,
    )  # fmt: skip
    assert pairs(found) == [
        ("cloudtrail:CreateTrail", TRAIL),
        ("cloudtrail:AddTags", TRAIL),
        ("iam:PassRole", ROLE),
    ]
    assert found[0].context == {"aws:RequestTag/a": "b", "aws:TagKeys": ["a"]}
    assert found[2].context == {
        "iam:PassedToService": "cloudtrail.amazonaws.com", "iam:AssociatedResourceArn": TRAIL
    }  # fmt: skip


def test_reading_events_has_no_resource():
    assert pairs(tables.asks("cloudtrail", "LookupEvents")) == [("cloudtrail:LookupEvents", "*")]


def test_tags_ask_by_the_arn_and_all_of_a_list():
    (ask,) = tables.asks("cloudtrail", "AddTags", ResourceId=TRAIL, TagsList=[{"Key": "a", "Value": "b"}])
    assert (ask.type, ask.resource) == ("trail", TRAIL)
    found = tables.asks("cloudtrail", "ListTags", ResourceIdList=[STORE, TRAIL, "odd"])
    assert [(ask.type, ask.resource) for ask in found] == [
        ("trail", TRAIL),
        (None, STORE),
        (None, "odd"),
    ]


def test_tags_of_a_trail_reach_conditions():
    backends.backend("cloudtrail", HOME, REGION).add_tags(TRAIL, [{"Key": "team", "Value": "sec"}])
    table = tables.table("cloudtrail")
    call = tables.call("cloudtrail", "DeleteTrail", {"Name": "audit"})
    assert table.tags(call, table.asks(call)[0]) == {"team": "sec"}


def test_insights_metrics_are_linked_to_lookup_events():
    assert [ask.action for ask in tables.asks("cloudtrail", "ListInsightsMetricData", EventName="x")] == [
        "cloudtrail:LookupEvents"
    ]
    found = tables.asks("cloudtrail", "ListInsightsMetricData", TrailName="audit")
    assert pairs(found)[1] == ("cloudtrail:ListInsightsData", TRAIL)


def test_findings_of_the_second_version_ask_for_the_first_ones_action():
    assert pairs(tables.asks("accessanalyzer", "ListFindingsV2", analyzerArn=ANALYZER)) == [
        ("access-analyzer:ListFindings", ANALYZER)
    ]
    assert pairs(tables.asks("accessanalyzer", "GetFindingV2", analyzerArn=ANALYZER, id="f")) == [
        ("access-analyzer:GetFinding", ANALYZER)
    ]


def test_an_analyzer_is_asked_about_by_arn_and_its_rules_below_it():
    created = tables.asks(
        "accessanalyzer", "CreateAnalyzer", analyzerName="main", type="ACCOUNT", tags={"a": "b"}
    )
    assert pairs(created) == [
        ("access-analyzer:CreateAnalyzer", ANALYZER),
        ("access-analyzer:TagResource", ANALYZER),
    ]
    (rule,) = tables.asks("accessanalyzer", "CreateArchiveRule", analyzerName="main", ruleName="r", filter={})
    assert rule.resource == f"{ANALYZER}/archive-rule/r"


def test_policy_checks_have_no_resource_and_generation_passes_its_role():
    assert pairs(tables.asks("accessanalyzer", "ValidatePolicy", policyDocument="{}")) == [
        ("access-analyzer:ValidatePolicy", "*")
    ]
    found = tables.asks("accessanalyzer", "StartPolicyGeneration", cloudTrailDetails={"accessRole": ROLE})
    assert pairs(found)[1] == ("iam:PassRole", ROLE)


def test_toolbox_asks_for_actions_of_iam():
    assert pairs(tables.asks("iam_toolbox", "GetRequestAuthorizationDetails", authorizationId="a")) == [
        ("iam:GetRequestAuthorizationDetails", "*")
    ]
