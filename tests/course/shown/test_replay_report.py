"""What a learner sees of a previewed organization: a replayed trail, and the blast radius before and after."""

from __future__ import annotations

import pytest

from labs_helpers.cloud.audit.replay import Broken, Replayed
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day import Day
from labs_helpers.course.shown.replay_report import replayed_page

KEEP = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]}  # fmt: skip


def broken(number: int = 0, *, sure: bool = True) -> Broken:
    who = f"arn:aws:iam::222233334444:user/u{number}"
    return Broken(
        "2026-01-01T00:00:00Z",
        who,
        "s3:DeleteBucket",
        "*",
        "us-east-1",
        "denied",
        "the draft, statement 1",
        sure,
    )


def test_calls_of_one_kind_are_counted_together_and_the_most_come_first():
    found = Replayed(10, 8, 0, (broken(1), broken(2), broken(2)))
    text = replayed_page(found).text
    assert text.startswith("3 of 8 calls would have been denied")
    assert text.index("user/u2") < text.index("user/u1")
    assert found.by_action() == {"s3:DeleteBucket": 3}
    assert found.by_principal().most_common(1) == [("arn:aws:iam::222233334444:user/u2", 2)]


def test_what_is_not_known_is_said():
    text = replayed_page(Replayed(3, 3, 2, (broken(sure=False),))).text
    assert "Not decided, because this cloud lacks the operation: 2." in text
    assert "don't name the resource" in text
    assert "None of the decided calls" in replayed_page(Replayed(3, 3, 0, ())).text


def test_a_long_list_is_cut_and_says_so():
    text = replayed_page(Replayed(20, 20, 0, tuple(map(broken, range(20))))).text
    assert "And 8 more combinations of action, Region, and caller." in text
    assert "user/u12" not in text


def test_a_list_is_not_cut_if_only_one_row_would_be_left_out():
    text = replayed_page(Replayed(13, 13, 0, tuple(map(broken, range(13))))).text
    assert "user/u12" in text
    assert "more combination" not in text


@pytest.fixture
def day(one_cloud, tmp_path):
    one_cloud.reset()
    landing_zone.prepare(one_cloud)
    return Day(4, {"title": "", "stage": []}, one_cloud, Progress(tmp_path / "p.json"))


def test_day_previews_counts_and_replays_and_changes_nothing(day, capsys):
    preview = day.preview()
    units = {unit.name: unit.id for unit in preview.organization.units.values()}
    preview.attach(KEEP, units["Workloads"])
    calls = len(day.cloud.record)
    day.blast_radius(preview)
    day.replay(preview, [{"eventName": "DeleteBucket"}])
    said = capsys.readouterr().out
    assert "prod" in said
    assert "19 of 20" in said
    assert "Events read: 1. " in said
    assert len(day.cloud.record) == calls
