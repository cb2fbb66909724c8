"""Variants of exercises in a class with a seed: texts, requests, and answers follow, and copied answers fail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from labs_helpers.course import open_day
from labs_helpers.course.grading.class_seed import VARIABLE
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.handed_in.regrade import _verdict
from labs_helpers.course.handed_in.supervise import _graded_again
from tests.course import proof
from tests.course.proof import EXERCISES

ROOT = Path(__file__).resolve().parents[3]
SEEDS = [f"{number:016x}" for number in range(int(os.environ.get("LABS_SEEDS", "3")))]
VARYING = [exercise for exercise in EXERCISES if exercise.varies]
each = pytest.mark.parametrize("exercise", VARYING, ids=lambda exercise: exercise.id)


@each
def test_the_proof_holds_for_every_learner_s_facts(exercise: Exercise) -> None:
    for learner in SEEDS:
        own = exercise.variant("class", learner)
        drawn = own.for_learner(learner)
        for answer in (own.solution, *(right.answer for right in own.right)):
            assert grade(drawn, answer).messages == ()
        assert [wrong.why for wrong in own.wrong if grade(drawn, wrong.answer).passed] == []
        assert not grade(drawn, own.starter).passed


@each
def test_every_mutant_of_the_learner_s_solution_fails_unless_it_is_equal(exercise: Exercise) -> None:
    for learner in SEEDS[:1] if len(SEEDS) == 3 else SEEDS[:20]:
        own = exercise.variant("class", learner)
        equal = {mutation for group in own.equal for mutation in group.mutations}
        assert set(proof.tried(own, None, learner).equal) - equal == set()  # type: ignore[arg-type]


@each
def test_no_text_keeps_a_printed_fact(exercise: Exercise) -> None:
    told = exercise.variant("class", SEEDS[0]).model_dump_json()
    assert [value for value in exercise.varies if value in told] == []


@each
def test_another_learner_s_answer_and_the_printed_one_fail(exercise: Exercise) -> None:
    one, other = (exercise.variant("class", learner) for learner in SEEDS[:2])
    assert one.solution != other.solution
    assert not grade(one.for_learner(SEEDS[0]), other.solution).passed
    assert not grade(one.for_learner(SEEDS[0]), exercise.solution).passed


def test_without_a_seed_all_is_as_printed() -> None:
    assert all(exercise.variant("", "someone") is exercise for exercise in EXERCISES)


def test_the_same_class_and_learner_always_have_the_same_facts() -> None:
    one, again = (VARYING[0].variant("class", "ada").solution for _ in range(2))
    assert one == again
    assert VARYING[0].variant("next year", "ada").solution != one


def test_a_day_shows_and_grades_the_learner_s_own_facts(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(VARIABLE, "class")
    day = open_day(1, progress=tmp_path / "p.json")
    try:
        printed = next(exercise for exercise in VARYING if exercise.id == "1.2")
        own = printed.variant("class", day._progress.learner)
        capsys.readouterr()
        day.exercise("1.2")
        day.solution("1.2")
        shown = capsys.readouterr().out
        (told,) = printed.varies
        assert told not in shown
        assert json.dumps(own.solution["Statement"][1]["Principal"]["AWS"]) in shown
        assert day.check("1.2", own.solution).passed
        assert not day.check("1.2", printed.solution).passed
    finally:
        day.cloud.stop()


def test_grading_again_says_whose_facts_a_copied_answer_fits(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "class")
    exercise = next(each for each in VARYING if each.id == "1.2")
    ids = {"Ada": SEEDS[0], "Bob": SEEDS[1], "Cy": SEEDS[2]}
    copied = exercise.variant("class", ids["Bob"]).solution
    others = {name: id for name, id in ids.items() if name != "Ada"}
    verdict = _graded_again({"1.2": copied}, ids["Ada"], others)["1.2"]
    assert verdict is not None
    assert not verdict["passed"]
    assert verdict["messages"][0] == "This answer fits the facts of Bob."
    printed = _verdict("1.2", exercise.right[0].answer, ids["Ada"], others)
    assert printed is not None
    assert "as it is printed" in printed["messages"][0]
    own = _verdict("1.2", copied, ids["Bob"], {"Ada": ids["Ada"]})
    assert own is not None
    assert own["passed"]


@each
def test_what_varies_is_told_in_the_exercise_alone(exercise: Exercise) -> None:
    """The notebook, the day's stage, and its scenes are the same for all learners, so they can't tell such a fact."""
    (notebook,) = (ROOT / "notebooks").glob(f"day{exercise.day}_*.ipynb")
    folder = ROOT / "data" / f"day{exercise.day}"
    texts = [notebook, *folder.glob("*.json"), *folder.glob("scenes/*.json")]
    facts = [fact for fact in exercise.varies if not fact.isdecimal() or len(fact) > 4]
    assert [
        (fact, path.name) for fact in facts for path in texts if fact in path.read_text(encoding="utf-8")
    ] == []
