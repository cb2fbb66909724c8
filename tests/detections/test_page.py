"""docs/detections.md: it names every attack and the rules' license, and shows what the packs and rules give today."""

from __future__ import annotations

import json
import re

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.packs import load_pack, pack_names
from tests.detections import page
from tests.detections.rules import UNREACHABLE, metric_filters, sigma
from tests.detections.silent import BY_HAND, why
from tests.engine.detection.sigma_vectors import needs_rules


def test_the_page_has_a_row_for_each_attack():
    text = page.PAGE.read_text(encoding="utf-8")
    for name in pack_names():
        assert f"| **{name}**: {load_pack(name).title} |" in text
    assert "Detection Rule License 1.1" in text
    assert "## Which calls are legitimate" in text


def test_the_page_has_a_row_for_each_rule():
    text = page.PAGE.read_text(encoding="utf-8")
    section = text.partition("## SigmaHQ's rules\n")[2].partition("\n## ")[0]
    ids = re.findall(r"^\| .* \(`([0-9a-f-]{36})`\) \| ", section, re.MULTILINE)
    assert len(ids) == len(set(ids))
    assert f"/sigma) {len(ids)} rules about" in " ".join(text.split())


@needs_rules
def test_each_public_rule_is_on_the_page():
    text = page.PAGE.read_text(encoding="utf-8")
    assert [rule.title for rule in sigma().values() if f"(`{rule.about['id']}`) | `" not in text] == []
    assert BY_HAND.keys() <= sigma().keys()


RULE = "detection: {selection: {eventSource: [%s], eventName: [%s]}, condition: selection}"


@pytest.mark.parametrize(
    ("source", "events", "reason"),
    [
        ("ses.amazonaws.com", "DeleteIdentity", "The cloud doesn't support `ses.amazonaws.com`."),
        ("rds.amazonaws.com", "ModifyDBCluster", "The cloud doesn't support `ModifyDBCluster`."),
        ("ec2.amazonaws.com", "CreateRoute, CreateVpc", "No attack calls `CreateRoute` or `CreateVpc`."),
    ],
)
def test_the_reason_for_silence_is_read_off_the_rule_and_the_calls(source, events, reason):
    assert why("any", RULE % (source, events), {"StopLogging"}) == reason


def test_a_rule_that_is_silent_although_its_events_occur_needs_a_reason_by_hand():
    with pytest.raises(ValueError, match=r"silent although StopLogging occurs: say why in silent\.json"):
        why("any", RULE % ("cloudtrail.amazonaws.com", "StopLogging"), {"StopLogging"})


def test_forms_whose_names_contain_commas_can_be_told_apart():
    forms = load_pack("open-port-22").forms
    with_commas = [form.form for form in forms if "," in form.form]
    assert with_commas, "otherwise a comma would do"
    assert all(";" not in form.form for name in pack_names() for form in load_pack(name).forms)
    assert page._grouped([("open-port-22", name) for name in with_commas[:2]]) == (
        f"**open-port-22** ({with_commas[0]}; {with_commas[1]})"
    )


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
