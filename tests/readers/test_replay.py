"""Answers that readers tried get the right verdict, whatever verdict they got when they were tried.

Each JSON file holds one trial: who read what, when, and an entry per answer in the form in which data/ holds answers.
Trials are kept as they were. A wrong verdict (`said` isn't `right`) stays in the file after it has been corrected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.loading import read
from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.content.schema import ExerciseId, Model, Text
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.hunt import Hunt
from tests.course.proof import EXERCISES, check, takes_seconds
from tests.sampled import every

Verdict = Literal["passed", "rejected"]


class Entry(Model):
    """An answer, how it differs from others, the verdict at the time of the trial, and the right one.

    `minutes`: how long it took to write the answer, or None if that wasn't recorded.
    """

    exercise: ExerciseId
    how: Text
    answer: Any
    said: Verdict
    right: Verdict
    minutes: float | None = Field(ge=0)


class DayTried(Model):
    """How a whole day, or the weekend, went.

    `right`: predictions that were right; `given_away`: predictions whose answer was already on the page; `unclear`:
    those that were unclear, or had no believable alternative; `tries`: checks that counted; `minutes`: of a learner.
    """

    day: int = Field(ge=1, le=WEEKEND)
    predictions: int = Field(ge=1)
    right: int = Field(ge=0)
    given_away: int = Field(ge=0)
    unclear: int = Field(ge=0)
    exercises: int = Field(ge=1)
    solved: int = Field(ge=0)
    tries: int = Field(ge=0)
    minutes: int = Field(ge=1)


class Trial(Model):
    """What one reader tried: answers, and, if the reader tried whole days, how each of them went."""

    reader: Text
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    days: tuple[DayTried, ...] = ()
    entries: tuple[Entry, ...] = Field(min_length=1)


TRIALS = {
    path.stem: read(path, Trial.model_validate) for path in sorted(Path(__file__).parent.glob("*.json"))
}
BY_ID = {exercise.id: exercise for exercise in EXERCISES}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=2) as running:
        yield running


def tried() -> list[Any]:
    """The exercises of each trial, since one exercise's answers are replayed in one test.

    Exercises with real calls need seconds for each answer, so of those one in 24 is replayed in each run, of the others
    one in twelve, and the rest by `make judges`. The answers to W.12 need the longest, so that only `make judges`
    replays them.
    """
    replayed = [
        (name, id)
        for name, trial in TRIALS.items()
        for id in dict.fromkeys(e.exercise for e in trial.entries)
    ]
    longest = [case for case in replayed if case[1] == "W.12"]
    slow = [case for case in replayed if takes_seconds(BY_ID[case[1]]) and case not in longest]
    fast = [case for case in replayed if case not in (*slow, *longest)]
    marked = *every(24, slow), *every(12, fast), *((case, [pytest.mark.slow]) for case in longest)
    return [pytest.param(name, id, id=f"{id} {name}", marks=marks) for (name, id), marks in marked]


def whole(exercise: Exercise, answer: Any) -> Any:
    """Return an answer to a hunt with the reference solution's steps for the settings that it leaves out."""
    return {**exercise.solution, **answer} if isinstance(exercise, Hunt) else answer


@pytest.mark.parametrize(("name", "id"), tried())
def test_every_answer_gets_the_right_verdict(name: str, id: str, cloud: Cloud) -> None:
    for entry in TRIALS[name].entries:
        if entry.exercise == id:
            result = check(BY_ID[id], whole(BY_ID[id], entry.answer), cloud)
            verdict = "passed" if result.passed else "rejected"
            assert (entry.how, verdict) == (entry.how, entry.right), result.messages
            assert result.counts, (entry.how, result.messages)


def test_a_trial_of_task_texts_has_answers_of_both_verdicts_for_twenty_exercises() -> None:
    tried_by_exercise: dict[str, Counter[str]] = {}
    for entry in TRIALS["task_texts_only"].entries:
        tried_by_exercise.setdefault(entry.exercise, Counter())[entry.right] += 1
    enough = [
        id for id, count in tried_by_exercise.items() if count["passed"] >= 2 and count["rejected"] >= 4
    ]
    assert len(enough) >= 20


DAYS = [day for trial in TRIALS.values() for day in trial.days]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: str(day.day))
def test_the_table_for_instructors_shows_how_each_day_went(day: DayTried) -> None:
    page = (Path(__file__).parents[2] / "docs" / "instructors.md").read_text("utf-8")
    figures = (
        day.predictions,
        day.given_away,
        day.unclear,
        day.exercises,
        day.solved,
        day.tries,
        day.minutes,
    )
    name = "weekend" if day.day == WEEKEND else day.day
    assert f"| {name} | {' | '.join(map(str, figures))} |" in page


@pytest.mark.parametrize("day", DAYS, ids=lambda day: str(day.day))
def test_exercises_can_be_solved_from_the_text(day: DayTried) -> None:
    assert day.solved <= day.exercises <= day.tries
    assert day.solved >= 0.95 * day.exercises
