"""Event patterns: which events match, and which patterns AWS refuses.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.engine.detection.event_patterns import InvalidPattern, pattern_in, read

CASES = json.loads(Path(__file__).with_name("event_patterns.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["matches"], ids=lambda case: case["says"])
def test_an_event_matches_as_the_guide_says(case):
    assert pattern_in(json.dumps(case["pattern"])).matches(read(json.dumps(case["event"]))) is case["result"]


@pytest.mark.parametrize("case", CASES["invalid"], ids=lambda case: case["pattern"])
def test_a_pattern_that_is_not_valid_is_refused(case):
    with pytest.raises(InvalidPattern) as refused:
        pattern_in(case["pattern"])
    assert case["reason"] in str(refused.value)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5_000 + "[1]" + "}" * 5_000])
def test_a_text_of_endless_depth_is_refused(text):
    with pytest.raises(InvalidPattern):
        pattern_in(text)


def test_numbers_keep_their_text_beyond_what_is_compared():
    """An account number is no number to compare: only the same text matches."""
    assert pattern_in('{"a": [111122223333]}').matches(read('{"a": 111122223333}'))
    assert not pattern_in('{"a": [111122223333]}').matches(read('{"a": 111122223333.0}'))
