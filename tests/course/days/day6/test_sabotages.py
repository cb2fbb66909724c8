"""Each control of the reference design guards what the data states: without it, exactly these probes turn red."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day6 import capstone_scoreboard, design_grading
from labs_helpers.course.days.day6.company_probes import CHANGED, closer, standing
from tests.course.days.day6.sabotages import sabotages, without

KNOWN = json.loads(data_path("day6", "sabotages.json").read_text(encoding="utf-8"))["sabotages"]
DESIGNS = sabotages()


def test_every_control_of_the_reference_is_known():
    assert [each["name"] for each in KNOWN] == list(DESIGNS)


def test_twenty_controls_and_more_guard_alone():
    assert len([each for each in KNOWN if each["red"]]) >= 20


def test_what_lies_outside_of_the_blueprint_guards_one_control_alone():
    assert [each["name"] for each in KNOWN if "outside" in each] == [
        "bucket larkspur-logs-<logs>: Write without s3:x-amz-acl"
    ]


RENEWED_AFTER = 12
"""After this many scoreboards, listing the full log archive takes longer than building the company again."""


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


def numbered(listed):
    """Parametrize a test by sabotages."""
    params = [pytest.param(number, known, id=known["name"]) for number, known in enumerate(listed)]
    return pytest.mark.parametrize(("number", "known"), params)


@pytest.mark.sampled(16)
@numbered(KNOWN)
def test_exactly_the_probes_turn_red_that_the_control_guards(number, known, cloud):
    if number % RENEWED_AFTER == 0:
        cloud.reset()
    report = capstone_scoreboard.run(design_grading.build_company(cloud, DESIGNS[known["name"]]))
    assert list(report.red) == known["red"]


TWICE = [each for each in KNOWN if not each["red"] and "outside" not in each]


@pytest.mark.sampled(16)
@numbered(TWICE)
def test_what_the_scoreboard_does_not_show_is_tried_more_closely_and_without_all_that_guards_it(
    number, known, cloud
):
    if number % (RENEWED_AFTER // 2) == 0:
        cloud.reset()
    closely = (*standing(), *(probe for probe in closer() if probe.step < CHANGED))
    report = capstone_scoreboard.run(design_grading.build_company(cloud, DESIGNS[known["name"]]), closely)
    assert list(report.red) == known.get("closer", [])
    if "together" in known:
        without_all = without([known["name"], *known["together"]["without"]])
        report = capstone_scoreboard.run(design_grading.build_company(cloud, without_all), closely)
        assert set(report.red) == set(known["together"]["red"])
