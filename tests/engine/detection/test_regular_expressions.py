"""Regular expressions in rules: one that could take hours is rejected when the rule is read."""

from __future__ import annotations

import re

import pytest

from labs_helpers.engine.detection import RuleError, read_rule
from labs_helpers.engine.detection.regular_expressions import SlowExpression, expression

SLOW = {
    "(a+)+b": "(a+)+",
    "(a*)*": "(a*)*",
    "((a+))*c": "((a+))*",
    "x(?:a|a)*b": "(?:a|a)*",
    "(?P<name>a?){30}": "(?P<name>a?){30}",
    "((a?){10}){10}": "((a?){10}){10}",
    "(.*x){3}": "(.*x){3}",
    "(a+(b)c)*?d": "(a+(b)c)*?",
    "(a{0,1000}){1,1000}": "(a{0,1000}){1,1000}",
    "(?x) (a+) +": "the flag x",
}
"""Expressions that could take hours, and the part that is the reason."""
FAST = (
    r'"Effect"\s*:\s*"Allow"[^{}]*"Action"\s*:\s*(\[[^\]]*)?"\*"',
    r"(\d{1,3}\.){3}\d{1,3}",
    r"^(arn:aws:(iam|sts)::)?(111122223333|444455556666)(:|$)",
    ".+:assumed-role/aws:.+",
    "(abc)+",
    r"\(a+\)+",
    "[(a+)+]+",
    "[^]()+]+",
    "(a{,5}){,2}",
    "a{}+",
    "(?i)a+(?#(b+)",
    "(?=a+)b",
    "(?P<one>a)(?P=one)+",
)


@pytest.mark.parametrize("text", SLOW)
def test_a_group_that_repeats_a_repetition_is_rejected_by_name(text):
    with pytest.raises(SlowExpression) as caught:
        expression(text)
    assert str(caught.value).startswith(SLOW[text])


@pytest.mark.parametrize("text", FAST)
def test_other_repetitions_are_compiled_as_python_does(text):
    assert expression(text) is expression(text)
    assert expression(text).pattern == re.compile(text).pattern


def test_a_rule_with_such_an_expression_is_rejected_with_its_place():
    sigma = "detection:\n  s:\n    userAgent|re:\n      - 'Boto3.*'\n      - '(a+)+b'\n  condition: s"
    with pytest.raises(RuleError, match=r"^Line 5, column 10: \(a\+\)\+ repeats"):
        read_rule(sigma)
    query = "SELECT eventID FROM trail\nWHERE userAgent REGEXP '(a+)+b'"
    with pytest.raises(RuleError, match=r"^Line 2, column 25: REGEXP: \(a\+\)\+ repeats"):
        read_rule(query)
    with pytest.raises(RuleError, match="REGEXP: "):
        read_rule("SELECT eventID FROM trail WHERE regexp('(a|a)*', userAgent)")


def test_an_expression_that_a_query_computes_is_rejected_when_it_runs():
    rule = read_rule("SELECT eventID FROM trail WHERE userAgent REGEXP '(a' || '+)+b'")
    with pytest.raises(RuleError, match="without a nested repetition"):
        rule.hits([{"eventID": "1", "userAgent": "aaa"}])
