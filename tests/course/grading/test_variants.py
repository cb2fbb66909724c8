"""Variants of exercises in a class with a seed: texts, requests, and answers vary together, and copied answers fail."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course import open_day
from labs_helpers.course.content.loading import load_morning
from labs_helpers.course.grading import mornings
from labs_helpers.course.grading.class_seed import VARIABLE
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.grading.kinds.predictions import Predictions
from labs_helpers.course.handed_in.regrade import _verdict
from labs_helpers.course.handed_in.supervise import _graded_again
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.morning_page import morning_page
from tests.course import proof
from tests.course.proof import EXERCISES

ROOT = Path(__file__).resolve().parents[3]
SEEDS = [f"{number:016x}" for number in range(int(os.environ.get("LABS_SEEDS", "3")))]
LEARNERS = [f"{number:016x}" for number in range(20)]
FEW = SEEDS[:20]
"""The learners for whom the slowest cases are tried."""
ALL = len(SEEDS) > 3
"""True in `make seeds` and every night. Otherwise, three learners each try only a few of the answers in the cloud."""
VARYING = [exercise for exercise in EXERCISES if exercise.differs]
PURE = [exercise for exercise in VARYING if not exercise.live]
LIVE = [exercise for exercise in VARYING if exercise.live]
each = pytest.mark.parametrize("exercise", VARYING, ids=lambda exercise: exercise.id)
each_pure = pytest.mark.parametrize("exercise", PURE, ids=lambda exercise: exercise.id)
each_live = pytest.mark.parametrize("exercise", LIVE, ids=lambda exercise: exercise.id)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=2) as cloud:
        yield cloud


@pytest.mark.sampled(4)
@each_pure
def test_the_proof_holds_for_every_learner_s_facts(exercise: Exercise, cloud: Cloud) -> None:
    for learner in SEEDS:
        own = exercise.variant("class", learner)
        drawn = own.for_learner(learner)
        for answer in (own.solution, *(right.answer for right in own.right)):
            assert proof.check(drawn, answer, cloud).messages == ()
        wrong = {each.why: proof.check(drawn, each.answer, cloud) for each in own.wrong}
        assert [why for why, result in wrong.items() if result.passed] == []
        assert not proof.check(drawn, own.starter, cloud).passed


@pytest.mark.sampled(4)
@each_live
def test_the_proof_of_work_in_the_cloud_holds_for_every_learner_s_facts(
    exercise: Exercise, cloud: Cloud
) -> None:
    for number, learner in enumerate(FEW):
        own = exercise.variant("class", learner)
        drawn = own.for_learner(learner)
        sample = slice(None) if ALL else slice(number, number + 1)
        for answer in (own.solution, *(right.answer for right in own.right[sample])):
            assert proof.check(drawn, answer, cloud).messages == ()
        wrong = {each.why: proof.check(drawn, each.answer, cloud) for each in own.wrong[sample]}
        assert [why for why, result in wrong.items() if result.passed] == []


@pytest.mark.sampled(4)
@each_pure
def test_every_mutant_of_the_learner_s_solution_fails_unless_it_is_equal(
    exercise: Exercise, cloud: Cloud
) -> None:
    for learner in FEW if ALL else SEEDS[:1]:
        own = exercise.variant("class", learner)
        equal = {mutation for group in own.equal for mutation in group.mutations}
        assert set(proof.tried(own, cloud, learner).equal) - equal == set()


@each
def test_no_text_keeps_a_printed_fact(exercise: Exercise) -> None:
    facts = exercise.facts("class", SEEDS[0])
    told = exercise.variant("class", SEEDS[0]).model_dump(mode="json")
    assert facts(told) == told


@each
def test_another_learner_s_answer_and_the_printed_one_fail(exercise: Exercise, cloud: Cloud) -> None:
    one = exercise.variant("class", SEEDS[0])
    other = next(
        variant
        for learner in LEARNERS
        if (variant := exercise.variant("class", learner)).solution != one.solution
    )
    for copied in (other.solution, exercise.solution):
        assert not proof.checked_if_possible(one.for_learner(SEEDS[0]), copied, cloud).passed


def test_few_learners_have_the_same_facts() -> None:
    for exercise in VARYING:
        solutions = {json.dumps(exercise.variant("class", learner).solution) for learner in LEARNERS}
        assert len(solutions) >= 3, exercise.id


def test_exercises_of_a_day_share_their_facts() -> None:
    """Exercise 5.4 starts with the answer to 5.1."""
    keys, contexts = (next(each for each in VARYING if each.id == id) for id in ("5.1", "5.4"))
    for learner in LEARNERS:
        assert keys.facts("class", learner).values == contexts.facts("class", learner).values


def test_the_page_for_instructors_lists_what_differs() -> None:
    page = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\.\d[\d., ]*) \|", page.partition("| what differs |")[2], re.MULTILINE)
    assert sorted(id for row in rows for id in row.split(", ")) == sorted(exercise.id for exercise in VARYING)
    assert f"some facts of {len(VARYING)} exercises" in page


def test_without_a_seed_all_is_as_printed() -> None:
    assert all(exercise.variant("", "someone") is exercise for exercise in EXERCISES)
    assert not any(exercise.facts("", "someone").values for exercise in EXERCISES)


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
    ids = {"Ada": LEARNERS[0], "Bob": LEARNERS[1], "Cy": LEARNERS[2]}
    copied = exercise.variant("class", ids["Bob"]).solution
    others = {name: id for name, id in ids.items() if name != "Ada"}
    verdict = _graded_again({"1.2": copied}, ids["Ada"], others)["1.2"]
    assert verdict is not None
    assert not verdict["passed"]
    assert verdict["messages"][0] == "This answer matches the facts of Bob."
    printed = _verdict("1.2", exercise.right[0].answer, ids["Ada"], others)
    assert printed is not None
    assert "printed facts" in printed["messages"][0]
    own = _verdict("1.2", copied, ids["Bob"], {"Ada": ids["Ada"]})
    assert own is not None
    assert own["passed"]


@each
def test_what_varies_is_told_in_the_exercise_alone(exercise: Exercise) -> None:
    """The notebook, the day's stage, and its scenes are the same for all learners, so they can't contain such a fact.

    The next morning's events contain such facts, and vary with them.
    """
    (notebook,) = (ROOT / "notebooks").glob(f"day{exercise.day}_*.ipynb")
    folder = ROOT / "data" / f"day{exercise.day}"
    others = (path for path in folder.glob("*.json") if path.name != "morning.json")
    texts = [notebook, *others, *folder.glob("scenes/*.json")]
    told = {*exercise.varies, *(fact for story in exercise.stories for fact in story)}
    facts = [fact for fact in told if _tells_something(fact)]
    assert [
        (fact, path.name)
        for fact in facts
        for path in texts
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(fact)}(?![A-Za-z0-9])", path.read_text(encoding="utf-8"))
    ] == []


def _tells_something(fact: str) -> bool:
    """Return False for a short number, and for a month in which AWS changed something."""
    return not (fact.isdecimal() and len(fact) <= 4) and not re.fullmatch(r"20\d\d-\d\d(-\d\d)?", fact)


@pytest.mark.parametrize("day", [2, 3, 4, 5])
def test_the_next_morning_follows_the_learner_s_facts(day: int, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "class")
    morning = load_morning(day)
    assert morning is not None
    taking_part = [each for each in VARYING if each.id in mornings.exercises_of(morning)]
    assert taking_part
    for learner in SEEDS[:3]:
        own = {each.id: each.variant("class", learner) for each in taking_part}
        answers = {id: each.solution for id, each in own.items()}
        _, report = morning_page(morning, answers, {}, learner)
        assert report.count("held") == len(report.results) > 0
        for result in report.results:
            if result.event.exercise in own:
                told = result.event.model_dump(mode="json")
                assert load(day)[result.event.exercise].facts("class", learner)(told) == told


def test_the_learner_s_company_has_the_printed_facts(tmp_path, monkeypatch) -> None:
    """Answers that differ from learner to learner fit the company of Day 6, which is the same for everyone."""
    monkeypatch.setenv(VARIABLE, "class")
    answers = Answers(Progress(tmp_path / "p.json"))
    learner = answers._progress.learner
    for exercise in VARYING:
        answers.keep(exercise.id, exercise.variant("class", learner).solution)
    kept = {each.id for each in VARYING if not isinstance(each, Predictions)}
    printed = answers.as_printed()
    assert {id: printed[id] for id in kept} == {each.id: each.solution for each in VARYING if each.id in kept}
    assert answers.all()["4.3"] != printed["4.3"]
