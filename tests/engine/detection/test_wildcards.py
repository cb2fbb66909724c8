"""Wildcards in rules: they match as a plain search does, and many of them need no more time than few."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs_helpers.engine.detection import read_rule
from labs_helpers.engine.detection.event_patterns import pattern
from labs_helpers.engine.detection.wildcards import with_gaps


@given(st.lists(st.text("ab.", max_size=3), min_size=1, max_size=5), st.text("ab", max_size=8))
def test_the_first_place_of_each_piece_is_enough(pieces, text):
    assert bool(re.fullmatch(with_gaps(pieces), text)) == bool(re.fullmatch(".*".join(pieces), text))


MANY = "*a" * 30 + "*b"
"""With backtracking, this pattern would take longer than the age of the universe for the text below."""
LONG = "a" * 3_000


@pytest.mark.parametrize(
    "field", ["eventName", "eventName|contains", "eventName|startswith", "eventName|endswith"]
)
def test_many_wildcards_in_a_sigma_rule_end(field):
    rule = read_rule(f"title: t\ndetection:\n  s:\n    {field}: '{MANY}'\n  condition: s\n")
    assert rule.hits([{"eventName": LONG}, {"eventName": f"{LONG}b"}]) == [{"eventName": f"{LONG}b"}]


def test_many_wildcards_in_an_event_pattern_end():
    compiled = pattern.compiled({"a": [{"wildcard": MANY}]})
    assert not compiled.matches({"a": LONG})
    assert compiled.matches({"a": f"{LONG}b"})
