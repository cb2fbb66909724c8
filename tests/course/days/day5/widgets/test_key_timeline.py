"""The timeline of a key: its states, key material, and waiting period, according to CloudTrail events."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.audit.trail_setup import open_trail
from labs_helpers.course.days.day5.widgets.key_drawing import lasting, spread
from labs_helpers.course.days.day5.widgets.key_timeline import KeyTimeline
from labs_helpers.course.lesson.delivered_records import delivered
from labs_helpers.course.shown.look import drawing

BUCKET, HOME, AWAY = "trail-111122223333", "us-east-1", "eu-west-1"


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=5) as cloud:
        yield cloud


@pytest.fixture
def kms(cloud):
    cloud.reset()
    open_trail(cloud, BUCKET, "course")
    return boto3.client("kms", region_name=HOME)


def drawn(cloud, key):
    return KeyTimeline(key, delivered(cloud, BUCKET), cloud.clock.now())


def states(line, region=HOME):
    return [span.what for span in line.history.states[region]]


def test_states_follow_one_another_as_they_were_set(cloud, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for change in ("disable_key", "enable_key"):
        cloud.clock.advance(days=1)
        getattr(kms, change)(KeyId=key)
    line = drawn(cloud, key)
    assert states(line) == ["Enabled", "Disabled", "Enabled"]
    assert [each.name for each in line.history.moments] == ["CreateKey", "DisableKey", "EnableKey"]
    assert line.history.moments[1].states == {HOME: "Disabled"}


def test_each_rotation_begins_a_material(cloud, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key)
    cloud.clock.advance(days=366)
    kms.rotate_key_on_demand(KeyId=key)
    cloud.clock.advance(days=1)
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    materials = [span.what for span in drawn(cloud, key).history.materials]
    assert materials == [each["KeyMaterialId"][:8] for each in listed]


def test_a_window_is_drawn_until_it_ends_or_is_cancelled(cloud, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=9)
    begun = cloud.clock.now()
    cloud.clock.advance(days=1)
    line = drawn(cloud, key)
    assert abs(line.history.deletions[HOME] - (begun + timedelta(days=9))) < timedelta(seconds=2)
    assert "stroke-dasharray" in line._picture.value
    assert "to be deleted" in repr(line)
    kms.cancel_key_deletion(KeyId=key)
    assert drawn(cloud, key).history.deletions == {}


def test_what_is_deleted_is_gone(cloud, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    cloud.clock.advance(days=8)
    boto3.client("s3").list_buckets()
    line = drawn(cloud, key)
    assert line.history.moments[-1].name == "DeleteKey"
    assert line.history.moments[-1].states == {HOME: "deleted"}
    assert states(line) == ["Enabled", "PendingDeletion"]


def test_replicas_have_lanes_of_their_own_and_the_primary_is_told(cloud, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    boto3.client("kms", region_name=AWAY).disable_key(KeyId=key.replace(HOME, AWAY))
    cloud.clock.advance(days=1)
    line = drawn(cloud, key)
    assert states(line, AWAY) == ["Enabled", "Disabled"]
    assert states(line) == ["Enabled"]
    assert [span.what for span in line.history.primaries] == [HOME]
    boto3.client("kms", region_name=AWAY).enable_key(KeyId=key.replace(HOME, AWAY))
    kms.update_primary_region(KeyId=key, PrimaryRegion=AWAY)
    assert [span.what for span in drawn(cloud, key).history.primaries] == [HOME, AWAY]


def test_a_key_for_imported_material_begins_empty(cloud, kms):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    assert states(drawn(cloud, key)) == ["PendingImport"]


def test_refused_calls_change_nothing_and_uses_are_counted(cloud, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    kms.disable_key(KeyId=key)
    with pytest.raises(kms.exceptions.DisabledException):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    line = drawn(cloud, key)
    assert len(line.history.uses[HOME]) == 1
    assert f"{HOME}: 1 use\n" in f"{line!r}\n"


def event(name="CreateKey", time="2026-01-01T00:00:00Z", who="<b>eve</b>"):
    return {
        "eventTime": time, "awsRegion": HOME, "eventName": name, "userIdentity": {"arn": f"x/{who}"},
        "resources": [{"ARN": f"arn:aws:kms:{HOME}:111122223333:key/k1"}],
    }  # fmt: skip


def test_what_events_say_is_shown_as_text_and_never_as_markup():
    line = KeyTimeline("k1", [event(), event("<i>Odd</i>", "2026-01-02T00:00:00Z")])
    for shown in (line.html, line._said.value, line._picture.value):
        assert "<i>Odd" not in shown
        assert "<b>eve" not in shown


def test_one_event_alone_is_a_time_line():
    line = KeyTimeline("k1", [event()])
    assert line.chosen.name == "CreateKey"
    assert line.history.now == datetime(2026, 1, 1, tzinfo=UTC)


def test_choosing_tells_the_state_of_then():
    line = KeyTimeline("k1", [event(), event("DisableKey", "2026-01-02T00:00:00Z")])
    assert "Disabled" in line._said.value
    line.choose(1)
    assert "us-east-1 Enabled" in line._said.value
    with pytest.raises(ValueError, match="choose 1 to 2"):
        line.choose(3)


def across(line):
    """Return the picture from left to right, without the pictures from top to bottom for narrow places."""
    return line._picture.value.partition('class="on-phones"')[0]


def test_every_moment_is_a_mark_in_the_picture_and_a_row_of_the_table():
    times = [f"2026-01-0{day}T00:00:0{day % 3}Z" for day in (1, 1, 1, 2, 9)]
    line = KeyTimeline("k1", [event(time=time) for time in times])
    columns = line._picture.value.removeprefix(across(line)).split('class="on-phones"')
    for shown in (across(line), *columns[1:], line._moments.value):
        assert [shown.count(f'data-option="{number}"') for number in range(6)] == [1] * 5 + [0]
    assert line._moments.value.count('aria-current="true"') == 1
    line.back.click()
    line.back.click()
    assert line.moment.value == 2
    assert "moment 3 of 5" in line._said.value
    line.go(9)
    assert line.moment.value == 4


@pytest.mark.parametrize("days", [1, 400, 4_000])
def test_each_state_has_room_for_its_name_however_long_the_others_lasted(days):
    end = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
    told = [event(), *(event(name, f"{end:%Y-%m-%dT%H:%M}:0{second}Z") for second, name in enumerate(
        ("DisableKey", "EnableKey", "ScheduleKeyDeletion")))]  # fmt: skip
    drawn = across(KeyTimeline("k1", told, end + timedelta(seconds=4)))
    assert [drawn.count(f">{state}</text>") for state in ("Enabled", "Disabled", "PendingDeletion")] == [
        2,
        1,
        1,
    ]
    assert [drawn.count(f">{each}</text>") for each in (lasting(timedelta(days=days)), "1 second")] == [1, 2]
    (width,) = re.findall(r'width="([\d.]+)"[^>]*/><text[^>]*>PendingDeletion<', drawn)
    assert float(width) >= drawing.BOLD * len("PendingDeletion") + 14


def test_every_use_has_a_tick_however_many_follow():
    told = [event(), event("Encrypt", "2026-01-02T00:00:00Z")]
    later = event("Encrypt", "2026-01-09T00:00:00Z")
    few, many = (KeyTimeline("k1", [*told, *[later] * times])._picture.value for times in (1, 300))
    assert few.count("<line") == many.count("<line")


def test_changes_within_one_second_have_a_block_each():
    names = ("CreateKey", "DisableKey", "EnableKey", "DisableKey", "ScheduleKeyDeletion")
    drawn = across(KeyTimeline("k1", [event(name) for name in names]))
    assert [drawn.count(f">{state}</text>") for state in ("Enabled", "Disabled", "PendingDeletion")] == [
        2,
        2,
        1,
    ]


def test_the_durations_of_adjacent_stretches_are_apart():
    names = ("CreateKey", *("DisableKey", "EnableKey") * 4)
    told = [event(name, f"2026-01-01T00:00:{19 * (at // 3):02}Z") for at, name in enumerate(names)]
    found = re.findall(
        r'<text x="([\d.]+)" y="[\d.]+" text-anchor="middle"[^>]*>(same second|19 seconds)<',
        across(KeyTimeline("k1", told)),
    )
    assert len(found) >= 8
    for (place, text), (after, other) in pairwise(found):
        assert float(after) - float(place) > drawing.LETTER * (len(text) + len(other) + 2) / 2


@pytest.mark.parametrize("places", [[], [5], [5, 5, 5], [0, 99, 100], [98, 99, 100], [0, 1, 2, 97, 99, 100]])
def test_marks_of_moments_never_cover_each_other(places):
    moved = spread(places, 10, 0, 100)
    assert moved == sorted(moved)
    assert all(0 <= each <= 100 for each in moved)
    assert all(later - earlier >= 10 for earlier, later in pairwise(moved))


def test_a_key_that_no_event_is_about_is_named():
    with pytest.raises(LookupError, match="none of these events is about the key k2"):
        KeyTimeline("k2", [event()])


def test_a_length_of_time_is_rounded():
    """Thirty days minus a few seconds are shown as thirty days."""
    assert [lasting(timedelta(days=30, seconds=-9)), lasting(timedelta(seconds=1))] == ["30 days", "1 second"]
