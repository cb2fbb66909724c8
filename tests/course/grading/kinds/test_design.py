"""The shown parts of a design can be pasted, and fit on a printed page."""

from __future__ import annotations

import ast

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds.design import Design

EXERCISES = load(6)
DESIGNS = [each for each in EXERCISES.values() if isinstance(each, Design)]


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.id)
def test_what_is_shown_is_the_answer(design):
    for answer in (design.solution, design.starter):
        assert ast.literal_eval(design.solution_as(answer)) == answer


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.id)
def test_no_line_is_indented_out_of_the_page(design):
    """A line can be longer than the page because of text that can't be broken, but not because of what precedes it."""
    lines = design.solution_as(design.solution).splitlines()
    assert max(len(line) - len(line.lstrip()) for line in lines) <= 30


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


def refused(id: str, refused_for: str, cloud: Cloud) -> dict[int, bool | None]:
    """Return the message about each clause for a listed wrong answer."""
    answer = next(each.answer for each in EXERCISES[id].wrong if each.refused_for == refused_for)
    return {clause.number: clause.holds for clause in grade(EXERCISES[id], answer, cloud).clauses}


def test_an_answer_that_allows_too_much_breaks_the_clause_that_limits_it(cloud):
    told = refused("6.1", "builds.larkspur.example:sub = repo:larkspur/shop:x", cloud)
    assert [number for number, holds in told.items() if holds is False] == [4, 8]
    assert told[7] is True


def test_where_no_clause_limits_the_request_no_clause_is_said_to_hold(cloud):
    told = refused("6.6", "AWSReservedSSO_Night", cloud)
    assert told.pop(8) is False
    assert set(told.values()) == {None}


def test_where_a_design_could_not_be_tested_no_clause_is_said_to_hold(cloud):
    told = {
        each.number: each.holds for each in grade(EXERCISES["6.2"], EXERCISES["6.2"].starter, cloud).clauses
    }
    assert told.pop(6) is False
    assert set(told.values()) == {None}


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.id)
def test_every_limit_is_a_clause_other_than_the_one_about_everything_else(design):
    assert design.limits
    assert {each.clause for each in design.limits} <= set(range(1, len(design.clauses) + 1)) - {design.beyond}
