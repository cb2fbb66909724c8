"""Edits in a draft: by path, into dicts and into lists of statements."""

from __future__ import annotations

import copy

import pytest

from labs_helpers.course.grading.drafts import decided, edited, part_at

DRAFT = {"scps": {"Guard": {"Statement": [{"Sid": "One", "Action": "s3:*"}, {"Action": "sqs:*"}]}}}
STATEMENTS = "scps/Guard/Statement"


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (f"{STATEMENTS}/One/Action", "s3:*"),
        (f"{STATEMENTS}/1/Action", "sqs:*"),
        ("scps/Guard/Statement/0/Sid", "One"),
    ],
)
def test_a_path_leads_by_keys_sids_and_places(path, part):
    assert part_at(DRAFT, path) == part


@pytest.mark.parametrize("path", ["rcps", f"{STATEMENTS}/Two", f"{STATEMENTS}/5", f"{STATEMENTS}/One/Effect"])
def test_a_path_that_leads_nowhere_is_refused(path):
    with pytest.raises(LookupError):
        part_at(DRAFT, path)


def test_an_edit_replaces_adds_and_removes_and_leaves_the_draft_as_it_was():
    before = copy.deepcopy(DRAFT)
    puts = {f"{STATEMENTS}/One/Action": "s3:Get*", f"{STATEMENTS}/Two": {"Sid": "Two"}, "about": None}
    changed = edited(DRAFT, puts, drops=[f"{STATEMENTS}/1"])
    assert part_at(changed, STATEMENTS) == [{"Sid": "One", "Action": "s3:Get*"}, {"Sid": "Two"}]
    assert changed["about"] is None
    assert before == DRAFT


def test_decisions_are_edits_and_an_unknown_word_is_refused():
    decisions = [{"name": "s3", "options": {"a": {}, "b": {"puts": {f"{STATEMENTS}/One/Action": "s3:Get*"}}}}]
    assert decided(DRAFT, decisions, {"s3": "a"}) == DRAFT
    assert part_at(decided(DRAFT, decisions, {"s3": "b"}), f"{STATEMENTS}/One/Action") == "s3:Get*"
    for words in ({"s3": "c"}, {}):
        with pytest.raises(LookupError):
            decided(DRAFT, decisions, words)
