"""Time that passes in a lesson or an exercise doesn't break other exercises, and isn't blamed on the learner."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.grading.kinds.hunt import Hunt
from labs_helpers.course.lesson.day import Day, open_day
from labs_helpers.course.situations import staging
from tests.course.situations.test_changing_calls import WITHOUT_ANSWER, begin, steps_of

END_BY_THEMSELVES = {"2.10", "5.9"}
"""Situations that have to be set up again, because a session expires or keys are deleted."""
TWICE = {"5.12"}
"""Exercises in which a key rotates again, because the learner has set it to rotate every 90 days."""


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


def solve(day: Day, exercise: Exercise) -> None:
    for step in steps_of(exercise):
        if step.advance:
            day.clock.advance(**step.advance)
        else:
            staging.perform(day.cloud, [step])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_exercises_can_be_solved_after_any_other_s_weeks(cloud, tmp_path, number):
    """120 days are more than any exercise requires and any situation lasts."""
    day = open_day(number, cloud=cloud, progress=tmp_path / "progress.json")
    exercises = [each for each in WITHOUT_ANSWER[number] if not isinstance(each, Hunt)]
    for exercise in exercises:
        begin(day, exercise)
    day.clock.advance(days=120)
    for exercise in exercises:
        if exercise.id in END_BY_THEMSELVES:
            result = day.check(exercise.id)
            assert "is over" in result.messages[0]
            assert not result.counts
            day.begin_anew(exercise.id, 1)
        solve(day, exercise)
        assert day.check(exercise.id).messages == ()
    day.clock.advance(days=120)
    assert {exercise.id for exercise in exercises if not day.check(exercise.id)} <= TWICE


def test_key_that_is_deleted_as_planned_is_blamed_on_nobody(cloud, tmp_path):
    """The 91 days of 5.12 outlast the waiting period of the keys in 5.9."""
    day = open_day(5, cloud=cloud, progress=tmp_path / "progress.json")
    for id in ("5.12", "5.9"):
        begin(day, load(5)[id])
    solve(day, load(5)["5.12"])
    assert day.check("5.12").messages == ()


def test_what_the_learner_did_before_time_passed_is_still_the_learner_s(cloud, tmp_path):
    day = open_day(5, cloud=cloud, progress=tmp_path / "progress.json")
    begin(day, load(5)["5.12"])
    boto3.client("iam").create_user(UserName="helper")
    solve(day, load(5)["5.12"])
    assert "helper is new" in "".join(day.check("5.12").messages)


def test_situation_that_is_over_says_how_to_set_it_up_again(cloud, tmp_path, capsys):
    day = open_day(5, cloud=cloud, progress=tmp_path / "progress.json")
    begin(day, load(5)["5.9"])
    day.clock.advance(days=3)
    capsys.readouterr()
    day.situation("5.9")
    assert 'call `day.begin_anew("5.9", 1)`' in capsys.readouterr().out


@pytest.mark.parametrize(
    "duration",
    [{"days": -1}, {"days": "1"}, {"days": True}, {"hours": 10**15}, {"seconds": float("nan")}, {"day": 1}],
)
def test_a_slip_is_answered_in_a_line_and_no_time_passes(cloud, tmp_path, duration):
    day = open_day(5, cloud=cloud, progress=tmp_path / "progress.json")
    before = day.clock.now()
    with pytest.raises(ValueError, match=r"isn't a time that can pass|no unit of time") as slip:
        day.clock.advance(**duration)
    assert len(str(slip.value).splitlines()) <= 3
    assert (day.clock.now() - before).total_seconds() < 60


def test_time_passes_while_an_exercise_is_open(cloud, tmp_path):
    day = open_day(5, cloud=cloud, progress=tmp_path / "progress.json")
    day.exercise("5.7")
    before = day.clock.now()
    assert day.clock.advance(days=1, hours=2) <= day.clock.now()
    assert (day.clock.now() - before).total_seconds() >= 26 * 3600
