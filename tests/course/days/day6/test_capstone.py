"""Day 6 as a learner uses it: no typing error raises an exception, and a design is never lost."""

from __future__ import annotations

import copy
import json

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6.capstone import Capstone
from labs_helpers.course.days.day6.own_company import compose
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress


@pytest.fixture(scope="module")
def larkspur():
    with Cloud(seed=6) as cloud:
        yield Capstone(cloud)


def test_the_requirements_read_as_a_page(larkspur, capsys):
    larkspur.requirements()
    told = capsys.readouterr().out
    assert "Larkspur Tickets" in told
    assert "*" not in told


def test_a_learner_s_own_answers_lead_to_a_green_scoreboard(larkspur):
    larkspur.begin_at(1)
    for step in range(1, 10):
        exercise = load(6)[f"6.{step}"]
        assert larkspur.change(exercise.changes(exercise.solution))
    assert larkspur.scoreboard().red == ()


@pytest.mark.slow
def test_a_scoreboard_does_not_depend_on_what_was_built_before(own):
    mine, red = own("mine"), dict[int, tuple[str, ...]]()
    for steps in ((1, 10, 1), (10, 1, 10), (1, 1, 5, 1), (5, 5, 9, 1), (9, 9, 8, 10, 5, 9, 10, 9, 5, 8)):
        mine.cloud.reset()
        for at, step in enumerate(steps):
            mine.begin_at(step, reference=True)
            found = mine.scoreboard().red
            assert red.setdefault(step, found) == found, steps[: at + 1]


@pytest.mark.parametrize(
    "changes", [7, None, {"scps": 3}, {"nothing": 1}, {"roles": {"guest": {"trust": {"Statement": []}}}}]
)
def test_what_is_no_design_is_told_and_the_design_stays(changes, larkspur, capsys):
    before = larkspur.design
    assert not larkspur.change(changes)
    assert "✗" in capsys.readouterr().out
    assert larkspur.design == before


def test_a_step_that_there_is_not_is_refused(larkspur):
    for step, told in (
        (0, "steps 1 to 9"),
        (11, "steps 1 to 9"),
        ("3", "whole number"),
        (True, "whole number|steps 1"),
    ):
        with pytest.raises(ValueError, match=told):
            larkspur.begin_at(step)


def test_a_starter_is_the_learner_s_own_to_change(larkspur):
    larkspur.starter("6.2")["scps"]["OneRegion"]["targets"] = ["mine"]
    assert larkspur.starter("6.2")["scps"]["OneRegion"]["targets"] != ["mine"]
    larkspur.starter("6.1")["trust"] = "accept"
    assert larkspur.starter("6.1")["trust"] == "?"
    with pytest.raises(LookupError, match=r"6\.1"):
        larkspur.starter("6.99")


def test_a_client_calls_as_an_actor_and_an_unknown_one_is_named(larkspur):
    larkspur.begin_at(10)
    found = larkspur.client("auditor", "sts").get_caller_identity()
    assert "AWSReservedSSO_Auditor" in found["Arn"]
    with pytest.raises(LookupError, match="auditor"):
        larkspur.client("nobody-i-know", "sts")
    with pytest.raises(LookupError, match="leaver"):
        larkspur.client("leaver", "sts")


def test_designs_are_swapped_by_files_that_are_never_written_over(larkspur, tmp_path, capsys):
    larkspur.begin_at(4)
    mine = str(tmp_path / "mine.json")
    larkspur.save(mine)
    with pytest.raises(FileExistsError):
        larkspur.save(mine)
    before = larkspur.design
    larkspur.begin_at(1)
    assert larkspur.load(mine)
    assert larkspur.design == before


def blueprint_before(step):
    return compose({}, before=step).design


@pytest.fixture
def own(larkspur, tmp_path):
    """Return a function that returns the company of a named learner, with new files, in the module's cloud."""
    return lambda name: Capstone(larkspur.cloud, Answers(Progress(tmp_path / f"{name}.json")))


def test_two_learners_swap_files_and_attack_each_other_s_design(own, tmp_path, capsys):
    theirs = own("theirs")
    theirs.begin_at(9)
    theirs.save(tmp_path / "theirs-design.json")
    mine = own("mine")
    mine.begin_at(3)
    mine.save()
    assert "Your design is saved in mine.answers.json." in capsys.readouterr().out
    assert mine.load(tmp_path / "theirs-design.json")
    assert mine.design == theirs.design
    assert mine.campaign(seed=6, strength=1).through
    assert "This design comes from a file" in capsys.readouterr().out
    assert mine.load()
    assert mine.design == blueprint_before(3)


def test_where_the_answers_can_t_be_written_nothing_is_said_to_be_kept(own, capsys):
    own("nowhere/mine").save()
    out = capsys.readouterr().out
    assert "✗ Your design wasn't saved." in out
    assert "can't be written" in out


def test_without_a_kept_design_that_is_told(own, tmp_path, capsys):
    Progress(tmp_path / "mine.json").export(tmp_path / "empty.json")
    for path in (None, tmp_path / "empty.json"):
        assert not own("mine").load(path)
        assert "No design is saved there yet" in capsys.readouterr().out


def test_a_design_in_an_older_progress_file_is_taken_over(own, larkspur, tmp_path):
    larkspur.begin_at(3)
    old = {"version": 3, "exercises": {}, "quizzes": {}, "designs": {"6": larkspur.design}}
    (tmp_path / "mine.json").write_text(json.dumps(old))
    mine = own("mine")
    assert mine.load()
    assert mine.design == larkspur.design


def test_what_one_notebook_keeps_no_other_one_writes_over_with_what_it_knew(own):
    one, other = own("mine"), own("mine")
    one.begin_at(3)
    one.save()
    other.build()
    assert own("mine").load()


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("home",), "eu-west-1", "a design for another company: the home Region must be eu-central-1"),
        (("buckets", 0, "name"), "../../etc", "the bucket larkspur-tickets-<prod> in prod is missing"),
        (("roles",), [{"name": f"r{n}"} for n in range(500)], "isn't a blueprint: roles"),
        (("units", 0, "parent"), "Workloads", "isn't an OU that comes before it"),
        (("people", "assignments", 0, "group"), "ghosts", "no group ghosts"),
        (("roles", 0, "trust"), {"Statement": [[[]]]}, "AWS rejected this"),
        (("roles", 0, "about"), "<b>", "<b>"),
        (("trails", 0, "bucket"), "somebody-elses", "AWS rejected this"),
    ],
)
def test_a_stranger_s_design_is_looked_at_before_it_is_built(larkspur, tmp_path, capsys, place, value, told):
    larkspur.begin_at(9)
    before, design = larkspur.design, copy.deepcopy(larkspur.design)
    at = design
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps({"version": 3, "exercises": {}, "quizzes": {}, "designs": {"6": design}}))
    assert not larkspur.load(path)
    assert told in capsys.readouterr().out
    assert larkspur.design == before


def test_a_file_that_is_too_large_is_told_so(larkspur, tmp_path, capsys):
    path = tmp_path / "theirs.json"
    path.write_text('{"name": "' + "x" * 1_000_000 + '"}')
    assert not larkspur.load(path)
    assert "more than 1,000,000 bytes" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        json.dumps({"name": "x"}),
        json.dumps({"version": 3, "designs": {"6": 7}}),
        '{"a": ' + "[" * 50,
        "[" * 200_000,
    ],
)
def test_a_file_that_holds_no_design_is_told_so(text, larkspur, tmp_path, capsys):
    path = tmp_path / "theirs.json"
    path.write_text(text)
    assert not larkspur.load(str(path))
    assert "✗" in capsys.readouterr().out


def test_the_time_line_escapes_what_the_logs_hold():
    from labs_helpers.course.days.day6.scoreboard_page import timeline

    text, html = timeline([("2026-01-01T00:00:00Z", "<b>prod</b>", "<script>", False)], ["<i>"])
    assert "<script>" in text
    assert "<script>" not in html
    assert "<b>" not in html


def test_the_time_line_counts_more_calls_only_if_the_logs_hold_some():
    from labs_helpers.course.days.day6.scoreboard_page import timeline

    assert "2 calls that no log contains:" in timeline([], ["a", "b"])[0]
    event = ("2026-01-01T00:00:00Z", "prod", "pia: CreateUser", False)
    assert "2 more calls that no log contains:" in timeline([event], ["a", "b"])[0]


def test_what_was_built_and_decided_is_taken_home_into_a_new_folder(larkspur, tmp_path, capsys):
    larkspur.begin_at(10)
    larkspur.decide(" ", "")
    larkspur.decide("Nobody reads tickets.", "We <b>promised</b> it.")
    assert larkspur.decisions == [("Nobody reads tickets.", "We <b>promised</b> it.")]
    folder = tmp_path / "larkspur"
    larkspur.take_home(str(folder))
    report = (folder / "report.html").read_text()
    assert "Nobody reads tickets." in report
    assert "<b>promised" not in report
    (folder / "report.html").write_text("mine")
    larkspur.take_home(folder)
    assert "Nothing was written" in capsys.readouterr().out
    assert (folder / "report.html").read_text() == "mine"


def test_a_report_shows_no_scoreboard_of_another_design(larkspur, tmp_path):
    larkspur.begin_at(10)
    larkspur.scoreboard()
    larkspur.begin_at(10)
    assert larkspur.last is not None
    larkspur.begin_at(9)
    assert larkspur.last is None


def test_what_stands_is_shown_by_name_and_part_by_part(larkspur, capsys):
    larkspur.begin_at(1)
    capsys.readouterr()
    larkspur.look()
    assert "tickets-app, ci-deploy" in capsys.readouterr().out
    larkspur.look("roles/ci-deploy")
    assert "builds.larkspur.example:aud" in capsys.readouterr().out
    larkspur.look("people/permission_sets/Operator/managed")
    assert "AdministratorAccess" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["rolls", "roles/nobody", "home/x", "roles/ci-deploy/managed/x", "/"])
def test_a_place_that_there_is_not_is_told_with_what_there_is(larkspur, capsys, place):
    larkspur.look(place)
    assert "there is no " in capsys.readouterr().out


def test_a_list_without_parts_is_shown_with_what_one_may_say(larkspur, capsys):
    larkspur.begin_at(8)
    capsys.readouterr()
    larkspur.look("trails")
    told = capsys.readouterr().out
    assert "organization" in told
    assert "required" in told


def test_a_copy_of_a_part_is_the_learner_s_own(larkspur):
    larkspur.begin_at(8)
    larkspur.part("keys/tickets/policy")["Statement"].clear()
    assert larkspur.part("keys/tickets/policy")["Statement"]


def test_what_a_new_part_lacks_is_said_by_its_name(larkspur, capsys):
    larkspur.begin_at(8)
    assert not larkspur.change({"trails": {"larkspur": {"account": "management"}}})
    assert "trails/larkspur/bucket: " in capsys.readouterr().out
