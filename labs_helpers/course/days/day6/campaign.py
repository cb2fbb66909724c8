"""An attack on a company, in phases: seeded, as strong as the learner chooses, of real calls; and its investigation.

The phases are tactics of MITRE ATT&CK for cloud (https://attack.mitre.org/matrices/enterprise/cloud/); the ways from
little to much are those of https://pathfinding.cloud, under their numbers there. The attacker goes on with whatever a
way in gave. What was changed stays until `clean_up`, as it would.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, get_args

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field, StringConstraints

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Model, Name, Text
from labs_helpers.course.days.day6.actors import ACTORS, Gathering
from labs_helpers.course.days.day6.blueprint import filled
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.company_probes import Act, Restorable
from labs_helpers.course.days.day6.scoreboard import Trying
from labs_helpers.course.days.day6.scoreboard_page import event_row, timeline
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.shown.display import Page, show
from labs_helpers.course.situations.staging import error_text

Phase = Literal[
    "Initial Access", "Discovery", "Privilege Escalation", "Persistence", "Exfiltration", "Defense Impairment",
    "Stealth",
]  # fmt: skip
PHASES: tuple[Phase, ...] = get_args(Phase)
"""In the order in which they are tried. Covering up is Defense Impairment and Stealth: what was Defense Evasion until
ATT&CK 19 (https://attack.mitre.org/resources/updates/updates-april-2026/)."""
STRENGTHS = (1, 2, 3)


class Move(Act):
    """Something that the attacker tries. A way in says who comes (`who`); the others are made by whoever is in.

    `strength`: the least with which it is tried. `path`: its number at pathfinding.cloud. `clue`: what an investigator
    is asked of it, and `answer` what is right.
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
    day: int
    moves: tuple[Move, ...] = Field(min_length=1)


@cache
def moves() -> tuple[Move, ...]:
    """All moves. pydantic.ValidationError names the place of a fault."""
    text = data_path("day6", "campaign.json").read_text(encoding="utf-8")
    return Moves.model_validate_json(text).moves


@dataclass(frozen=True, slots=True)
class Made:
    """A move that was tried, by whom, and what came of it."""

    move: Move
    who: str
    went_through: bool
    said: str
    event_id: str | None


@dataclass
class Campaign:
    """What was tried, in order. `records` is what the auditor reads of it afterwards; `unread` why she can't."""

    company: Company
    made: list[Made] = field(default_factory=list)
    records: Sequence[Mapping[str, Any]] = ()
    unread: str = ""
    seconds: float = 0.0
    _trying: Trying | None = None

    @property
    def through(self) -> list[Made]:
        """The moves that AWS let through."""
        return [made for made in self.made if made.went_through]

    def show(self) -> None:
        """Phase by phase: what was tried, and what came of it. An investigator looks at this last."""
        page = Page().heading(f"{len(self.through)} of {len(self.made)} moves went through")
        rows = [
            (made.move.phase, made.move.title, made.move.technique, ACTORS[made.who].about, _outcome(made))
            for made in self.made
        ]
        page.table(("phase", "move", "technique", "came as", "result"), rows).show()

    def timeline(self) -> None:
        """Draw what the logs tell of the attack, and say what they don't."""
        names = {number: name for name, number in self.company.known.items() if number.isdigit()}
        found = {made.event_id: made for made in self.made if made.event_id}
        seen = {record["eventID"]: record for record in self.records if record["eventID"] in found}
        unseen = [made.move.title for id, made in found.items() if id not in seen]
        show(*timeline(sorted(event_row(record, names) for record in seen.values()), unseen))

    @property
    def _to_find(self) -> list[Made]:
        """The moves that went through, and that the logs tell of."""
        told = {record["eventID"] for record in self.records}
        return [made for made in self.through if made.event_id in told]

    def questions(self) -> dict[str, str]:
        """What an investigator is asked, by the name under which `check` takes the answer."""
        asked = {"address": "From which address did the first call of the attack that went through come?"}
        asked |= {made.move.name: made.move.clue for made in self._to_find if made.move.clue}
        return asked

    def answers(self) -> dict[str, str]:
        """What is right."""
        right = {
            made.move.name: self._filled(made.move.answer)
            for made in self._to_find
            if made.move.clue and made.move.answer
        }
        first = ACTORS[self._to_find[0].who].address if self._to_find else ""
        return {"address": first, **right}

    def check(self, given: object = None) -> CheckResult:
        """Grade an investigation: a dict with an answer for each of `questions`. Shows which are right."""
        answers = self.answers()
        if not self.through:
            Page().say("Nothing went through: there is nothing to investigate. Well built.").show()
            return _graded(True)
        if not self._to_find:
            why = self.unread or "the logs tell of nothing that went through"
            Page().say(f"Something went through, and nobody can say what: {why}.").show()
            return _graded(False)
        page = Page()
        if not isinstance(given, Mapping):
            page.heading("What happened? Answer with a dict, one entry a question:")
            page.table(("name", "question"), self.questions().items()).show()
            return _graded(False)
        right = 0
        for name, question in self.questions().items():
            said = str(given.get(name, "")).strip().lower()
            ok = bool(said) and said == answers[name].lower()
            right += ok
            page.say(f"{'✓' if ok else '✗'} {question}{'' if ok else _nudge(name)}")
        page.heading(f"{right} of {len(answers)} are right").show()
        return _graded(right == len(answers))

    def clean_up(self) -> None:
        """Take back what the attacker changed, last first."""
        assert self._trying is not None
        self.company.renew()
        for made in reversed(self.through):
            self._trying.undo(made.move.undo, made.move.restore)

    def _filled(self, text: str | None) -> str:
        assert self._trying is not None
        return str(filled(text or "", self._trying.known))


def _graded(passed: bool) -> CheckResult:
    """True or false in an `if`, and silent as a cell's last value: the page was shown."""
    return CheckResult(passed, "investigation", ())


_REFUSED = re.compile("AccessDenied|Unauthorized|NotAuthorized")
"""What AWS calls a refusal for want of permission."""


def _outcome(made: Made) -> str:
    if made.went_through:
        return "✗ went through"
    code = made.said.partition(":")[0]
    return f"✓ stopped: {code}" if _REFUSED.search(code) else f"✓ came to nothing: {code}"


def _nudge(name: str) -> str:
    if name == "address":
        return " Look at sourceIPAddress."
    return " Look at eventName, requestParameters and userIdentity."


def attack(company: Company, seed: int = 6, strength: int = 1) -> Campaign:
    """Attack what stands: with every strength more ways in and more moves a phase. ValueError for another strength.

    The same seed makes the same campaign.
    """
    if strength not in STRENGTHS:
        raise ValueError(f"strength is one of {', '.join(map(str, STRENGTHS))}; got {strength!r:.40}")
    begun = time.perf_counter()
    company.renew()
    trying = Trying(company, Gathering(company).everybody())
    campaign = Campaign(company, _trying=trying)
    trying.read_logs()  # what was there before is not of this attack
    draw = random.Random(seed)
    inside: list[tuple[str, str | None]] = []
    for phase in PHASES:
        ways = [move for move in moves() if move.phase == phase and move.strength <= strength]
        chosen = draw.sample(ways, min(len(ways), 1 + strength))
        for move in chosen:
            company.cloud.clock.advance(seconds=draw.randint(5, 60))
            if phase == "Initial Access":
                inside += _enter(campaign, trying, move)
            else:
                _go_on(campaign, trying, move, inside)
    campaign.records, campaign.unread = trying.read_logs()
    campaign.seconds = time.perf_counter() - begun
    return campaign


def _enter(campaign: Campaign, trying: Trying, move: Move) -> list[tuple[str, str | None]]:
    """Try a way in; who comes in by it, and with which session."""
    made = _made(trying, move)
    campaign.made.append(made)
    if not made.went_through:
        return []
    return [(move.who, f"${move.keep}.Credentials" if move.keep and "assume" in move.call else None)]


def _go_on(campaign: Campaign, trying: Trying, move: Move, inside: Sequence[tuple[str, str | None]]) -> None:
    """Try a move as everybody who is in, until one gets through; only the last try of those that failed is told."""
    made = None
    for who, session in inside:
        made = _made(trying, move.model_copy(update={"who": who, "session": session}))
        if made.went_through:
            break
    if made is not None:
        campaign.made.append(made)


def _made(trying: Trying, move: Move) -> Made:
    if move.who not in trying.cast.keys:
        return Made(move, move.who, False, trying.cast.absent.get(move.who, "comes in no way"), None)
    try:
        trying.call(move)
    except (ClientError, BotoCoreError, LookupError) as error:
        return Made(move, move.who, False, error_text(error), _event_id(trying, move))
    return Made(move, move.who, True, "it works", _event_id(trying, move))


def _event_id(trying: Trying, move: Move) -> str | None:
    """The event of the move itself, among those of the calls that services made on the way."""
    operation = move.call.replace("_", "")
    for entry in trying.heard:
        if entry.operation.lower() == operation:
            return entry.event_id
    return None
