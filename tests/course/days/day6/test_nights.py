"""After steps 2, 4, and 7, the company is attacked as it is: what succeeds is the reason for the next step."""

from __future__ import annotations

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6.capstone import Capstone
from labs_helpers.course.days.day6.company_probes import load
from labs_helpers.course.days.day6.nights import nights
from labs_helpers.course.days.day6.own_company import earlier, step_ids
from labs_helpers.course.grading.exercise_loading import load as exercises
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress

KINDS = {probe.id: probe for probe in load()}


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


@pytest.fixture
def answers(tmp_path):
    return Answers(Progress(tmp_path / "progress.json"))


def test_there_is_a_night_after_steps_2_4_and_7_of_attacks_only():
    assert set(nights()) == {2, 4, 7}
    for night in nights().values():
        assert {KINDS[id].kind for id in night.probes} == {"attack"}


@pytest.mark.parametrize("step", sorted(nights()))
def test_what_earlier_steps_close_is_stopped_and_what_got_in_is_of_a_later_step(step, cloud, answers):
    report = Capstone(cloud, answers).night_after(step)
    assert report.through
    assert report.through == tuple(id for id in report.night.probes if KINDS[id].step > step)


@pytest.mark.parametrize("step", sorted(nights()))
def test_a_learner_s_own_answers_meet_the_same_night(step, cloud, answers, capsys):
    for each in (*step_ids().values(), *(each.exercise for each in earlier())):
        answers.keep(each, exercises(int(each[0]))[each].right[0].answer)
    report = Capstone(cloud, answers).night_after(step)
    assert report.through == tuple(id for id in report.night.probes if KINDS[id].step > step)
    assert f"{step} of {step} steps are yours." in capsys.readouterr().out


def test_the_histories_show_management_events_of_own_accounts_and_no_data_events(cloud, answers):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html"""
    report = Capstone(cloud, answers).night_after(7)
    shown = [what for _, _, what, _ in report.events]
    assert any("PutBucketLifecycle" in what for what in shown)
    assert not any("GetObject" in what or "PutObject" in what for what in shown)
    unseen = {KINDS[id].title for id in ("9.3", "9.4")}
    assert unseen <= set(report.unseen)


def test_only_the_last_night_names_what_is_in_no_log_because_a_prediction_asks_that(cloud, answers, capsys):
    for step in nights():
        report = Capstone(cloud, answers).night_after(step)
        said = capsys.readouterr().out.partition("event histories of your accounts")[2]
        named = {title for title in report.unseen if title in said}
        assert named == (set(report.unseen) if step == max(nights()) else set())


def test_an_attack_leaves_the_company_as_it_was(cloud, answers):
    larkspur = Capstone(cloud, answers)
    assert larkspur.night_after(2).through == larkspur.night_after(2).through
