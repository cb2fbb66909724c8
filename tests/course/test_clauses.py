"""Every requirement of a task is tested: each clause has a request that tests it, and a wrong answer that breaks it.
test_proof grades these answers, and verifies that they break the expected clauses.
"""

from __future__ import annotations

import re

import pytest

from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.grading.kinds.boundary import Boundary
from labs_helpers.course.grading.kinds.choices import Choices
from labs_helpers.course.grading.kinds.hunt import Hunt
from labs_helpers.course.grading.kinds.predictions import Predictions
from labs_helpers.course.situations.faults import clause_numbers
from tests.course.grading_page import tried_with
from tests.course.proof import EXERCISES

ITEMS = (Choices, Predictions, Boundary, Hunt)
"""Kinds whose task has one clause per item: each item has its own right and wrong answers."""
WITH_CLAUSES = [exercise for exercise in EXERCISES if exercise.clauses]
each_with_clauses = pytest.mark.parametrize("exercise", WITH_CLAUSES, ids=lambda exercise: exercise.id)


def test_every_exercise_has_clauses_but_those_of_items() -> None:
    without = {each.id for each in EXERCISES if not each.clauses and not isinstance(each, ITEMS)}
    assert without == set()


@each_with_clauses
def test_the_situation_has_no_numbers_of_its_own(exercise: Exercise) -> None:
    assert not re.search(r"\(\d\)", exercise.prompt)


@each_with_clauses
def test_a_sentence_about_the_situation_and_one_about_the_work_come_before_the_clauses(
    exercise: Exercise,
) -> None:
    assert len(re.findall(r"[.?!]”?(?:\s|$)", exercise.prompt)) <= 2


@each_with_clauses
def test_every_test_of_an_answer_belongs_to_a_clause(exercise: Exercise) -> None:
    assert [story for story, clauses in tried_with(exercise) if not clauses] == []
    named = {number for _, clauses in tried_with(exercise) for number in clauses}
    assert named <= set(range(1, len(exercise.clauses) + 1))


@each_with_clauses
def test_every_clause_is_broken_by_a_wrong_answer(exercise: Exercise) -> None:
    broken = {number for listed in exercise.wrong for number in clause_numbers(listed.breaks)}
    assert set(range(1, len(exercise.clauses) + 1)) - broken == set()
