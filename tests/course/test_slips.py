"""A typing error is answered in one to three lines, without a traceback, whatever a learner calls.

Every public name of the course, the days, and the widgets is called with six kinds of wrong values, one argument at a
time. A call can succeed, print an explanation, or raise an error that notebooks show in a few lines.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest

import labs_helpers.course
import labs_helpers.widgets
from labs_helpers.cloud import Cloud
from labs_helpers.course import Day, open_day, open_weekend
from labs_helpers.course.attacks.played_pack import PlayedPack
from labs_helpers.course.content.numbering import WEEKEND, folder_of
from labs_helpers.course.lesson.common_mistakes import KINDS, advice

WRONG = {"mistyped": "payrol", "empty": "", "none": None, "number": 7, "list": [], "object": object()}
OBJECT = "arn:aws:s3:::payroll/2026.csv"
ALICE = "arn:aws:iam::111122223333:user/alice"
LONGEST = 1_000
RULE = "detection:\n  selection:\n    eventName: StopLogging\n  condition: selection\n"


class Room:
    """An open day, with the objects that its cases need."""

    def __init__(self, day: Day) -> None:
        self.day, self.cloud = day, day.cloud

    def __getattr__(self, name: str) -> Any:
        """Create an object that a case needs, once, and keep it."""
        made = MAKE[name](self)
        setattr(self, name, made)
        return made


def widget(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"labs_helpers.widgets.{module}"), name)


def days(number: int, name: str) -> Any:
    return getattr(importlib.import_module(f"labs_helpers.course.days.{folder_of(number)}"), name)


def block(room: Room, name: Any) -> None:
    with room.day.attempt(name):
        pass


MAKE: dict[str, Callable[[Room], Any]] = {
    "board": lambda room: widget("sorting_board", "SortingBoard")(),
    "player": lambda room: widget("incident_player", "IncidentPlayer")(),
    "plot": lambda room: widget("exposure_plot", "ExposurePlot")(),
    "explorer": lambda room: widget("explorer", "EvaluationExplorer")(
        principal=ALICE, action="s3:GetObject", resource=OBJECT
    ),
    "matrix": lambda room: widget("matrix", "AccessMatrix")(resource=OBJECT).run(),
    "editor": lambda room: widget("policy_editor", "PolicyEditor")(cloud=room.cloud),
    "trail": lambda room: widget("trail_explorer", "TrailExplorer")([]),
    "inspector": lambda room: widget("token_inspector", "TokenInspector")(room.cloud),
    "organization": lambda room: boto3.client("organizations").create_organization(),
    "tree": lambda room: room.organization and widget("organization_tree", "OrganizationTree")(),
    "access": lambda room: room.organization and widget("access_map", "OrganizationAccess")(),
    "repository": lambda room: days(1, "Repository")(room.cloud),
    "shop": lambda room: days(1, "Shop")(room.cloud),
    "report": lambda room: days(1, "scan")(room.cloud),
    "line": lambda room: days(1, "the_line")(),
    "larkspur": lambda room: days(6, "Capstone")(room.cloud),
    "rules": lambda room: room.day.rules,
    "played": lambda room: room.day.play("stop-trail"),
}

Case = Callable[[Room, Any], Any]
CASES: dict[int, dict[str, Case]] = {
    1: {
        "open_day": lambda room, wrong: open_day(wrong, cloud=room.cloud),
        "delivered": lambda room, wrong: labs_helpers.course.delivered(room.cloud, wrong),
        "delivered event": lambda room, wrong: labs_helpers.course.delivered(
            room.cloud, "larkspur-logs", wrong
        ),
        "delivered account": lambda room, wrong: labs_helpers.course.delivered(
            room.cloud, "larkspur-logs", None, wrong
        ),
        "refused": lambda room, wrong: labs_helpers.course.refused(wrong).__enter__(),
        "path_picture": lambda room, wrong: labs_helpers.course.path_picture(wrong, "stolen-role"),
        "path_picture name": lambda room, wrong: labs_helpers.course.path_picture(1, wrong),
        "term_page": lambda room, wrong: labs_helpers.course.term_page(wrong),
        "Day.attempt": block,
        "Day.predict": lambda room, wrong: room.day.predict(wrong),
        "Day.predict choice": lambda room, wrong: room.day.predict("old-key", wrong),
        "Day.outcome": lambda room, wrong: room.day.outcome(wrong),
        "Day.exercise": lambda room, wrong: room.day.exercise(wrong),
        "Day.check": lambda room, wrong: room.day.check(wrong),
        "Day.check answer": lambda room, wrong: room.day.check("1.2", wrong),
        "Day.hint": lambda room, wrong: room.day.hint(wrong),
        "Day.solution": lambda room, wrong: room.day.solution(wrong),
        "Day.situation": lambda room, wrong: room.day.situation(wrong),
        "Day.begin_anew": lambda room, wrong: room.day.begin_anew(wrong),
        "Day.quiz": lambda room, wrong: room.day.quiz(wrong),
        "Day.quiz letter": lambda room, wrong: room.day.quiz({1: wrong}),
        "Day.self_test": lambda room, wrong: room.day.self_test(wrong),
        "Day.self_test word": lambda room, wrong: room.day.self_test({1: wrong}),
        "Day.self_test_again": lambda room, wrong: room.day.self_test_again(wrong),
        "Day.made": lambda room, wrong: room.day.made(wrong),
        "Day.term": lambda room, wrong: room.day.term(wrong),
        "Day.trail": lambda room, wrong: room.day.trail(wrong),
        "Day.trail account": lambda room, wrong: room.day.trail(None, wrong),
        "Day.play": lambda room, wrong: room.day.play(wrong),
        "Day.mailbox": lambda room, wrong: room.day.mailbox(wrong),
        "day1.Repository.show": lambda room, wrong: room.repository.show(wrong),
        "day1.Shop.visit": lambda room, wrong: room.shop.visit(wrong),
        "day1.begin_anew": lambda room, wrong: days(1, "begin_anew")(room.cloud, wrong),
        "day1.blank_card": lambda room, wrong: days(1, "blank_card")(wrong),
        "day1.outsiders": lambda room, wrong: days(1, "outsiders")(room.cloud, [wrong]),
        "day1.outsiders list": lambda room, wrong: days(1, "outsiders")(room.cloud, wrong),
        "day1.work": lambda room, wrong: days(1, "work")(room.cloud, [wrong]),
        "day1.work list": lambda room, wrong: days(1, "work")(room.cloud, wrong),
        "day1.play": lambda room, wrong: days(1, "play")(wrong),
        "day1.play choice": lambda room, wrong: days(1, "play")("uber", wrong),
        "day1.scan": lambda room, wrong: room.report.details(wrong),
        "day1.story": lambda room, wrong: days(1, "story")(room.cloud, wrong),
        "day1.steal": lambda room, wrong: days(1, "steal")(wrong),
        "day1.the_line": lambda room, wrong: room.line.cell(wrong, "os"),
        "day1.the_line control": lambda room, wrong: room.line.cell("s3", wrong),
        "responsibility_line.ResponsibilityLine": lambda room, wrong: widget(
            "responsibility_line", "ResponsibilityLine"
        )(wrong),
        "ResponsibilityLine.choose": lambda room, wrong: widget(
            "responsibility_line", "ResponsibilityLine"
        )().choose(wrong),
        "sorting_board.SortingBoard": lambda room, wrong: widget("sorting_board", "SortingBoard")(wrong),
        "sorting_board.SortingBoard service": lambda room, wrong: widget("sorting_board", "SortingBoard")(
            1, wrong
        ),
        "SortingBoard.say": lambda room, wrong: room.board.say(wrong),
        "SortingBoard.choose": lambda room, wrong: room.board.choose(wrong),
        "SortingBoard.pick": lambda room, wrong: room.board.pick(wrong),
        "SortingBoard.sort": lambda room, wrong: room.board.sort(wrong),
        "SortingBoard.sort word": lambda room, wrong: room.board.sort({1: wrong}),
        "SortingBoard.sort place": lambda room, wrong: room.board.sort(
            {wrong if wrong.__hash__ else "x": "aws"}
        ),
        "incident_player.IncidentPlayer": lambda room, wrong: widget("incident_player", "IncidentPlayer")(
            wrong
        ),
        "IncidentPlayer.choose": lambda room, wrong: room.player.choose(wrong),
        "IncidentPlayer.go": lambda room, wrong: room.player.go(wrong),
        "exposure_plot.ExposurePlot": lambda room, wrong: widget("exposure_plot", "ExposurePlot")(
            records=wrong
        ),
        "ExposurePlot.assume": lambda room, wrong: room.plot.assume(outage_hours=wrong),
    },
    2: {
        "Day.would": lambda room, wrong: room.day.would(wrong, "s3:GetObject", OBJECT),
        "Day.would action": lambda room, wrong: room.day.would("alice", wrong, OBJECT),
        "Day.would resource": lambda room, wrong: room.day.would("alice", "s3:GetObject", wrong),
        "Day.would context": lambda room, wrong: room.day.would("alice", "s3:GetObject", OBJECT, wrong),
        "Day.would key": lambda room, wrong: room.day.would(
            "alice", "s3:GetObject", OBJECT, {wrong if wrong.__hash__ else "x": "a"}
        ),
        "Day.would value": lambda room, wrong: room.day.would(
            "alice", "s3:GetObject", OBJECT, {"aws:SourceIp": wrong}
        ),
        "Day.explain": lambda room, wrong: room.day.explain(wrong),
        "Day.drill": lambda room, wrong: room.day.drill(wrong),
        "Day.recall": lambda room, wrong: room.day.recall(wrong),
        "Day.recall letter": lambda room, wrong: room.day.recall({1: wrong}),
        "Day.situation number": lambda room, wrong: room.day.situation("2.6", wrong),
        "Day.begin_anew number": lambda room, wrong: room.day.begin_anew("2.6", wrong),
        "explorer.EvaluationExplorer": lambda room, wrong: widget("explorer", "EvaluationExplorer")(
            principal=wrong, action="s3:GetObject", resource=OBJECT
        ),
        "explorer.EvaluationExplorer action": lambda room, wrong: widget("explorer", "EvaluationExplorer")(
            principal=ALICE, action=wrong, resource=OBJECT
        ),
        "explorer.EvaluationExplorer resource": lambda room, wrong: widget("explorer", "EvaluationExplorer")(
            principal=ALICE, action="s3:GetObject", resource=wrong
        ),
        "explorer.EvaluationExplorer context": lambda room, wrong: widget("explorer", "EvaluationExplorer")(
            principal=ALICE, action="s3:GetObject", resource=OBJECT, context=wrong
        ),
        "explorer.EvaluationExplorer policies": lambda room, wrong: widget("explorer", "EvaluationExplorer")(
            policies=wrong, principal=ALICE, action="s3:GetObject", resource=OBJECT
        ),
        "EvaluationExplorer.predict": lambda room, wrong: room.explorer.predict(wrong),
        "EvaluationExplorer.try_change": lambda room, wrong: room.explorer.try_change(wrong),
        "matrix.AccessMatrix": lambda room, wrong: widget("matrix", "AccessMatrix")(resource=wrong),
        "matrix.AccessMatrix principals": lambda room, wrong: widget("matrix", "AccessMatrix")(
            resource=OBJECT, principals=wrong
        ),
        "matrix.AccessMatrix actions": lambda room, wrong: widget("matrix", "AccessMatrix")(
            resource=OBJECT, actions=wrong
        ),
        "matrix.AccessMatrix context": lambda room, wrong: widget("matrix", "AccessMatrix")(
            resource=OBJECT, context=wrong
        ),
        "matrix.AccessMatrix policies": lambda room, wrong: widget("matrix", "AccessMatrix")(
            resource=OBJECT, policies=wrong
        ),
        "AccessMatrix.why": lambda room, wrong: room.matrix.why(wrong, "s3:GetObject"),
        "AccessMatrix.why action": lambda room, wrong: room.matrix.why(ALICE, wrong),
        "AccessMatrix.answer": lambda room, wrong: room.matrix.answer(wrong, "s3:GetObject"),
        "policy_editor.PolicyEditor": lambda room, wrong: widget("policy_editor", "PolicyEditor")(wrong),
        "policy_editor.PolicyEditor kind": lambda room, wrong: widget("policy_editor", "PolicyEditor")(
            "", kind=wrong
        ),
        "PolicyEditor.insert_action": lambda room, wrong: room.editor.insert_action(wrong),
        "PolicyEditor.insert_condition": lambda room, wrong: room.editor.insert_condition(wrong),
        "PolicyEditor.fix": lambda room, wrong: room.editor.fix(wrong),
        "PolicyEditor.attach_to": lambda room, wrong: room.editor.attach_to(wrong),
        "trail_explorer.TrailExplorer": lambda room, wrong: widget("trail_explorer", "TrailExplorer")(wrong),
        "TrailExplorer.ask": lambda room, wrong: room.trail.ask(wrong),
        "TrailExplorer.choose": lambda room, wrong: room.trail.choose(wrong),
    },
    3: {
        "day3.inspect": lambda room, wrong: days(3, "inspect")(wrong, lambda issuer: None, datetime.now(UTC)),
        "token_inspector.TokenInspector": lambda room, wrong: widget("token_inspector", "TokenInspector")(
            room.cloud, wrong
        ),
        "TokenInspector.look": lambda room, wrong: room.inspector.look(wrong),
    },
    4: {
        "organization_tree.OrganizationTree": lambda room, wrong: room.tree.select(wrong),
        "OrganizationTree.select": lambda room, wrong: room.tree.select(wrong),
        "OrganizationTree.ask": lambda room, wrong: room.tree.ask(wrong),
        "OrganizationTree.attach": lambda room, wrong: room.tree.attach(wrong),
        "OrganizationTree.move": lambda room, wrong: room.tree.move(wrong),
        "access_map.OrganizationAccess": lambda room, wrong: widget("access_map", "OrganizationAccess")(
            principals=wrong
        ),
        "OrganizationAccess.why": lambda room, wrong: room.access.why(wrong, "s3:GetObject"),
        "Day.replay": lambda room, wrong: room.organization and room.day.replay(room.day.preview(), wrong),
        "Day.blast_radius": lambda room, wrong: room.organization and room.day.blast_radius(wrong),
    },
    5: {
        "day5.play": lambda room, wrong: days(5, "play")(room.cloud, wrong),
        "day5.validate_logs": lambda room, wrong: days(5, "validate_logs")(boto3.Session(), wrong),
        "day5.KmsKey": lambda room, wrong: days(5, "KmsKey")(boto3.client("kms"), wrong),
        "key_timeline.KeyTimeline": lambda room, wrong: widget("key_timeline", "KeyTimeline")(wrong, []),
        "key_timeline.KeyTimeline events": lambda room, wrong: widget("key_timeline", "KeyTimeline")(
            "k", wrong
        ),
        "envelope_stepper.EnvelopeStepper": lambda room, wrong: widget("envelope_stepper", "EnvelopeStepper")(
            wrong, []
        ),
    },
    6: {
        "Capstone.begin_at": lambda room, wrong: room.larkspur.begin_at(wrong) if wrong != 7 else None,
        "Capstone.build": lambda room, wrong: room.larkspur.build(
            {wrong: {}} if isinstance(wrong, str) else wrong
        ),
        "Capstone.take_back": lambda room, wrong: room.larkspur.take_back(wrong),
        "Capstone.compare": lambda room, wrong: room.larkspur.compare(wrong),
        "Capstone.change": lambda room, wrong: room.larkspur.change(wrong),
        "Capstone.look": lambda room, wrong: room.larkspur.look(wrong),
        "Capstone.part": lambda room, wrong: room.larkspur.part(wrong),
        "Capstone.scoreboard": lambda room, wrong: room.larkspur.scoreboard(wrong) if wrong != 7 else None,
        "Capstone.starter": lambda room, wrong: room.larkspur.starter(wrong),
        "Capstone.client": lambda room, wrong: room.larkspur.client(wrong, "s3"),
        "Capstone.client service": lambda room, wrong: room.larkspur.client("operator", wrong),
        "Capstone.campaign": lambda room, wrong: room.larkspur.campaign(wrong) if wrong != 7 else None,
        "Capstone.campaign strength": lambda room, wrong: room.larkspur.campaign(6, wrong),
        "Capstone.night_after": lambda room, wrong: room.larkspur.night_after(wrong) if wrong != 7 else None,
        "Capstone.name": lambda room, wrong: room.larkspur.name(wrong),
        "Capstone.decide": lambda room, wrong: room.larkspur.decide(wrong, "because"),
        "Capstone.load": lambda room, wrong: room.larkspur.load(wrong),
        "Capstone.league": lambda room, wrong: room.larkspur.league(wrong),
        "Day.league": lambda room, wrong: room.day.league(wrong),
    },
    WEEKEND: {
        "weekend.alarms": lambda room, wrong: days(WEEKEND, "alarms")(wrong, []),
        "weekend.alarms records": lambda room, wrong: days(WEEKEND, "alarms")(RULE, wrong),
        "weekend.alarms record": lambda room, wrong: days(WEEKEND, "alarms")(RULE, [wrong]),
        "weekend.night_lanes": lambda room, wrong: days(WEEKEND, "night_lanes")(wrong),
        "weekend.night_lanes record": lambda room, wrong: days(WEEKEND, "night_lanes")([wrong]),
        "RulePack.on": lambda room, wrong: room.rules.on(wrong),
        "RulePack.on record": lambda room, wrong: room.rules.on([wrong]),
        "RulePack.on empty record": lambda room, wrong: room.rules.on([{}, wrong]),
        "RulePack.write": lambda room, wrong: room.rules.write(wrong),
        "PlayedPack.records": lambda room, wrong: room.played.records(wrong),
        "Day.play of the weekend": lambda room, wrong: room.day.play(wrong),
        "Day.check of the weekend": lambda room, wrong: room.day.check("W.3", wrong),
    },
}


NOT_TYPED = {
    "course.Day": "open_day makes it",
    "course.data_path": "for the course's own files",
    "course.described": "takes what a preview returns",
    "course.policy_test_lines": "takes what policy_test_reports returns",
    "course.policy_test_reports": "the command's own errors are tested with the command",
    "course.way": "takes a progress file, whose errors are tested with Progress",
    "day1.Repository": "takes a cloud", "day1.Shop": "takes a cloud", "day1.from_outside": "takes a cloud",
    "day1.olivias_phone": "takes a cloud", "day1.incidents": "takes nothing", "day1.played": "takes nothing",
    "day3.BadToken": "is raised, not called", "day3.Walk": "the widget OAuthWalk calls it",
    "day3.apps": "a module of web applications", "day3.verify_access_token": "must reject any token by its own error",
    "day3.verify_id_token": "must reject any token by its own error", "day4.people": "a module of people's sign-ins",
    "day5.costs": "a module of charts", "day5.encrypt": "like an SDK's, with Python's own errors",
    "day6.Capstone": "takes a cloud",
    "oauth_walk.OAuthWalk": "its notebook cell is given whole", "scoreboard.Scoreboard": "takes a cloud",
    "OAuthWalk.choose": "its notebook cell is given whole", "OAuthWalk.go": "the buttons call it",
    "KeyTimeline.go": "the buttons call it",
    "EnvelopeStepper.choose": "needs a message",
    "KeyTimeline.choose": "needs events", "Capstone.take_home": "writes to the disk; tested with the command",
    "Capstone.save": "writes to the disk; tested with Capstone",
    "Day.predicted": "is called by attempts", "Day.show": "shows a page of ours",
    "Day.certificate": "writes to the disk", "course.open_weekend": "has the arguments of open_day",
    "Day.next_morning": "reports wrong drafts on its page; tested with the mornings",
    "weekend.RulePack": "day.rules is one", "weekend.lineup": "takes a cloud", "weekend.night": "takes a cloud",
}  # fmt: skip
"""Public names that don't take anything that a learner types, or that are tested elsewhere."""


def takes_something(function: Any) -> bool:
    parameters = inspect.signature(function).parameters
    return bool(set(parameters) - {"self", "cloud"})


def public_names() -> set[str]:
    """Return the public functions and classes of the course, the days, and the widgets, and the methods that take
    arguments.
    """
    names = {f"course.{name}" for name in labs_helpers.course.__all__}
    names |= {
        f"{folder_of(number)}.{name}" for number in (1, 3, 4, 5, 6, WEEKEND) for name in _all_of(number)
    }
    classes = [Day, days(6, "Capstone"), days(WEEKEND, "RulePack"), PlayedPack]
    for module in pkgutil.iter_modules(labs_helpers.widgets.__path__):
        (name,) = importlib.import_module(f"labs_helpers.widgets.{module.name}").__all__
        names.add(f"{module.name}.{name}")
        classes.append(widget(module.name, name))
    for kind in classes:
        for name, method in vars(kind).items():
            if not name.startswith("_") and inspect.isfunction(method) and takes_something(method):
                names.add(f"{kind.__name__}.{name}")
    return names


def _all_of(number: int) -> list[str]:
    return list(importlib.import_module(f"labs_helpers.course.days.{folder_of(number)}").__all__)


def test_every_public_name_is_tried_or_has_a_reason_not_to_be():
    tried = {name.split(" ")[0] for cases in CASES.values() for name in cases}
    tried |= {f"course.{name}" for name in tried}
    assert public_names() - tried - set(NOT_TYPED) == set()


@pytest.fixture(scope="module")
def rooms(one_cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Room]:
    """Return a function that opens each day once, in the order of the tests."""
    folder = tmp_path_factory.mktemp("slips")

    @cache
    def opened(number: int) -> Room:
        one_cloud.reset()
        progress = folder / f"{number}.json"
        if number == WEEKEND:
            return Room(open_weekend(cloud=one_cloud, progress=progress))
        return Room(open_day(number, cloud=one_cloud, progress=progress))

    return opened


@pytest.mark.parametrize(
    ("number", "name"), [(number, name) for number, cases in CASES.items() for name in cases]
)
def test_a_wrong_value_is_answered_in_one_to_three_lines(rooms, capsys, tmp_path, monkeypatch, number, name):
    monkeypatch.chdir(tmp_path)
    room = rooms(number)
    for wrong in WRONG.values():
        try:
            CASES[number][name](room, wrong)
        except KINDS as error:
            advised = advice(error, room.cloud) or (str(error), "")
            lines = [line for line in advised if line]
            assert 1 <= len(lines) <= 2  # a notebook adds the line of the cell
            assert all(len(line) < LONGEST for line in lines), lines
