"""Incidents, outages, and benchmark controls: every number has two independent sources."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day1 import checks  # noqa: F401  (importing registers)
from labs_helpers.course.days.day1.account import IDS
from labs_helpers.course.days.day1.controls import benchmarks
from labs_helpers.course.days.day1.exposure import exposures
from labs_helpers.course.days.day1.incidents import incident, incidents, play, played
from labs_helpers.course.days.day1.posture import CHECKS
from labs_helpers.course.days.day1.schema import Control, Incident, host

INCIDENTS = list(incidents().values())
each_incident = pytest.mark.parametrize("found", INCIDENTS, ids=lambda found: found.id)
_NOT_NUMBERS = re.compile(r"\bS3\b|\bEC2\b|IMDSv2")
_NUMBER = re.compile(r"\d[\d,.]*")


def test_ten_incidents_at_least_and_two_of_them_are_replayed() -> None:
    assert len(INCIDENTS) >= 10
    assert {found.replay for found in INCIDENTS} == {None, "webapp", "repository"}


@each_incident
def test_numbers_stand_in_the_figures_alone_where_each_has_two_sources(found: Incident) -> None:
    told = (
        found.scene,
        found.look.reason,
        found.misconfigured,
        found.side_reason,
        found.hurt,
        found.cost,
        found.unknown,
        *found.stopped_by,
        *found.look.choices.values(),
        *found.look.others.values(),
        *found.steps,
    )
    for text in told:
        assert not _NUMBER.search(_NOT_NUMBERS.sub("", text)), text
    for figure in found.figures:
        assert len({host(found.sources[name]) for name in figure.sources}) >= 2


@each_incident
def test_an_incident_names_a_setting_of_the_days_account(found: Incident) -> None:
    assert found.settings
    assert set(found.settings) <= set(IDS) | set(benchmarks())


@each_incident
def test_the_scene_does_not_give_the_answer_away(found: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    play(found.id)
    shown = capsys.readouterr().out
    assert found.misconfigured not in shown
    assert found.look.reason not in shown
    for letter, choice in found.look.choices.items():
        assert choice in shown
        play(found.id, letter)
        card = capsys.readouterr().out
        assert found.look.reason in card
        assert ("✓ Yes" in card) == (letter == found.look.right)
        assert letter == found.look.right or found.look.others[letter] in card


def test_the_best_place_to_look_is_not_always_the_same_letter() -> None:
    assert {found.look.right for found in INCIDENTS} == {"a", "b", "c"}


def test_what_is_no_choice_and_no_incident_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for choice in ("z", "", 5, ["a"]):
        play("uber", choice)  # type: ignore[arg-type]
        assert "Choose one of a, b, c." in capsys.readouterr().out
    with pytest.raises(LookupError, match="capital-one"):
        play("capitol-one")
    assert "Uber" in played().text


def _changed(**changes: Any) -> dict[str, Any]:
    whole = json.loads(data_path("day1", "incidents.json").read_text(encoding="utf-8"))["incidents"]
    return {**next(each for each in whole if each["id"] == "uber"), **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"sources": {"a": "https://example.com/1", "b": "https://www.example.com/2"}, "figures": []},
        {"figures": [{"says": "1 rider", "sources": ["ftc", "nobody"]}]},
        {"figures": [{"says": "1 rider", "sources": ["ftc"]}]},
        {"sources": {"ftc": "no page", "b": "https://example.org/2"}},
        {"look": {"choices": {"a": "here", "b": "there"}, "right": "a", "reason": "so"}},
    ],
    ids=["one site twice", "an unknown source", "one source", "no URL", "two choices"],
)
def test_an_incident_that_is_badly_sourced_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Incident.model_validate(_changed(**changes))


def test_outages_are_told_by_aws_and_by_another() -> None:
    for outage in exposures().outages:
        hosts = {host(page) for page in outage.sources.values()}
        assert "amazon.com" in hosts
        assert len(hosts) >= 2


def test_openings_are_of_the_days_incidents_and_count_people_as_its_figures_do() -> None:
    for opening in exposures().openings:
        figures = " ".join(figure.says for figure in incident(opening.incident).figures)
        if opening.people is not None:
            millions = [int(number) for number in re.findall(r"(?<![\d$])(\d+) million", figures)]
            users = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) users", figures)]
            assert opening.people in {1_000_000 * value for value in (*millions, sum(millions))} | set(users)


def test_each_setting_of_the_account_has_what_benchmarks_ask_of_it() -> None:
    """A CIS control has its number in both versions; one of AWS's Foundational Security Best Practices has its ID."""
    assert set(IDS) <= set(benchmarks())
    for asked in benchmarks().values():
        assert asked.controls
        versions = {each.version for each in asked.controls if each.benchmark.startswith("CIS")}
        assert versions in (set(), {"3.0.0", "5.0.0"})


def test_what_the_checker_cites_is_among_what_benchmarks_ask() -> None:
    """The checker's controls are the same as in data/day1/controls.json, so a number that is wrong in one is found."""
    assert len(CHECKS) >= 14
    for check in CHECKS.values():
        known = {_cited(each) for each in benchmarks()[check.id].controls}
        cited = {each for each in check.controls if each.startswith(("FSBP", "CIS"))}
        assert cited <= known, check.id


def _cited(control: Control) -> str:
    """Return a control as the checker writes it: `FSBP S3.2`, `CIS v5.0.0 2.1.4`."""
    if control.benchmark.startswith("CIS"):
        return f"CIS v{control.version} {control.number}"
    return f"FSBP {control.number}"
