"""docs/detections.md: it names every attack and the rules' license, and shows what the packs and rules give today."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.packs import load_pack, pack_names
from tests.detections import page
from tests.detections.rules import UNREACHABLE, metric_filters, sigma
from tests.engine.detection.sigma_vectors import needs_rules


def test_the_page_has_a_row_for_each_attack():
    text = page.PAGE.read_text(encoding="utf-8")
    for name in pack_names():
        assert f"| **{name}**: {load_pack(name).title} |" in text
    assert "Detection Rule License 1.1" in text
    assert "## Which calls are legitimate" in text


def test_a_metric_filter_matches_by_name_only():
    rule = metric_filters()["CloudWatch.10"]
    records = [{"eventName": "AuthorizeSecurityGroupIngress"}, {"eventName": "ModifySecurityGroupRules"}]
    assert rule.hits(records) == records[:1]


@needs_rules
def test_the_filter_of_a_rule_that_is_to_be_checked_never_filters():
    own = {
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateAccessKey",
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/pia", "userName": "pia"},
        "responseElements": {"accessKey": {"userName": "pia"}},
    }
    assert sigma()["aws_iam_backdoor_users_keys"].hits([own]) == [own]
    assert UNREACHABLE.keys() <= sigma().keys()


@pytest.mark.slow
@needs_rules
def test_the_page_shows_what_the_rules_do_today():
    with Cloud(seed=1) as cloud:
        assert page.page(cloud) == page.PAGE.read_text(encoding="utf-8")


def test_the_filters_are_those_of_the_benchmark():
    filters = json.loads(
        (page.PAGE.parents[1] / "tests" / "detections" / "cis.json").read_text(encoding="utf-8")
    )
    assert [each["id"] for each in filters["filters"]] == [f"CloudWatch.{number}" for number in range(1, 15)]
