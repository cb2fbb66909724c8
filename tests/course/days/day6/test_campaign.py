"""An attack in phases: what succeeds, what the logs show, and what an investigator must find."""

from __future__ import annotations

import re

import pytest

from labs_helpers.course.days.day6 import blueprint, campaign, design_grading
from labs_helpers.course.days.day6.company_probes import closer, load


@pytest.fixture
def before_step_9(company):
    design_grading.build_company(company.cloud, blueprint.after(8))
    yield company
    design_grading.build_company(company.cloud, blueprint.as_data())


def test_the_same_seed_makes_the_same_attack(before_step_9):
    made = []
    for _ in range(2):
        attack = campaign.attack(before_step_9, seed=3, strength=2)
        made.append([(each.move.name, each.went_through) for each in attack.made])
        attack.clean_up()
    assert made[0] == made[1]


def test_every_phase_is_tried_and_the_stronger_tries_more(before_step_9):
    tried = {}
    for strength in campaign.STRENGTHS:
        attack = campaign.attack(before_step_9, seed=6, strength=strength)
        tried[strength] = len(attack.made)
        assert {each.move.phase for each in attack.made} == set(campaign.PHASES)
        attack.clean_up()
    assert tried[1] < tried[2] < tried[3]


def test_the_reference_lets_nothing_through(company):
    for seed in (1, 2):
        for strength in (1, 2):
            assert campaign.attack(company, seed=seed, strength=strength).through == []


def test_who_was_phished_gets_in_and_no_further_than_administering(company):
    attack = campaign.attack(company, seed=1, strength=3)
    kept = {"policy-version", "own-user", "trust-policy", "ticket", "stop-trail", "look-elsewhere"}
    assert kept.isdisjoint(each.move.name for each in attack.through)
    attack.clean_up()


def test_an_investigation_is_right_if_it_says_what_the_logs_tell(before_step_9):
    attack = campaign.attack(before_step_9, seed=6, strength=1)
    answers = attack.answers()
    assert set(answers) == set(attack.questions())
    assert len(answers) >= 2
    assert attack.check(answers)
    assert not attack.check({**answers, "address": "192.0.2.1"})
    assert not attack.check(None)
    attack.clean_up()


def test_an_open_answer_is_not_marked_as_wrong(before_step_9, capsys):
    attack = campaign.attack(before_step_9, seed=6, strength=1)
    capsys.readouterr()
    first, second, *_ = attack.questions()
    assert not attack.check({first: "?", second: "nothing like it"})
    marks = [line[0] for line in capsys.readouterr().out.splitlines() if "Look at" in line]
    assert marks[:2] == ["…", "✗"]
    assert set(marks[2:]) <= {"…"}
    attack.timeline()
    assert "more moves that no log contains:" in capsys.readouterr().out
    attack.clean_up()


def test_what_no_policy_stopped_is_not_said_to_be_stopped(before_step_9, capsys):
    attack = campaign.attack(before_step_9, seed=6, strength=1)
    attack.show()
    attack.clean_up()
    out = capsys.readouterr().out
    assert "✓ stopped: AccessDenied" in out
    assert "✓ had no effect: NoSuchEntity" in out, "the user that is to be deleted was never made"


def test_without_logs_nobody_can_say_what_happened(company, capsys):
    design_grading.build_company(company.cloud, blueprint.after(0))
    attack = campaign.attack(company, seed=6, strength=1)
    assert attack.through
    assert not attack.check({})
    assert "the log doesn't show what" in capsys.readouterr().out
    attack.clean_up()
    design_grading.build_company(company.cloud, blueprint.as_data())


def test_what_the_attacker_changed_can_be_taken_back(company):
    from labs_helpers.course.days.day6 import capstone_scoreboard

    design_grading.build_company(company.cloud, blueprint.after(8))
    campaign.attack(company, seed=6, strength=3).clean_up()
    design_grading.build_company(company.cloud, blueprint.as_data())
    assert capstone_scoreboard.run(company).red == ()


def test_a_strength_that_there_is_not_is_refused(company):
    with pytest.raises(ValueError, match="1, 2, 3"):
        campaign.attack(company, strength=4)


def test_ways_up_carry_their_numbers_of_the_catalogue():
    numbered = [move.path for move in campaign.moves() if move.phase == "Privilege Escalation"]
    assert all(numbered)
    assert len(set(numbered)) == len(numbered)


def test_moves_are_named_as_attack_19_names_them():
    """https://attack.mitre.org/resources/updates/updates-april-2026/: Defense Evasion and T1562 no longer exist."""
    techniques = [each.technique for each in (*campaign.moves(), *load(), *closer()) if each.technique]
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})? \S.*", each) for each in techniques)
    assert not any(each.startswith("T1562") for each in techniques)
    assert "Defense Evasion" not in campaign.PHASES
