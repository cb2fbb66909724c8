"""An exercise without an answer is attempted once the learner has changed something for it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from labs_helpers.course.content.loading import days
from labs_helpers.course.content.schema import Step
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.grading.kinds.break_in import BreakIn
from labs_helpers.course.grading.kinds.hunt import Hunt
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day import Day, open_day
from labs_helpers.course.situations import staging
from labs_helpers.course.situations.changing_calls import learner_has_changed_something


def _ends_by_itself(exercise: Exercise) -> bool:
    return any(situation.lasts for situation in getattr(exercise, "situations", ()))


WITHOUT_ANSWER = {
    number: sorted(
        (exercise for exercise in load(number).values() if exercise.live and not exercise.starter),
        key=_ends_by_itself,
    )
    for number in days()
}
"""Day → its exercises that need no answer. Those that end by themselves come last, because others let weeks pass."""


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


def begin(day: Day, exercise: Exercise) -> None:
    """Run the cells that the notebook has before the learner's own."""
    day.exercise(exercise.id)
    for number, _ in enumerate(getattr(exercise, "situations", ()), 1):
        day.situation(exercise.id, number)


def steps_of(exercise: Exercise) -> list[Step]:
    answer: Any = exercise.solution
    if isinstance(exercise, Hunt):
        answer = [step for steps in answer.values() for step in steps]
    return [Step.model_validate(step) for step in answer]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", [number for number, found in WITHOUT_ANSWER.items() if found])
def test_check_is_no_attempt_until_the_learner_has_changed_something(cloud, tmp_path, number):
    """Each exercise is checked as if a learner ran all cells, and again after the first step of a solution."""
    day = open_day(number, cloud=cloud, progress=tmp_path / "progress.json")
    for exercise in WITHOUT_ANSWER[number]:
        begin(day, exercise)
        result = day.check(exercise.id)
        assert (result.passed, result.counts) == (False, False), exercise.id
    for exercise in WITHOUT_ANSWER[number]:
        assert not day.check(exercise.id).counts  # the other exercises' situations are no work for this one
        for step in steps_of(exercise):
            if isinstance(exercise, Hunt) and "$" in step.model_dump_json():
                continue  # it needs what the hunter prepares
            staging.perform(cloud, [step])
            day._credit_exercise(exercise.id)
            if isinstance(exercise, BreakIn) or learner_has_changed_something(cloud, exercise.id):
                break
        assert day.check(exercise.id).counts, exercise.id
    progress = Progress(tmp_path / "progress.json")
    attempts = {
        exercise.id: progress.exercise(exercise.id)["attempts"] for exercise in WITHOUT_ANSWER[number]
    }
    assert set(attempts.values()) == {1}, attempts


def test_what_the_lesson_changes_is_no_attempt(cloud, tmp_path):
    day = open_day(4, cloud=cloud, progress=tmp_path / "progress.json")
    day.exercise("4.8")
    boto3.client("s3").create_bucket(Bucket="a-demo")
    day.went_on()
    assert not day.check("4.8").counts
    boto3.client("s3").create_bucket(Bucket="by-the-learner")
    assert day.check("4.8").counts


def test_refused_calls_and_lookups_change_nothing(cloud, tmp_path):
    day = open_day(2, cloud=cloud, progress=tmp_path / "progress.json")
    begin(day, load(2)["2.6"])
    boto3.client("iam").list_users()
    with pytest.raises(boto3.client("iam").exceptions.ClientError):
        boto3.Session(profile_name="tess").client("iam").create_user(UserName="new")
    assert not day.check("2.6").counts
