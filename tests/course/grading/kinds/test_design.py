"""What is shown of a design can be pasted, and fits on a page of paper."""

from __future__ import annotations

import ast

import pytest

from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds.design import Design

DESIGNS = [each for each in load(6).values() if isinstance(each, Design)]


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.id)
def test_what_is_shown_is_the_answer(design):
    for answer in (design.solution, design.starter):
        assert ast.literal_eval(design.solution_as(answer)) == answer


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.id)
def test_no_line_is_indented_out_of_the_page(design):
    """A line may be longer than the page by a text that can't be broken, not by what stands before it."""
    lines = design.solution_as(design.solution).splitlines()
    assert max(len(line) - len(line.lstrip()) for line in lines) <= 30
