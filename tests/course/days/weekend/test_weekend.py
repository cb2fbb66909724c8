"""The weekend: its callers, its incident, its rules, and the fact that no count of days includes it."""

from __future__ import annotations

import json

import boto3
import pytest
import yaml

from labs_helpers import open_day, open_weekend
from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.playing import WORK, play
from labs_helpers.course.attacks.rule_files import read_rules
from labs_helpers.course.attacks.scoring import score
from labs_helpers.course.content.loading import days, lessons
from labs_helpers.course.content.numbering import (
    WEEKEND,
    called,
    folder_of,
    lesson_in,
    lesson_of,
    place_of,
    title_of,
)
from labs_helpers.course.days.weekend import alarms, lineup, night
from labs_helpers.course.days.weekend.rule_pack import cloudformation
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds.detection import Detection
from labs_helpers.course.learner.certificate import certificate
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.shown.mistakes import Mistake
from labs_helpers.engine.detection import read_rule

TRAIL_OFF = "detection:\n  stop: {eventName: StopLogging}\n  condition: stop"


@pytest.fixture
def day(tmp_path):
    day = open_weekend(progress=tmp_path / "p.json")
    yield day
    day.cloud.stop()


def test_the_weekend_is_no_day():
    assert WEEKEND not in days()
    assert lessons() == (*days(), WEEKEND)
    assert (folder_of(WEEKEND), title_of(WEEKEND)) == ("weekend", "Weekend")
    assert (called(WEEKEND), called(2)) == ("the weekend", "Day 2")
    assert (folder_of(2), title_of(2)) == ("day2", "Day 2")
    assert (lesson_in("weekend_the_alarm"), lesson_in("day2_iam")) == (WEEKEND, 2)
    assert sorted(["W.10", "W.2", "6.12"], key=place_of) == ["6.12", "W.2", "W.10"]
    assert (lesson_of("W.3"), lesson_of("2.1")) == (WEEKEND, 2)
    with pytest.raises(Mistake, match="there is no day 7"):
        open_day(WEEKEND)


def test_the_certificate_does_not_include_it(tmp_path):
    progress = Progress(tmp_path / "p.json")
    progress.attempted("W.1", True)
    made = certificate(progress, "Ada")
    assert (made.passed, made.of) == ((), sum(len(load(number)) for number in days()))
    assert progress.exercise("W.1")["passed"]
    assert Progress(tmp_path / "p.json").exercise("W.1")["passed"]


def test_it_has_twelve_exercises_in_three_languages():
    exercises = load(WEEKEND)
    assert len(exercises) >= 12
    languages = [each.language for each in exercises.values() if each.kind == "detection"]
    assert {language: languages.count(language) for language in languages} == {
        "Sigma": 4, "EventBridge": 2, "SQL": 2
    }  # fmt: skip


def test_eight_callers_are_recorded_and_nothing_remains_of_them():
    with Cloud(seed=4) as cloud:
        before = len(cloud.record)
        first, second = lineup(cloud), lineup(cloud)
        assert [record["eventName"] for record in first.values()] == [
            item.item.partition(": ")[2] for item in load(WEEKEND)["W.1"].items
        ]
        assert {record["userIdentity"]["type"] for record in second.values()} == {
            "IAMUser", "AssumedRole", "FederatedUser", "AWSAccount", "AWSService", "Root"
        }  # fmt: skip
        assert first["F"]["userIdentity"]["invokedBy"] == "s3.amazonaws.com"
        users = boto3.client("iam").list_users()["Users"]
        assert [user["UserName"] for user in users] == ["admin"]
        assert len(cloud.record) == before + 1  # that of list_users


def test_the_records_answer_the_questions_about_the_night(day):
    records = night(day.cloud)
    assert night(day.cloud) == records
    stopped = next(record for record in records if record["eventName"] == "StopLogging")
    assert stopped["eventTime"].endswith("T02:14:00Z")
    assert stopped["userIdentity"]["arn"].endswith("assumed-role/old-deploy/tom")
    assert "PutBucketPolicy" not in {record["eventName"] for record in records}
    found = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutBucketPolicy"}]
    )["Events"]
    last = json.loads(found[0]["CloudTrailEvent"])
    assert last["userIdentity"]["arn"] == stopped["userIdentity"]["arn"]
    assert f"{day.cloud.clock.now():%A %H}" == "Saturday 07"


def test_four_rules_would_have_raised_an_alarm_the_first_on_thursday(day, capsys):
    records = night(day.cloud)
    rung = day.rules.on(records)
    assert [record["eventName"] for record in rung] == [
        "UpdateAssumeRolePolicy", "CreateAccessKey", "ModifySnapshotAttribute", "StopLogging"
    ]  # fmt: skip
    assert alarms(TRAIL_OFF, records) == rung[-1:]
    assert "the course's" in capsys.readouterr().out


def test_a_passed_rule_takes_the_place_of_the_courses(day):
    own = load(WEEKEND)["W.5"].right[0].answer
    assert day.check("W.5", own).passed
    packed = {each.exercise.id: each for each in day.rules}
    assert (packed["W.5"].whose, packed["W.5"].answer) == ("yours", own)
    assert packed["W.3"].whose == "the course's"


def test_checking_the_starter_is_no_attempt(day):
    assert not day.check("W.5", f"\n{load(WEEKEND)['W.5'].starter}").counts


def test_the_rules_are_written_as_files_and_as_a_template(day, tmp_path):
    day.rules.write(tmp_path / "rules")
    written = {file.name for file in (tmp_path / "rules").iterdir()}
    assert written == {*(each.file for each in day.rules), "eventbridge-rules.template"}
    assert yaml.safe_load((tmp_path / "rules" / "W.3.yml").read_text())["detection"]["condition"]
    template = json.loads((tmp_path / "rules" / "eventbridge-rules.template").read_text())
    assert template == cloudformation(list(day.rules))
    assert {file.name for file in read_rules(tmp_path / "rules")} == {each.file for each in day.rules}
    events = boto3.client("events")
    for name, resource in template["Resources"].items():
        pattern = json.dumps(resource["Properties"]["EventPattern"])
        assert events.put_rule(Name=name, EventPattern=pattern, State=resource["Properties"]["State"])
    assert template["Resources"].keys() == {"AlarmW7", "AlarmW8"}


def test_a_folder_that_cannot_be_written_to_is_explained(day, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    day.rules.write(tmp_path / "file")
    assert "can't be written" in capsys.readouterr().out


@pytest.mark.parametrize("rule", ["{", None, 3, "", "SELECT nothing", {"detail": 1}])
def test_a_rule_that_cannot_be_run_is_explained(rule):
    with pytest.raises(Mistake, match="can't be run"):
        alarms(rule, [{"eventID": "1", "eventTime": "2026-11-28T02:14:00Z", "eventName": "ListUsers"}])


def test_other_days_have_no_rules(tmp_path):
    day = open_day(5, progress=tmp_path / "p.json")
    try:
        with pytest.raises(Mistake, match="Day 5 has no rules"):
            _ = day.rules
    finally:
        day.cloud.stop()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 23))
def test_right_rules_are_right_on_other_nights(seed):
    """The rules are tried on nights whose accounts, names, and addresses no one has looked at."""
    with Cloud(seed=seed) as cloud:
        work = play(cloud, [WORK], seed)
        for exercise in load(WEEKEND).values():
            if not isinstance(exercise, Detection):
                continue
            cases = list(exercise.cases(cloud, seed))
            for answer in (exercise.solution, *(listed.answer for listed in exercise.right)):
                rule = read_rule(answer)
                scored = score(rule, cases)
                assert (exercise.id, scored.missed, scored.false_alarms) == (exercise.id, (), ())
                assert score(rule, work).false_alarms == ()
