"""Items to sort: every wrong choice has a reason, and a check without a choice doesn't count as an attempt."""

from __future__ import annotations

import pytest

from labs_helpers.course.grading.grade import grade
from tests.course.invented import exercise

WORDS = {"aws": "AWS", "customer": "the customer", "shared": "both"}


def item(group, name, right, **why):
    return {"group": group, "item": name, "right": right, "why": why}


@pytest.fixture
def sorting():
    return exercise(kind="choices", choices=WORDS, items=[
        item("Lambda", "the runtime", ["shared"], aws="A runtime you pin is yours.", customer="AWS has part in it."),
        item("EC2", "the guest", ["customer"], aws="AWS can't log in.", shared="AWS has no part in it."),
        item(None, "the building", ["aws", "shared"], customer="Nobody lets you in."),
    ])  # fmt: skip


RIGHT = {"Lambda": {"the runtime": "shared"}, "EC2": {"the guest": "customer"}, "the building": "aws"}


def test_every_item_sorted_rightly_passes(sorting):
    assert grade(sorting, RIGHT).passed
    assert grade(sorting, RIGHT | {"the building": " Shared "}).passed


def test_each_wrong_cell_is_told_its_reason(sorting):
    result = grade(
        sorting, {"Lambda": {"the runtime": "aws"}, "EC2": {"the guest": "shared"}, "the building": "you"}
    )
    assert result.messages == (
        "Lambda: the runtime: not `aws`. A runtime you pin is yours.",
        "EC2: the guest: not `shared`. AWS has no part in it.",
        "the building: 'you' isn't one of the choices: aws, customer, shared.",
    )


def test_a_learner_who_began_is_told_how_it_goes_and_what_comes_next(sorting):
    result = grade(sorting, {"Lambda": {"the runtime": "shared"}})
    assert result.messages == ("Right so far: 1 of 1. No choice yet: “EC2: the guest”, and 1 more.",)


@pytest.mark.parametrize("answer", [None, 7, [], {}, {"Lambda": {"the runtime": "?"}}])
def test_what_is_not_sorted_yet_is_no_try(sorting, answer):
    result = grade(sorting, answer)
    assert not result.passed
    assert not result.counts


def test_an_item_that_there_is_not_is_named(sorting):
    assert "'the roof' isn't one of the items" in grade(sorting, {"the roof": "aws"}).messages[0]
    wrong = {"the Moon": {"the guest": "aws"}}, {"the guest": "aws"}
    of_a_group, out_of_its_group = (grade(sorting, each).messages[0] for each in wrong)
    assert of_a_group == "'the Moon' isn't one of the parts that `day.exercise` shows."
    assert out_of_its_group == "'the guest' belongs in a part, such as 'EC2', as `day.exercise` shows."


@pytest.mark.parametrize("word", [True, 7, ["aws", "customer"]])
def test_a_choice_that_is_not_a_word_is_named(sorting, word):
    (message,) = grade(sorting, RIGHT | {"the building": word}).messages
    assert f"{str(word).lower()!r} isn't one of the choices" in message


@pytest.mark.parametrize("items", [
    [item(None, "a", ["aws"], customer="x")], [item(None, "a", ["aws"], aws="x", customer="y", shared="z")],
])  # fmt: skip
def test_every_wrong_choice_needs_its_reason(items):
    other = item(None, "b", ["aws"], customer="x", shared="y")
    with pytest.raises(ValueError, match="name each choice once"):
        exercise(kind="choices", choices=WORDS, items=[*items, other])
