"""Decisions about a colleague's draft: they build a company, and are graded by what the company allows and denies."""

from __future__ import annotations

from collections import Counter

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.own_company import compose
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds.decided import Decided
from labs_helpers.course.shown.display import Page
from tests.course.proof import otherwise_decided

DECIDED = {id: each for id, each in load(6).items() if isinstance(each, Decided)}
each_decided = pytest.mark.parametrize("exercise", DECIDED.values(), ids=DECIDED)


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


def test_day_6_has_six_kinds_of_exercises():
    kinds = Counter(each.kind for each in load(6).values())
    assert kinds == {"design": 4, "review": 2, "holes": 2, "choices": 2, "findings": 1, "two_designs": 1}


@each_decided
def test_no_letter_is_a_habit_and_nothing_is_right_by_leaving_it(exercise):
    right = Counter(exercise.solution.values())
    assert max(right.values()) <= 2 / 3 * len(exercise.solution)
    assert len(set(exercise.starter.values())) == 1


@each_decided
def test_decisions_and_the_parts_that_they_make_are_the_same_answer(exercise):
    parts = exercise.changes(exercise.solution)
    assert exercise.changes(parts) == parts
    made = [compose({exercise.id: answer}, before=exercise.step + 1) for answer in (exercise.solution, parts)]
    assert made[0].design == made[1].design
    assert made[0].origin.yours == (exercise.step,)
    assert blueprint.steps()[exercise.step - 1].changes == parts


@each_decided
def test_too_few_decisions_build_nothing(exercise):
    name, *_ = exercise.solution
    for answer in ({}, {name: "?"}, {name: "nothing like it"}):
        with pytest.raises(ValueError, match="decision about each part"):
            exercise.changes(answer)
        assert compose({exercise.id: answer}).origin.unusable == (exercise.id,)


@each_decided
def test_every_part_and_every_option_is_shown(exercise):
    page = Page()
    exercise.show(page)
    for decision in exercise.decisions:
        assert decision.name in page.text
        assert all(
            option.says is None or f"{word}) " in page.text for word, option in decision.options.items()
        )
        if decision.record is not None and decision.shows:
            assert "The record\n" in page.text
        if len(decision.shows) > (decision.record is None):
            assert all(f"\n{path}\n" in page.text for path in decision.shows)
    assert "The whole draft" in page.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "0 of 9 decided. No decision yet: “boundary”, and 8 more."),
        ({"boundary": "accept", "trust": "?"}, "1 of 9 decided. No decision yet: “managed”, and 7 more."),
        ({"boundary": "perhaps"}, "'perhaps' isn't one of the options: accept, reject."),
        (
            {"boundary": "accept", "nonsense": "accept"},
            "'nonsense' isn't one of the parts: boundary, managed",
        ),
        ([], "a dict with your decision about each part"),
    ],
)
def test_an_unfinished_answer_is_no_attempt(cloud, answer, said):
    result = grade(DECIDED["6.1"], answer, cloud)
    assert not result.counts
    assert said in result.messages[0]


def test_capitals_and_spaces_don_t_matter(cloud):
    exercise = DECIDED["6.7"]
    shouted = {name: f" {word.upper()} " for name, word in exercise.solution.items()}
    assert exercise.changes(shouted) == exercise.changes(exercise.solution)
    assert grade(exercise, shouted, cloud).passed


def test_a_probe_with_the_same_result_in_both_designs_shows_nothing(cloud):
    exercise = DECIDED["6.5"]
    result = grade(exercise, {**exercise.solution, "app, shown by": "b"}, cloud)
    assert not result.passed
    assert result.counts
    assert "has the same result with both designs" in result.messages[0]
    assert all(clause.holds for clause in result.clauses)


@pytest.mark.slow
@each_decided
def test_every_other_decision_is_refused(exercise, cloud):
    for name, answer in otherwise_decided(exercise):
        assert not grade(exercise, answer, cloud).passed, name
