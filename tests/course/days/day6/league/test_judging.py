"""The judgment on a company: what its alarm rules contribute."""

from __future__ import annotations

from types import SimpleNamespace

from labs_helpers.course.days.day6.league import judging
from labs_helpers.engine.detection import read_rule

RECORD = {"eventID": "1", "eventName": "StopLogging", "userAgent": "aaa"}
SIGMA = "detection: {stop: {eventName: StopLogging}, condition: stop}"
FAILS = "SELECT eventID FROM trail WHERE userAgent REGEXP '(a' || '+)+b'"


def alarms(*rules):
    searched = SimpleNamespace(records=[RECORD], event_ids=["1"])
    return judging._alarms(
        [read_rule(rule) for rule in rules], SimpleNamespace(outcomes=[], records=[]), searched
    )


def test_alarms_are_counted():
    assert alarms(SIGMA) == "1 of 1 raised an alarm, the first after 0 calls, 0 false"


def test_a_rule_that_fails_is_named_and_does_not_defeat_the_company():
    assert alarms(SIGMA, FAILS).startswith("can't be run: SQLite: ")
