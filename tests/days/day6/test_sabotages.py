"""Each control of the reference design guards what data says: taken out, exactly these probes turn red."""

from __future__ import annotations

import json

import pytest

from labs_helpers.core.content import data_path
from labs_helpers.days.day6 import blueprint, grading, scoreboard
from tests.days.day6.sabotages import sabotages

KNOWN = json.loads(data_path("day6", "sabotages.json").read_text(encoding="utf-8"))["sabotages"]
DESIGNS = sabotages()


def test_every_control_of_the_reference_is_known():
    assert [each["name"] for each in KNOWN] == list(DESIGNS)


def test_twenty_controls_and_more_guard_alone():
    assert len([each for each in KNOWN if each["red"]]) >= 20


def test_what_turns_nothing_red_says_what_else_guards_it():
    assert [each["name"] for each in KNOWN if bool(each["red"]) == ("guarded_by" in each)] == []


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["name"])
def test_exactly_the_probes_turn_red_that_the_control_guards(known, company):
    grading.stand(company.cloud, DESIGNS[known["name"]])
    report = scoreboard.run(company)
    grading.stand(company.cloud, blueprint.as_data())
    assert list(report.red) == known["red"]
