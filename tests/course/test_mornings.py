"""The morning after a day: right answers hold, and an event shows what a wrong answer leaks or breaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from labs_helpers.course.content.loading import days, load_morning
from labs_helpers.course.content.schema import Event, Morning
from labs_helpers.course.grading import mornings
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Probed
from labs_helpers.course.situations.faults import clause_numbers
from labs_helpers.engine.policy import PolicyError

MORNINGS = [morning for day in days() if (morning := load_morning(day)) is not None]
TAKING_PART = [(morning, id) for morning in MORNINGS for id in mornings.exercises_of(morning)]
each_morning = pytest.mark.parametrize("morning", MORNINGS, ids=lambda morning: f"day {morning.day}")
each_exercise = pytest.mark.parametrize(("morning", "id"), TAKING_PART, ids=[id for _, id in TAKING_PART])


def outcomes(morning: Morning, id: str, answer: Any) -> list[tuple[str, str]]:
    """Return the result of each event of an exercise, with its story."""
    placed = {id: mornings.placed_answer(morning.day, id, answer)}
    return [(result.outcome, result.request.story) for result in mornings.report(morning, placed).results]


def in_force(morning: Morning, id: str, listed: Any) -> Iterator[Any]:
    """Yield the listed answers that AWS accepts."""
    for each in listed:
        try:
            mornings.placed_answer(morning.day, id, each.answer)
        except (AnswerError, PolicyError):
            continue
        yield each


def test_days_2_to_5_have_a_morning() -> None:
    assert [morning.day for morning in MORNINGS] == [2, 3, 4, 5]


@each_morning
def test_the_report_has_at_most_ten_lines_and_every_event_an_exercise_of_its_day(morning: Morning) -> None:
    assert len(morning.events) <= 10
    assert set(mornings.exercises_of(morning)) <= set(load(morning.day))


def test_every_reason_for_a_change_occurs() -> None:
    happened = {event.happens for morning in MORNINGS for event in morning.events}
    assert happened == set(get_args(Event.model_fields["happens"].annotation))


@each_morning
def test_every_request_tests_a_clause_that_exists(morning: Morning) -> None:
    for event in morning.events:
        clauses = range(1, len(load(morning.day)[event.exercise].clauses) + 1)
        for request in event.requests:
            assert request.clause is not None
            assert set(clause_numbers(request.clause)) <= set(clauses), request.story


@each_exercise
def test_a_right_answer_holds(morning: Morning, id: str) -> None:
    exercise = load(morning.day)[id]
    for answer in (exercise.solution, *(each.answer for each in exercise.right)):
        assert [found for found in outcomes(morning, id, answer) if found[0] != "held"] == []


@each_exercise
def test_a_wrong_answer_fails_an_event(morning: Morning, id: str) -> None:
    exercise = load(morning.day)[id]
    held = [
        each.why
        for each in in_force(morning, id, exercise.wrong)
        if {outcome for outcome, _ in outcomes(morning, id, each.answer)} == {"held"}
    ]
    assert held == []


@each_exercise
def test_what_a_wrong_answer_gives_away_leaks(morning: Morning, id: str) -> None:
    exercise = load(morning.day)[id]
    if not isinstance(exercise, Probed):
        pytest.skip("real calls grade it")
    for each in in_force(morning, id, exercise.wrong):
        result = grade(exercise, each.answer)
        if result.witnesses or any(probe.expected == "refuse" for probe in result.failed):
            assert "leaked" in {outcome for outcome, _ in outcomes(morning, id, each.answer)}, each.why
