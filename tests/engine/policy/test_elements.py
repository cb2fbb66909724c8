from __future__ import annotations

from labs_helpers.engine.policy.elements import (
    actions,
    as_list,
    principals,
    resources,
    statements_of,
    strings,
)

STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "a:b", "Resource": "*"}


def test_statements_and_their_lists_are_read_in_every_form():
    (one,) = statements_of({"Statement": STATEMENT})
    assert (actions(one), resources(one)) == (["a:b"], ["*"])
    assert actions({"NotAction": ["a:b"]}) == ["a:b"]
    assert resources({"NotResource": "*"}) == []


def test_principals_are_read_with_their_types():
    assert principals(STATEMENT) == [("*", "*")]
    named = {"AWS": ["1", "2"], "Service": "s"}
    assert principals({"NotPrincipal": named}) == [("AWS", "1"), ("AWS", "2"), ("Service", "s")]
    assert principals({}) == []


def test_a_single_value_is_a_list_of_one():
    assert [as_list(each) for each in (["a"], "a", None, {"b": 1})] == [["a"], ["a"], [], [{"b": 1}]]


def test_what_is_no_string_is_left_out_of_the_strings():
    assert [strings(each) for each in (["a", 1, None], "a", None, {"b": 1})] == [["a"], ["a"], [], []]
