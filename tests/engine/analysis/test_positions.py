"""Where the parts of a JSON text stand, and which texts are no JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs_helpers.engine.analysis.positions import MAX_DEPTH, JsonFault, Position, positions

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def paths(value, path=()):
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from paths(item, (*path, step))


@given(value=values, indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_each_part_is_found_again_in_the_text(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = positions(text)
    assert found.value == json.loads(text)
    for path, part in paths(value):
        span = found.span(path)
        assert json.loads(text[span.start.offset : span.end.offset]) == part
        if path and isinstance(path[-1], str):
            key = found.key_span(path)
            assert json.loads(text[key.start.offset : key.end.offset]) == path[-1]


@given(text=st.text(alphabet='{}[]":,0truefalsn\\ \n', max_size=30))
def test_it_takes_what_json_takes(text):
    try:
        expected = json.loads(text)
    except json.JSONDecodeError:
        with pytest.raises(JsonFault):
            positions(text)
    else:
        assert positions(text).value == expected


def test_lines_and_columns():
    found = positions('{\r\n "a": [1,\n  "é😀"]\n}')
    assert found.span(("a", 1)).start == Position(3, 2, 15)
    assert found.key_span(("a",)).start == Position(2, 1, 4)
    assert found.span(()).end == Position(4, 1, 22)
    assert ("a", 1) in found
    assert ("a", 2) not in found
    for path in (("b",), ("a", "x"), ("a", 0, 0), ("a", -1)):
        with pytest.raises(KeyError):
            found.span(path)
    with pytest.raises(KeyError):
        found.key_span(("a", 0))


def test_of_a_key_given_twice_the_last_counts():
    found = positions('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}')
    assert found.span(("a",)).start.offset == 37
    assert sorted((path, member.start) for path, member in found.duplicates()) == [
        (("a",), 32),
        (("b", "c"), 23),
    ]


@pytest.mark.parametrize(
    "text", ["", " ", "{", '{"a"', '{"a":', '{"a":1,}', "[1,]", "[1 2]", "nul", "NaN", "-", "01", '"\x00"', '"a',
             "{}{}", "[" * 100_000, '{"a":' * 100_000, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "9" * 5000]
)  # fmt: skip
def test_faults_have_a_place(text):
    with pytest.raises(JsonFault) as caught:
        positions(text)
    assert caught.value.message
    assert 0 <= caught.value.position.offset <= len(text)
