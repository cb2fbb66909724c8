"""Attack packs: they are played as real calls, and every night has different values."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks import nights, playing
from labs_helpers.course.attacks.nights import FIRST, OURS, PARTNERS, SECOND, night
from labs_helpers.course.attacks.packs import load_pack, load_work, pack_names
from labs_helpers.course.attacks.playing import WORK, NotPlayed, play
from labs_helpers.course.attacks.schema import Pack
from labs_helpers.course.shown.mistakes import UnknownName

SAMPLE = ("key-for-another", "share-a-snapshot", "stop-trail")
"""Packs of different services that are quick to play."""
ALL = [*pack_names(), WORK]


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=7) as cloud:
        yield cloud


def has_what_a_pack_promises(names, cloud, seed):
    for scenario in play(cloud, names, seed):
        assert scenario.records, f"{scenario.pack}: {scenario.name} by {scenario.by} has no records"
        accounts = {record["recipientAccountId"] for record in scenario.trail}
        assert accounts == {night(seed).account}
        # S3 answers DeleteObjects with 200 and lists the objects that it didn't delete, also if it is denied for all.
        denied = [record for record in scenario.attempts if record["eventName"] != "DeleteObjects"]
        assert all("errorCode" in record for record in denied)


@pytest.mark.parametrize("seed", [FIRST, SECOND])
def test_a_pack_is_played_as_it_says(cloud, seed):
    has_what_a_pack_promises(SAMPLE, cloud, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [FIRST, SECOND, 3])
@pytest.mark.parametrize("name", ALL)
def test_every_pack_is_played_as_it_says_on_each_night(cloud, name, seed):
    has_what_a_pack_promises([name], cloud, seed)


def test_every_form_is_played_by_several_callers_and_once_after_a_refusal(cloud):
    attacks = [each for each in play(cloud, ["share-a-snapshot"], FIRST) if each.kind == "attack"]
    for form in load_pack("share-a-snapshot").forms:
        played = [each for each in attacks if each.name == form.form]
        assert {each.by for each in played} == {"user", "session", "root", "federated"}
        assert [bool(each.attempts) for each in played].count(True) == 1


def test_more_forms_and_look_alikes_are_played_only_on_nights_that_the_learner_does_not_see(cloud):
    pack = load_pack("share-a-snapshot")
    more = {*(each.form for each in pack.more_forms), *(each.title for each in pack.more_benign)}
    names = [{each.name for each in play(cloud, ["share-a-snapshot"], seed)} for seed in (FIRST, SECOND)]
    assert (names[0] & more, names[1] - names[0]) == (set(), more)


def test_a_thief_can_get_a_new_session_between_two_calls(cloud):
    pack = load_pack("read-all-secrets")
    form = next(each for each in pack.more_forms if each.form == "in two sessions")
    alone = {"forms": (form,), "benign": (), "more_forms": (), "more_benign": ()}
    with playing._players(cloud, night(SECOND)) as players:
        played = next(iter(players.pack(pack.model_copy(update=alone))))
    callers = [each["userIdentity"] for each in played.records if each["eventName"] == "GetSecretValue"]
    assert [len({each[key] for each in callers}) for key in ("arn", "accessKeyId")] == [1, 2]


def test_two_nights_share_no_value_that_an_attacker_chooses(cloud):
    first, second = night(FIRST).values, night(SECOND).values
    chosen = (
        "outsider",
        "other-outsider",
        "outsider-address",
        "user",
        "colleague",
        "third",
        "role",
        "salt",
        "region",
        *nights._WORDS,
    )
    assert [name for name in chosen if first[name] == second[name]] == []
    assert not {first["outsider"], second["outsider"]} & {*OURS, *PARTNERS}
    texts = [json.dumps([each.records for each in play(cloud, SAMPLE, seed)]) for seed in (FIRST, SECOND)]
    assert first["outsider"] not in texts[1]


def test_playing_leaves_the_clouds_record_clock_and_profiles_as_they_are(cloud):
    before = len(cloud.record), cloud.profiles(), cloud.clock.now().date()
    play(cloud, ["disable-key"], FIRST)
    assert (len(cloud.record), cloud.profiles(), cloud.clock.now().date()) == before


def test_a_pack_whose_call_answers_otherwise_is_reported(cloud, monkeypatch):
    pack = load_pack("disable-key").model_dump()
    pack["forms"][0]["calls"][0]["error"] = "AccessDenied"
    wrong = Pack.model_validate(pack)
    monkeypatch.setattr(playing, "load_pack", lambda name: wrong)
    monkeypatch.setattr(playing, "_PLAYED", {})
    with pytest.raises(NotPlayed, match=r"disable-key: disabled: kms.disable_key by .* works"):
        play(cloud, ["disable-key"], FIRST)


def test_a_pack_that_does_not_exist_is_named_with_the_others(cloud):
    with pytest.raises(UnknownName, match='There is no attack "share-a-secret"'):
        play(cloud, ["share-a-secret"], FIRST)


def test_there_are_thirty_techniques_with_look_alikes_that_share_their_event_names():
    packs = [load_pack(name) for name in pack_names()]
    assert len(packs) >= 30
    assert all(pack.benign for pack in packs)
    sharing = [pack for pack in packs if calls_of(pack.forms) & calls_of(pack.benign)]
    assert len(sharing) >= 20


def calls_of(scenarios):
    return {call.call for scenario in scenarios for call in scenario.calls}


def test_an_ordinary_day_has_about_two_hundred_calls():
    calls = sum(chore.rounds * sum(call.times for call in chore.calls) for chore in load_work().chores)
    assert 150 <= calls <= 250
