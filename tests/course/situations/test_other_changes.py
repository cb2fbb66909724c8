"""A thing that is new, gone, or different is a fault, unless the exercise allows it."""

from __future__ import annotations

import pytest

from labs_helpers.cloud import Thing
from labs_helpers.course.grading.kinds.repair import Changes
from labs_helpers.course.situations.other_changes import faults

KEY, OTHER = Thing("KMS key", "arn:1", "on"), Thing("KMS key", "arn:2", "on")


def told(before, now, **allowed):
    return [(fault.story, fault.clauses) for fault in faults(before, now, Changes(**allowed))]


@pytest.mark.parametrize(
    ("now", "story"),
    [
        ([KEY], None),
        ([KEY, OTHER], "The KMS key arn:2 is new, which is more than the task asks for."),
        ([], "The KMS key arn:1 is gone, which the task doesn't ask for."),
        ([KEY._replace(settings="off")], "The KMS key arn:1 was changed, which the task doesn't ask for."),
    ],
)
def test_what_isn_t_as_it_was_is_told(now, story):
    assert told([KEY], now) == ([] if story is None else [(story, ())])


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ([KEY, OTHER], {"new": ["KMS key *"]}),
        ([], {"gone": ["KMS key arn:1"]}),
        ([KEY._replace(settings="off")], {"changed": ["KMS key arn:?"]}),
    ],
)
def test_what_an_exercise_allows_is_no_fault_in_that_direction_only(now, allowed):
    assert told([KEY], now, **allowed) == []
    assert told(now, [KEY], **allowed) != [] or "changed" in allowed


def test_a_resource_s_policy_comes_and_goes_with_it():
    policy = Thing("policy of", "arn:2", "text")
    assert len(told([KEY], [KEY, OTHER, policy])) == 1
    assert len(told([KEY, OTHER, policy], [KEY, OTHER])) == 1


def test_a_user_s_keys_go_with_the_user_but_not_before():
    user, key = Thing("user", "arn:4"), Thing("access key", "AKIA of arn:4", "Active")
    assert len(told([user, key], [])) == len(told([user, key], [user])) == 1
    assert told([user], [user, key]) == []


def test_a_new_snapshot_gives_nobody_anything_until_it_is_shared():
    snapshot, share = Thing("snapshot", "arn:5"), Thing("share with", "444455556666 of arn:5")
    assert told([], [snapshot]) == []
    assert len(told([], [snapshot, share])) == 1


def test_what_gives_nobody_anything_can_be_new_but_not_be_gone():
    group = Thing("group", "arn:3")
    assert told([], [group]) == []
    assert len(told([group], [])) == 1


def test_a_change_breaks_the_clause_of_the_first_pattern_that_matches():
    clauses = {"KMS key arn:2": 4, "KMS key *": 6}
    assert [number for _, number in told([], [KEY, OTHER], clauses=clauses)] == [(6,), (4,)]


def test_what_must_exist_is_told_in_the_exercise_s_words():
    there = {"alias arn:4": "There is no alias."}
    assert told([], [], there=there, clauses={"alias *": 2}) == [("There is no alias.", (2,))]
    assert told([], [Thing("alias", "arn:4")], there=there) == []
