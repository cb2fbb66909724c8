"""The score of a rule: attacks seen and missed, and false alarms."""

from __future__ import annotations

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.nights import FIRST, night
from labs_helpers.course.attacks.playing import WORK, play
from labs_helpers.course.attacks.scoring import score
from labs_helpers.course.attacks.witness import by_heart, deciding_record, side_by_side
from labs_helpers.engine.detection import read_rule


@pytest.fixture(scope="module")
def scenarios():
    with Cloud(seed=7) as cloud:
        return play(cloud, ["share-a-snapshot", WORK], FIRST)


def rule(**wanted):
    return read_rule({"detail": wanted})


def test_a_rule_by_name_sees_all_forms_and_raises_false_alarms(scenarios):
    found = score(rule(eventName=["ModifySnapshotAttribute"]), scenarios)
    assert found.missed == ()
    assert found.attacks == 25
    assert {each.scenario.name for each in found.false_alarms} == {
        "a snapshot is shared with a partner",
        "a snapshot is shared with all of Larkspur's accounts",
        "a share is removed",
        "a snapshot is no longer public",
    }
    assert str(found) == "25 of 25 attacks seen, 8 false alarms in 22 legitimate cases"


def test_an_alarm_for_a_refused_attempt_alone_does_not_count(scenarios):
    found = score(rule(errorCode=[{"exists": True}]), scenarios)
    assert found.seen == ()
    assert len(found.missed_forms()) == 5


def test_the_witness_shows_what_the_rule_reads_next_to_what_the_event_has(scenarios):
    wrong = rule(eventName=["ModifySnapshotAttribute"], requestParameters={"userIds": ["999988887777"]})
    missed = score(wrong, scenarios).missed[0]
    page = side_by_side(wrong, deciding_record(missed, wrong)).text
    assert "requestParameters.userIds" in page
    assert "no such field" in page
    assert "requestParameters.createVolumePermission.add.items[0]" in page


def test_a_value_that_the_attacker_chooses_is_named():
    values = night(FIRST).values
    assert by_heart(rule(account=[values["outsider"]]), values) == (
        "Your rule contains 999988887777, which the attacker can change."
    )
    assert by_heart(rule(userName=["pia"]), values) == (
        "Your rule contains the name pia. Tomorrow, a different name is used."
    )
    assert by_heart(rule(eventName=["StopLogging"]), values) is None
