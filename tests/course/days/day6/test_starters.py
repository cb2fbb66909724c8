"""A starter is close to the solution, and the check finds each of its holes, so that every hole has a purpose."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator
from typing import Any

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6.own_company import step_ids
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade

STEPS = {id: load(6)[id] for id in step_ids().values()}
"""The exercises that change the company."""
MISSING = object()
Place = tuple[Any, ...]


def named(part: Any) -> dict[Any, Any]:
    """Return the members of a dict, or the statements of a list by Sid."""
    if isinstance(part, dict):
        return part
    return {each.get("Sid", number): each for number, each in enumerate(part)}


def has_statements(part: Any) -> bool:
    return isinstance(part, list) and all(isinstance(each, dict) and "Effect" in each for each in part)


def holes(starter: Any, solution: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the paths at which a starter differs from the solution, as close to the leaves as there are keys."""
    if type(starter) is type(solution) and (
        isinstance(starter, dict) or (solution and has_statements(solution))
    ):
        mine, right = named(starter), named(solution)
        if place[-1:] == ("Condition",):
            yield from [place] if mine != right else []
            return
        for name in {**mine, **right}:
            yield from holes(mine.get(name, MISSING), right.get(name, MISSING), (*place, name))
    elif starter is not solution and starter != solution:
        yield place


def with_hole(solution: Any, starter: Any, place: Place) -> Any:
    """Return the solution with the starter's value at one path."""
    name, *rest = place
    mine, right = named(starter), dict(named(solution))
    if not rest and name not in mine:
        right.pop(name, None)
    else:
        right[name] = with_hole(right[name], mine[name], tuple(rest)) if rest else mine[name]
    return right if isinstance(solution, dict) else list(right.values())


def begun(id: str) -> tuple[Any, Any]:
    """Return what a learner begins with (a starter or a colleague's draft), and the result of the solution."""
    exercise = STEPS[id]
    return getattr(exercise, "draft", exercise.starter), exercise.changes(exercise.solution)


@pytest.mark.parametrize("id", STEPS)
def test_a_starter_is_at_most_thirty_lines_from_the_solution(id):
    """Added and removed lines are counted, as the exercise prints them."""
    written = [STEPS[id].solution_as(each).splitlines() for each in begun(id)]
    changed = [line for line in difflib.ndiff(*written) if line[0] in "+-"]
    assert 0 < len(changed) <= 30


@pytest.mark.parametrize("id", STEPS)
def test_the_holes_of_a_starter_are_all_that_is_wrong_with_it(id):
    starter, solution = begun(id)
    found = list(holes(starter, solution))
    filled = copy.deepcopy(starter)
    for place in found:
        filled = with_hole(filled, solution, place)
    assert list(holes(filled, solution)) == []
    assert 3 <= len(found) <= 9


@pytest.mark.slow
@pytest.mark.parametrize("id", STEPS)
def test_each_hole_of_a_starter_is_refused(id):
    starter, solution = begun(id)
    with Cloud(seed=6) as cloud:
        for place in holes(starter, solution):
            result = grade(STEPS[id], copy.deepcopy(with_hole(solution, starter, place)), cloud)
            assert not result.passed, place
