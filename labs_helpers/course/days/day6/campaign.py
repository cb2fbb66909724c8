"""A seeded attack on a company with real calls, in phases and at three strengths, and its investigation.

The phases are tactics of MITRE ATT&CK for cloud (https://attack.mitre.org/matrices/enterprise/cloud/); the privilege
escalation paths and their IDs are from https://pathfinding.cloud. The attacker continues with the credentials gained by
initial access. Changes stay until `clean_up`, as they would in reality.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, get_args

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field, StringConstraints

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Model, Name, Text
from labs_helpers.course.days.day6.actors import ACTORS, CredentialCollector
from labs_helpers.course.days.day6.blueprint import filled
from labs_helpers.course.days.day6.capstone_scoreboard import ProbeRunner
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.company_probes import Act, Restorable
from labs_helpers.course.days.day6.scoreboard_page import event_row, timeline
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, show
from labs_helpers.course.shown.mistakes import Mistake
from labs_helpers.course.situations.staging import error_text

Phase = Literal[
    "Initial Access", "Discovery", "Privilege Escalation", "Persistence", "Exfiltration", "Defense Impairment",
    "Stealth",
]  # fmt: skip
PHASES: tuple[Phase, ...] = get_args(Phase)
"""The phases in the order in which they are tried.

The covering-up phase corresponds to the tactics Defense Impairment and Stealth (until ATT&CK 19, Defense Evasion)
(https://attack.mitre.org/resources/updates/updates-april-2026/).
"""
STRENGTHS = (1, 2, 3)


class Move(Act):
    """An attacker's action.

    In initial access, `who` is the actor. The other moves are made by any actor who gained access.

    `strength` is the minimum strength at which the move is tried, `path` the move's ID at pathfinding.cloud, `clue` a
    question for the investigator, and `answer` the correct answer.
    """

    name: Name
    phase: Phase
    technique: Text
    title: Text
    strength: int = Field(1, ge=1, le=3)
    path: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+-\d{3}$")] | None = None
    undo: tuple[Act, ...] = ()
    restore: tuple[Restorable, ...] = ()
    clue: Text | None = None
    answer: Text | None = None


class Moves(Model):
    """The schema of data/day6/campaign.json."""

    day: int
    moves: tuple[Move, ...] = Field(min_length=1)


@cache
def moves() -> tuple[Move, ...]:
    """Return all moves. Raises `pydantic.ValidationError`, which locates the fault, if the data is invalid."""
    text = data_path("day6", "campaign.json").read_text(encoding="utf-8")
    return Moves.model_validate_json(text).moves


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempted move, with its actor and its result."""

    move: Move
    who: str
    went_through: bool
    said: str
    event_id: str | None


@dataclass(repr=False)
class Campaign:
    """An attack that has been run: its attempts, in order.

    `records` are the events that the auditor can read afterward; if the auditor can't read them, `unread` is the
    reason.
    """

    company: Company
    whose: str = ""
    """A sentence that states whose design the company has."""
    made: list[Attempt] = field(default_factory=list)
    records: Sequence[Mapping[str, Any]] = ()
    unread: str = ""
    _runner: ProbeRunner | None = None

    @property
    def through(self) -> list[Attempt]:
        """The moves that succeeded."""
        return [made for made in self.made if made.went_through]

    def __repr__(self) -> str:
        return f"<Campaign: {counted(len(self.made), 'move')}, {counted(len(self.records), 'record')}>"

    def show(self) -> None:
        """Show the moves and their results, phase by phase. This reveals the investigation's answers."""
        page = Page().heading(f"{len(self.through)} of {len(self.made)} moves succeeded")
        if self.whose:
            page.say(self.whose)
        rows = [
            (made.move.phase, made.move.title, made.move.technique, ACTORS[made.who].about, _outcome(made))
            for made in self.made
        ]
        page.table(("phase", "move", "technique", "came as", "result"), rows).show()

    def timeline(self) -> None:
        """Draw the events of the attack that are in the logs, and list the events that aren't."""
        names = {number: name for name, number in self.company.known.items() if number.isdigit()}
        found = {made.event_id: made for made in self.made if made.event_id}
        seen = {record["eventID"]: record for record in self.records if record["eventID"] in found}
        unseen = [made.move.title for id, made in found.items() if id not in seen]
        show(*timeline(sorted(event_row(record, names) for record in seen.values()), unseen, unit="move"))

    @property
    def _to_find(self) -> list[Attempt]:
        """The moves that succeeded and are in the logs."""
        told = {record["eventID"] for record in self.records}
        return [made for made in self.through if made.event_id in told]

    def questions(self) -> dict[str, str]:
        """Return the investigator's questions, by the names that `check` accepts."""
        asked = {"address": "From which address was the first successful call of the attack made?"}
        asked |= {made.move.name: made.move.clue for made in self._to_find if made.move.clue}
        return asked

    def answers(self) -> dict[str, str]:
        """Return the correct answers."""
        right = {
            made.move.name: self._filled(made.move.answer)
            for made in self._to_find
            if made.move.clue and made.move.answer
        }
        first = ACTORS[self._to_find[0].who].address if self._to_find else ""
        return {"address": first, **right}

    def check(self, given: object = None) -> CheckResult:
        """Grade an investigation, a dict with an answer for each of `questions`, and show which answers are right."""
        answers = self.answers()
        if not self.through:
            Page().say("Nothing succeeded, so there is nothing to investigate. Well built.").show()
            return _result(True)
        if not self._to_find:
            why = self.unread or "the logs contain no successful call"
            Page().say(f"Something succeeded, and the log doesn't show what: {why}.").show()
            return _result(False)
        page = Page()
        if not isinstance(given, Mapping):
            page.heading("What happened? Answer with a dict, one entry per question:")
            page.table(("name", "question"), self.questions().items()).show()
            return _result(False)
        right = 0
        for name, question in self.questions().items():
            said = str(given.get(name, "")).strip().lower()
            is_open = said in ("", "?")
            ok = not is_open and said == answers[name].lower()
            right += ok
            page.say(f"{'…' if is_open else '✓' if ok else '✗'} {question}{'' if ok else _hint(name)}")
        page.heading(f"Right answers: {right} of {len(answers)}").show()
        return _result(right == len(answers))

    def clean_up(self) -> None:
        """Undo the attacker's changes, starting with the last one."""
        assert self._runner is not None
        self.company.renew()
        for made in reversed(self.through):
            self._runner.undo(made.move.undo, made.move.restore)

    def _filled(self, text: str | None) -> str:
        assert self._runner is not None
        return str(filled(text or "", self._runner.known))


def _result(passed: bool) -> CheckResult:
    """Return a result that is true or false in an `if`. As a cell's last value, it doesn't display anything."""
    return CheckResult(passed, "investigation", ())


_REFUSED = re.compile("AccessDenied|Unauthorized|NotAuthorized")
"""Error codes for calls that were denied for lack of permission."""


def _outcome(made: Attempt) -> str:
    if made.went_through:
        return "✗ succeeded"
    code = made.said.partition(":")[0]
    return f"✓ stopped: {code}" if _REFUSED.search(code) else f"✓ had no effect: {code}"


def _hint(name: str) -> str:
    if name == "address":
        return " Look at sourceIPAddress."
    return " Look at eventName, requestParameters, and userIdentity."


def attack(company: Company, seed: int = 6, strength: int = 1, whose: str = "") -> Campaign:
    """Attack the company. Each higher strength adds more entry points, and more moves in each phase.

    The same seed produces the same campaign. `whose` is a sentence about the company, which the pages repeat.

    Raises `ValueError` for an unknown strength.
    """
    if strength not in STRENGTHS:
        raise Mistake(f"strength must be one of {', '.join(map(str, STRENGTHS))}; got {strength!r:.40}")
    company.renew()
    runner = ProbeRunner(company, CredentialCollector(company).collect())
    runner.read_logs()  # earlier events are not part of this attack
    campaign = attack_with(runner, seed, strength)
    campaign.whose = whose
    campaign.records, campaign.unread = runner.read_logs()
    return campaign


def attack_with(runner: ProbeRunner, seed: int, strength: int) -> Campaign:
    """Make the moves of a campaign with previously collected credentials, and return the attempts.

    The logs aren't read, so the campaign has no records.
    """
    campaign = Campaign(runner.company, _runner=runner)
    draw = random.Random(seed)
    inside: list[tuple[str, str | None]] = []
    for phase in PHASES:
        ways = [move for move in moves() if move.phase == phase and move.strength <= strength]
        chosen = draw.sample(ways, min(len(ways), 1 + strength))
        for move in chosen:
            runner.cloud.clock.advance(seconds=draw.randint(5, 60))
            if phase == "Initial Access":
                inside += _try_initial_access(campaign, runner, move)
            else:
                _try_as_insiders(campaign, runner, move, inside)
    return campaign


def _try_initial_access(campaign: Campaign, runner: ProbeRunner, move: Move) -> list[tuple[str, str | None]]:
    """Try an initial access; return the actors it lets in, with their sessions."""
    made = _attempt(runner, move)
    campaign.made.append(made)
    if not made.went_through:
        return []
    return [(move.who, f"${move.keep}.Credentials" if move.keep and "assume" in move.call else None)]


def _try_as_insiders(
    campaign: Campaign, runner: ProbeRunner, move: Move, inside: Sequence[tuple[str, str | None]]
) -> None:
    """Try a move as each actor who has gained access, until one succeeds. Only the last attempt is kept."""
    made = None
    for who, session in inside:
        made = _attempt(runner, move.model_copy(update={"who": who, "session": session}))
        if made.went_through:
            break
    if made is not None:
        campaign.made.append(made)


def _attempt(runner: ProbeRunner, move: Move) -> Attempt:
    if move.who not in runner.cast.keys:
        return Attempt(move, move.who, False, runner.cast.absent.get(move.who, "no credentials"), None)
    try:
        runner.call(move)
    except (ClientError, BotoCoreError, LookupError) as error:
        return Attempt(move, move.who, False, error_text(error), _event_id(runner, move))
    return Attempt(move, move.who, True, "it works", _event_id(runner, move))


def _event_id(runner: ProbeRunner, move: Move) -> str | None:
    """Return the event ID of the move itself, not of calls that services made on its behalf."""
    operation = move.call.replace("_", "")
    for entry in runner.heard:
        if entry.operation.lower() == operation:
            return entry.event_id
    return None
