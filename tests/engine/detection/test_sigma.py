"""Sigma: which records match, and what is rejected, by name and with its place.

https://sigmahq.io/sigma-specification/specification/sigma-rules-specification.html
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from labs_helpers.engine.detection import RuleError, read_rule, sigma_rule

CASES = json.loads(Path(__file__).with_name("sigma.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["matches"], ids=lambda case: case["says"])
def test_a_record_matches_as_the_specification_says(case):
    rule = sigma_rule(yaml.safe_dump({"detection": case["detection"]}))
    assert bool(rule.hits([case["record"]])) is case["result"]


@pytest.mark.parametrize("case", CASES["rejected"], ids=lambda case: case["says"])
def test_what_is_not_supported_is_rejected_with_its_place(case):
    with pytest.raises(RuleError, match=r"^Line \d") as caught:
        read_rule(case["text"])
    assert case["problem"] in caught.value.problem
    assert (caught.value.line, caught.value.column) == (case["line"], case["column"])


def test_a_rule_keeps_what_it_states_about_itself():
    text = "title: Trail stopped\nauthor: Ada\nlicense: DRL 1.1\ndetection:\n  s:\n    a.b: 1\n  condition: s"
    rule = sigma_rule(text)
    assert rule.about == {"title": "Trail stopped", "author": "Ada", "license": "DRL 1.1"}
    assert (rule.title, rule.asks) == ("Trail stopped", ("a.b",))
