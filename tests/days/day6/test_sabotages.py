"""Each control of the reference design guards what data says: taken out, exactly these probes turn red."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.core.content import data_path
from labs_helpers.days.day6 import grading, scoreboard
from tests.days.day6.sabotages import sabotages

KNOWN = json.loads(data_path("day6", "sabotages.json").read_text(encoding="utf-8"))["sabotages"]
DESIGNS = sabotages()


def test_every_control_of_the_reference_is_known():
    assert [each["name"] for each in KNOWN] == list(DESIGNS)


def test_twenty_controls_and_more_guard_alone():
    assert len([each for each in KNOWN if each["red"]]) >= 20


def test_what_turns_nothing_red_says_what_else_guards_it():
    assert [each["name"] for each in KNOWN if bool(each["red"]) == ("guarded_by" in each)] == []


RENEWED_AFTER = 12
"""So many scoreboards fill the log archive until listing it takes longer than building the company anew."""


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


@pytest.mark.parametrize(("number", "known"), enumerate(KNOWN), ids=[each["name"] for each in KNOWN])
def test_exactly_the_probes_turn_red_that_the_control_guards(number, known, cloud):
    if number % RENEWED_AFTER == 0:
        cloud.reset()
    report = scoreboard.run(grading.stand(cloud, DESIGNS[known["name"]]))
    assert list(report.red) == known["red"]
