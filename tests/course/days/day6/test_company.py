"""Day 6's company: it is built, tested, and changed back and forth. Every call is real."""

from __future__ import annotations

import pytest

from labs_helpers.course.days.day6 import blueprint, capstone_scoreboard, design_grading
from labs_helpers.course.days.day6.actors import ACTORS
from labs_helpers.course.days.day6.company_probes import closer, load, standing
from labs_helpers.course.grading.answers import AnswerError


def test_there_are_sixty_probes_and_more_half_attacks_half_work_and_eight_a_step():
    kinds = [probe.kind for probe in standing()]
    assert len(kinds) >= 60
    assert kinds.count("attack") == kinds.count("work")
    for step in range(1, 10):
        assert len([probe for probe in standing() if probe.step == step]) >= 8


def test_every_kind_of_identity_tries_something():
    tried = {act.who for probe in (*load(), *closer()) for act in (probe, *probe.before)}
    assert tried | {"neighbor"} == set(ACTORS)


@pytest.mark.parametrize("design", ["reference", "near", "delegated"])
def test_right_designs_are_all_green(design, company):
    design_grading.build_company(company.cloud, blueprint.as_data(design))
    report = capstone_scoreboard.run(company)
    design_grading.build_company(company.cloud, blueprint.as_data())
    assert report.red == ()
    assert report.unread == ""


def test_probes_leave_the_company_as_it_was(company):
    first, second = capstone_scoreboard.run(company), capstone_scoreboard.run(company)
    assert (first.red, second.red) == ((), ())
    assert design_grading.build_company(company.cloud, blueprint.as_data()) is company


def test_building_again_what_stands_makes_no_call(company):
    design_grading.build_company(company.cloud, blueprint.as_data())
    before = len(company.cloud.record)
    design_grading.build_company(company.cloud, blueprint.as_data())
    assert len(company.cloud.record) == before


def test_a_company_can_be_taken_back_to_the_start_and_built_again(company):
    for step in (0, 9, 4, 9):
        design_grading.build_company(company.cloud, blueprint.after(step))
    assert capstone_scoreboard.run(company).red == ()


def test_log_files_of_a_former_trail_show_nothing_about_a_company_without_one(company):
    """Removing a trail keeps its files, whose key is then pending deletion, so that no one at all can read them."""
    design_grading.build_company(company.cloud, blueprint.after(0))
    of_a_log_file = [probe for probe in load() if ".newest." in str(probe.parameters)]
    report = capstone_scoreboard.run(company, of_a_log_file)
    design_grading.build_company(company.cloud, blueprint.as_data())
    assert len(report.red) == len(of_a_log_file) == 4


def test_what_aws_would_not_take_is_said_in_its_words_and_the_rest_stands(company):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "x", "Action": "y"}]}
    with pytest.raises(AnswerError, match="MalformedPolicyDocument"):
        design_grading.build_company(
            company.cloud, blueprint.changed(blueprint.as_data(), {"roles": {"guest": {"trust": trust}}})
        )
    design_grading.build_company(company.cloud, blueprint.as_data())
    assert capstone_scoreboard.run(company).red == ()


def test_trails_that_cannot_use_their_key_are_refused_whatever_was_built_before(company):
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html"""
    unusable = blueprint.as_data()
    key = next(each for each in unusable["keys"] if each["alias"] == "logs")
    statements = key["policy"]["Statement"]
    key["policy"] = {**key["policy"], "Statement": [each for each in statements if each["Sid"] != "Writes"]}
    for _ in range(2):
        with pytest.raises(AnswerError, match="InsufficientEncryptionPolicy"):
            design_grading.build_company(company.cloud, unusable)
    design_grading.build_company(company.cloud, blueprint.as_data())


def test_a_red_attack_says_who_which_layer_and_which_day(company):
    from labs_helpers.course.days.day6.scoreboard_page import red_line

    weaker = blueprint.changed(blueprint.as_data(), {"scps": {"OneRegion": None}})
    design_grading.build_company(company.cloud, weaker)
    report = capstone_scoreboard.run(company)
    design_grading.build_company(company.cloud, blueprint.as_data())
    assert report.red == ("2.4",)
    line = next(red_line(one) for one in report.outcomes if not one.right)
    assert "Pia" in line
    assert "service control policy (OneRegion: OnlyFrankfurt; Day 4)" in line
    assert "AdministratorAccess" in line


DENY_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
TICKETS = "larkspur-tickets-<prod>"
DENY_BUCKET = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{TICKETS}", f"arn:aws:s3:::{TICKETS}/*"],
        }
    ],
}


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        (2, {"scps": {"All": {"about": "x", "targets": ["root"], "policy": DENY_ALL}}}),
        (5, {"buckets": {TICKETS: {"policy": DENY_BUCKET}}}),
    ],
    ids=["rail", "bucket policy"],
)
def test_an_answer_that_locks_out_whoever_builds_is_told_so_and_the_next_one_can_be_built(
    step, answer, company
):
    (told,) = design_grading.judge(company.cloud, step, answer).faults
    assert told.story.startswith("Your design locks out the platform")
    assert "explicit deny" in told.story
    assert design_grading.build_company(company.cloud, blueprint.as_data()) is company
