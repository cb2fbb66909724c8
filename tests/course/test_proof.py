"""Every exercise of every day, of whatever kind: starter, solution, right and wrong answers, mutants."""

from __future__ import annotations

import gc
import re
import sys
import time

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.loading import days, load_beliefs
from labs_helpers.course.grading import ceiling
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Probed
from labs_helpers.course.grading.kinds.design import Design
from labs_helpers.course.situations.faults import clause_numbers
from tests.course.grading_page import OLD_PAGE, PAGE, what_is_timed
from tests.course.mutants import paraphrases
from tests.course.proof import EXERCISES, PROPERTY, check, table, takes_seconds, tried
from tests.sampled import every

SECONDS = ceiling.SECONDS
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


MUTANTS_IN_MINUTES = ("2.6", "2.7", "3.9", "4.8", "4.11", "5.13", "W.12")
"""Exercises whose mutants take minutes, like those of every design: `make judges` tries them."""
DESIGN_IN_EACH_RUN = "6.2"
"""The design whose mutants are tried in each run of the tests."""


def each(name):
    listed = [
        (exercise, number, answer)
        for exercise in EXERCISES
        for number, answer in enumerate(getattr(exercise, name), 1)
    ]
    return pytest.mark.parametrize(
        ("exercise", "listed"),
        [
            pytest.param(exercise, answer, id=f"{exercise.id}-{number}", marks=marks)
            for (exercise, number, answer), marks in every(10, listed, lambda case: takes_seconds(case[0]))
        ],
    )


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=2) as cloud:
        yield cloud


@pytest.mark.sampled(8)
@each_exercise
def test_starter_does_not_pass_and_says_why(exercise, cloud):
    result = check(exercise, exercise.starter, cloud)
    assert not result.passed
    assert result.messages
    assert "bug in the course" not in result.messages[0]


@each_exercise
def test_solution_passes(exercise, cloud):
    result = check(exercise, exercise.solution, cloud)
    assert result.messages == ()
    assert result.passed
    assert result.notes == ()
    assert [clause.number for clause in result.clauses if clause.holds is not True] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "exercise", [each for each in EXERCISES if isinstance(each, Design)], ids=lambda exercise: exercise.id
)
def test_solution_passes_after_every_wrong_design_was_built(exercise, cloud):
    """Designs are built on top of each other, and what earlier ones left behind, such as logs, must not matter."""
    for listed in exercise.wrong:
        check(exercise, listed.answer, cloud)
    assert check(exercise, exercise.solution, cloud).messages == ()


@pytest.mark.sampled(6)
@each("wrong")
def test_wrong_answer_is_refused_for_its_reason_and_breaks_its_clauses(exercise, listed, cloud):
    result = check(exercise, listed.answer, cloud)
    assert not result.passed
    assert any(listed.refused_for in message for message in result.messages), result.messages
    holds = {clause.number: clause.holds for clause in result.clauses}
    broken = clause_numbers(listed.breaks)
    assert {number: holds.get(number) for number in broken} == dict.fromkeys(broken, False), result.messages


@pytest.mark.sampled(6)
@each("right")
def test_other_right_answer_passes(exercise, listed, cloud):
    result = check(exercise, listed.answer, cloud)
    assert result.messages == ()
    assert result.passed


@each_exercise
def test_solution_in_other_words_passes(exercise, cloud):
    if not isinstance(exercise, Probed):
        pytest.skip("its answer is no policy alone")
    for slot, document in exercise.given(exercise.solution).items():
        for other in paraphrases(document, exercise.policy_kind(slot)):
            several = len(exercise.answer_slots) > 1
            result = grade(
                exercise, {**exercise.solution, slot: other.document} if several else other.document
            )
            assert (other.name, result.messages) == (other.name, ())


def is_measured():
    """Return whether a tool counts the lines that run, which takes longer than running them."""
    monitoring = getattr(sys, "monitoring", None)
    return sys.gettrace() is not None or (monitoring is not None and any(map(monitoring.get_tool, range(6))))


def _seconds(exercise, answer) -> float:
    """Return the seconds of processor time, which are sometimes longer on a machine that is busy with other things."""
    begun = time.process_time()
    grade(exercise, answer)
    return time.process_time() - begun


@pytest.mark.slow
@pytest.mark.skipif(is_measured(), reason="what takes long under coverage takes short without")
@each_exercise
def test_answers_are_graded_in_time(exercise, monkeypatch):
    """The limits are in seconds of processor time: at most 0.3 for any answer, and 0.05 for a right one."""
    if not isinstance(exercise, Probed):
        pytest.skip("it is graded by real calls, or by nothing that takes time")
    monkeypatch.setattr(ceiling, "SECONDS", SECONDS)
    for answer in (
        exercise.solution,
        *(each.answer for each in exercise.right),
    ):  # the reference is read once
        grade(exercise, answer)
    gc.disable()  # its pauses are as long as what all the tests before left behind
    try:
        for listed, most in ((exercise.wrong, 0.3), (exercise.right, 0.05)):
            for each in listed:
                assert any(_seconds(exercise, each.answer) < most for _ in range(3)), each
    finally:
        gc.enable()


@each_exercise
def test_at_least_five_other_right_answers_are_known(exercise):
    assert len(exercise.right) >= 5


def test_the_page_counts_the_answers_that_the_benchmark_grades():
    assert what_is_timed() in PAGE.read_text(encoding="utf-8"), OLD_PAGE


def _mutants_in_minutes(exercise):
    return exercise.id in MUTANTS_IN_MINUTES or (
        isinstance(exercise, Design) and exercise.id != DESIGN_IN_EACH_RUN
    )


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "exercise",
    [
        pytest.param(
            exercise, id=exercise.id, marks=[pytest.mark.slow] if _mutants_in_minutes(exercise) else []
        )
        for exercise in EXERCISES
    ],
)
def test_every_mutant_is_refused_or_known_to_be_equal(exercise, cloud, record_property):
    figures = tried(exercise, cloud)
    record_property(PROPERTY, figures.row(exercise.id))
    known = {mutation for group in exercise.equal for mutation in group.mutations}
    passed = set(figures.equal)
    assert passed - known == set(), "add a probe or a `free` value, or list these mutants in `equal`"
    assert known - passed == set(), "remove these from `equal`: no such mutant passes"
    assert figures.too_wide + figures.too_narrow > 0
    assert figures.row(exercise.id) in PAGE.read_text(encoding="utf-8"), OLD_PAGE


def test_the_page_sums_the_figures_of_every_exercise_up():
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.fullmatch(r"\| [\dW]\.\d+ (\| \d+ ){5}\|", line)]
    proved = [exercise.id for exercise in EXERCISES]
    assert [row.split()[1] for row in rows] == proved, OLD_PAGE
    for line in table(rows):
        assert line in text, OLD_PAGE


@pytest.mark.parametrize("day", days())
def test_beliefs_and_the_exercises_that_they_break_know_each_other(day):
    beliefs, exercises = load_beliefs(day), load(day)
    known = len(beliefs.beliefs) if beliefs is not None else 0
    named = {wrong.belief for exercise in exercises.values() for wrong in exercise.wrong if wrong.belief}
    assert named <= set(range(1, known + 1))
    for belief in beliefs.beliefs if beliefs is not None else ():
        assert belief.exercise is None or belief.exercise in exercises


@pytest.mark.parametrize("day", days())
def test_neither_true_nor_false_is_a_habit_of_the_self_test(day):
    """Between 40 and 60 percent of a day's statements are true, and no four in a row are all true or all false."""
    held = [belief.true for belief in load_beliefs(day).beliefs]
    assert 0.4 <= sum(held) / len(held) <= 0.6
    assert not any(len(set(held[first : first + 4])) == 1 for first in range(len(held) - 3))


def test_day_2_s_beliefs_all_have_the_wrong_answer_that_they_lead_to():
    tied = {
        (id, wrong.belief) for id, exercise in load(2).items() for wrong in exercise.wrong if wrong.belief
    }
    said = {
        (belief.exercise, number)
        for number, belief in enumerate(load_beliefs(2).beliefs, 1)
        if belief.exercise
    }
    assert tied == said
