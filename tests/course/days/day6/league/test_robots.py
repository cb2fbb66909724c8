"""The robots: the reference design holds against all of them, and they find the hole in a company that has one."""

from __future__ import annotations

import pytest

from labs_helpers.course.days.day6 import blueprint, build, capstone_scoreboard
from labs_helpers.course.days.day6.campaign import attack_with
from labs_helpers.course.days.day6.league import robots
from labs_helpers.course.days.day6.league.league_rules import rules
from tests.course.days.day6.league.conftest import HOLES

FOOTHOLDS = [each.name for each in rules().footholds]
SAMPLE = list(rules().all_campaigns())[::9]


def rebuilt(planted, design):
    return build.build(
        planted.company.cloud, blueprint.Blueprint.model_validate(design), company=planted.company
    )


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", FOOTHOLDS)
def test_the_reference_loses_no_flag_from_any_foothold(name, planted):
    found = robots.search(robots.renewed(planted.company), planted, rules().foothold(name))
    assert found.taken == set()
    assert found.calls > 20


def test_the_reference_stops_every_move_of_a_sample_of_the_campaigns(planted):
    runner = robots.renewed(planted.company)
    assert {place: attack_with(runner, *place).through for place in SAMPLE} == {place: [] for place in SAMPLE}


def test_there_are_forty_campaigns_of_three_strengths_and_no_two_are_alike():
    every = list(rules().all_campaigns())
    assert len(every) == len(set(every)) == 40
    assert {strength for _, strength in every} == {1, 2, 3}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in blueprint.designs() if name != "start"])
def test_every_right_design_stops_all_forty_campaigns(name, planted):
    rebuilt(planted, blueprint.as_data(name))
    through = robots.campaigns(planted.company)
    assert [place for place, moves in through.items() if moves] == []
    rebuilt(planted, blueprint.as_data())


@pytest.mark.sampled(4)
@pytest.mark.parametrize("hole", HOLES, ids=[hole["name"] for hole in HOLES])
def test_a_company_with_a_hole_loses_what_the_hole_gives_away(hole, planted):
    company = rebuilt(planted, blueprint.changed(blueprint.as_data(), hole["changes"]))
    found = robots.search(robots.renewed(company), planted, rules().foothold(hole["foothold"]))
    assert found.taken == set(hole["taken"])
    rebuilt(planted, blueprint.as_data())


def test_each_foothold_and_each_flag_is_lost_through_a_hole():
    assert {hole["foothold"] for hole in HOLES} == set(FOOTHOLDS)
    assert {flag for hole in HOLES for flag in hole["taken"]} == {flag.name for flag in rules().flags}


def test_a_search_leaves_the_company_as_it_was(planted):
    company = rebuilt(planted, blueprint.changed(blueprint.as_data(), HOLES[1]["changes"]))
    first = [robots.search(robots.renewed(company), planted, rules().foothold("ci")) for _ in range(2)]
    assert first[0].succeeded == first[1].succeeded
    rebuilt(planted, blueprint.as_data())
    assert capstone_scoreboard.run(planted.company).red == ()
