"""Rules in any of the three languages, and SigmaHQ's rules about CloudTrail."""

from __future__ import annotations

import pytest

from labs_helpers.engine.detection import RuleError, read_rule
from tests.engine.detection.sigma_vectors import needs_rules, texts


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("  {}", None),
        ('{"source": ["aws.iam"]}', "EventBridge"),
        ("-- who?\n\nselect eventID from trail", "SQL"),
        ("detection:\n  s:\n    a: x\n  condition: s", "Sigma"),
    ],
)
def test_the_text_tells_the_language(text, language):
    if language is None:
        with pytest.raises(RuleError, match="Empty objects are not allowed"):
            read_rule(text)
    else:
        assert read_rule(text).language == language


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" \n", "the rule is empty"),
        (12, "not int"),
        ("a" * 20_001, "20,001 characters"),
        ({"source": {1, 2}}, "isn't JSON"),
        ("a\0b", "isn't valid YAML"),
        ("a: 1\n---\nb: 2", "expected a single document in the stream, but found another document"),
        ("a\ud800b", "isn't valid YAML"),
        ("a: " + "[" * 9_000, "Line 1, column 54: there are more than 50 levels of brackets"),
        ("a: " + "{a: " * 4_000, "there are more than 50 levels of brackets"),
    ],
    ids=["empty", "number", "long", "set", "NUL", "documents", "surrogate", "lists", "mappings"],
)
def test_what_is_no_rule_is_rejected(text, problem):
    with pytest.raises(RuleError) as caught:
        read_rule(text)
    assert problem in str(caught.value)


@needs_rules
def test_all_57_rules_of_sigmahq_can_be_read():
    rules = {name: read_rule(text) for name, text in texts().items()}
    assert len(rules) == 57
    assert {
        name for name, rule in rules.items() if not {"title", "id", "author"} <= rule.about.keys()
    } == set()
