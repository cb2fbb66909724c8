"""`day.play`: an attack's records, as learners see them."""

from __future__ import annotations

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.played_pack import played
from labs_helpers.course.shown.mistakes import UnknownName


@pytest.fixture(scope="module")
def pack():
    with Cloud(seed=5) as cloud:
        return played(cloud, "disable-key")


def test_a_played_pack_shows_its_scenarios_and_their_events(pack):
    text = repr(pack)
    assert "Disable or delete an encryption key" in text
    assert "ScheduleKeyDeletion" in text
    assert "legitimate" in text


def test_the_records_of_attacks_and_legitimate_calls_are_apart(pack):
    assert {each["eventName"] for each in pack.attacks} == {"DisableKey", "ScheduleKeyDeletion"}
    assert {each["eventName"] for each in pack.legitimate} == {"EnableKey", "EnableKeyRotation"}
    assert [each["eventName"] for each in pack.records("deleted")] == ["ScheduleKeyDeletion"]


def test_an_unknown_scenario_is_answered_with_those_that_exist(pack):
    with pytest.raises(UnknownName, match='There is no scenario "stolen"'):
        pack.records("stolen")
