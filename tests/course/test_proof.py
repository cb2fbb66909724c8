"""Every exercise of every day, of whatever kind: starter, solution, right and wrong answers, mutants."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.exercises import days, load, load_beliefs
from labs_helpers.course.grading import grade
from labs_helpers.course.kinds import Probed
from labs_helpers.course.kinds.function import Function
from labs_helpers.course.kinds.live import Live
from tests.course.mutants import paraphrases
from tests.course.proof import EXERCISES, FIGURES, check, table, tried

README = Path(__file__).resolve().parents[2] / "README.md"
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def each(name):
    return pytest.mark.parametrize(
        ("exercise", "listed"),
        [
            pytest.param(exercise, listed, id=f"{exercise.id}-{number}")
            for exercise in EXERCISES
            for number, listed in enumerate(getattr(exercise, name), 1)
        ],
    )


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=2) as cloud:
        yield cloud


@each_exercise
def test_starter_does_not_pass_and_says_why(exercise, cloud):
    result = check(exercise, exercise.starter, cloud)
    assert not result.passed
    assert result.messages
    assert "fault of the course" not in result.messages[0]


@each_exercise
def test_solution_passes(exercise, cloud):
    result = check(exercise, exercise.solution, cloud)
    assert result.messages == ()
    assert result.passed
    assert result.notes == ()


@each("wrong")
def test_wrong_answer_is_refused_for_its_reason(exercise, listed, cloud):
    result = check(exercise, listed.answer, cloud)
    assert not result.passed
    assert any(listed.refused_for in message for message in result.messages), result.messages


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


@each_exercise
def test_answers_are_graded_in_time(exercise):
    """In seconds of work: 0.3 for any answer, 0.05 at most for right ones; half of them take a third of that."""
    if not isinstance(exercise, Probed):
        pytest.skip("it is graded by real calls, or by nothing that takes time")
    grade(exercise, exercise.solution)
    for answer, most in [
        *((each.answer, 0.3) for each in exercise.wrong),
        *((each.answer, 0.05) for each in exercise.right),
    ]:
        begun = time.process_time()
        grade(exercise, answer)
        assert time.process_time() - begun < most, answer


@each_exercise
def test_at_least_five_other_right_answers_are_known(exercise):
    assert len(exercise.right) >= 5


@each_exercise
def test_every_mutant_is_refused_or_known_to_be_equal(exercise, cloud):
    if isinstance(exercise, (Function, Live)):
        pytest.skip("what is built or programmed has no mutants but its wrong answers")
    figures = tried(exercise, cloud)
    known = {mutation for group in exercise.equal for mutation in group.mutations}
    passed = set(figures.equal)
    assert passed - known == set(), "these pass, and nobody has said why that is right"
    assert known - passed == set(), "these are said to be equal, and are no mutants that pass"
    assert figures.too_wide + figures.too_narrow > 0


def test_readme_has_these_figures():
    if len(FIGURES) < sum(not isinstance(exercise, (Function, Live)) for exercise in EXERCISES):
        pytest.skip("not every exercise was tried in this run")
    text = README.read_text(encoding="utf-8")
    for line in table():
        assert line in text, "\n".join(["the README lacks a line of this table:", *table()])


@pytest.mark.parametrize("day", days())
def test_every_belief_that_breaks_an_exercise_has_its_wrong_answer(day):
    beliefs = load_beliefs(day)
    if beliefs is None:
        pytest.skip("no self-test yet")
    tied = {
        (id, wrong.belief) for id, exercise in load(day).items() for wrong in exercise.wrong if wrong.belief
    }
    said = {(belief.exercise, number) for number, belief in enumerate(beliefs.beliefs, 1) if belief.exercise}
    assert tied == said
