"""The robots, which attack every company in the same way: 40 campaigns, and a search from each foothold.

A search knows the company's names. It tries each call with each session that it has, including those that it gains,
until nothing new succeeds. Its effects are reverted, so that all footholds meet the same company.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from labs_helpers.course.days.day6.actors import ACTORS, CredentialCollector
from labs_helpers.course.days.day6.blueprint import filled
from labs_helpers.course.days.day6.campaign import attack_with
from labs_helpers.course.days.day6.capstone_scoreboard import ProbeRunner
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.company_probes import Act
from labs_helpers.course.days.day6.league.league_rules import Flag, Foothold, SearchMove, rules
from labs_helpers.course.days.day6.league.planting import Planted, Watch, is_administrator
from labs_helpers.course.situations.described_calls import with_kept

CALLS = 1_500
"""The number of calls after which a search ends."""
ROUNDS = 4
"""The number of times that a search tries everything that hasn't succeeded yet."""
_SESSIONS = 12
"""The number of sessions with which a search continues."""
_KEPT_FRESH = timedelta(minutes=30)
"""The time for which credentials are used. Role sessions end after an hour."""


def renewed(company: Company) -> ProbeRunner:
    """Return a runner with new credentials for all actors."""
    company.renew()
    return ProbeRunner(company, CredentialCollector(company).collect())


def campaigns(company: Company) -> dict[tuple[int, int], list[str]]:
    """Attack a company with all campaigns, and return the names of the moves that succeeded, by seed and strength."""
    made: dict[tuple[int, int], list[str]] = {}
    runner, begun = renewed(company), company.cloud.clock.now()
    for seed, strength in rules().all_campaigns():
        if company.cloud.clock.now() - begun > _KEPT_FRESH:
            runner, begun = renewed(company), company.cloud.clock.now()
        runner.kept.clear()
        campaign = attack_with(runner, seed, strength)
        made[seed, strength] = [attempt.move.name for attempt in campaign.through]
        campaign.clean_up()
    return made


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a search: an actor, or the credentials that an earlier call returned, by name in the runner."""

    who: str
    keys: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a call that is repeated: its account, its place in the blueprint, and its names."""

    account: str
    place: str
    names: dict[str, str] = field(hash=False)


_NO_TARGET = Target("prod", "", {})


@dataclass
class Search:
    """A search from a foothold: the flags that it took, and the calls that it made."""

    foothold: Foothold
    taken: set[Flag] = field(default_factory=set)
    calls: int = 0
    succeeded: list[str] = field(default_factory=list)
    """The names of the calls that succeeded, in order."""
    event_ids: list[str] = field(default_factory=list)
    records: list[Mapping[str, Any]] = field(default_factory=list)
    """The events in the logs at the end of the search."""


def search(runner: ProbeRunner, planted: Planted, foothold: Foothold) -> Search:
    """Search a company from a foothold, and revert the effects."""
    runner.known.update(planted.known)
    runner.kept["flag"] = {"CiphertextBlob": planted.ciphertext}
    watch = Watch(runner)
    made = Search(foothold)
    robot = _Robot(runner, planted, made)
    try:
        robot.run()
        if watch.trail_is_taken(made.event_ids):
            made.taken.add("trail")
        made.records = watch.records
    finally:
        robot.undo()
    return made


class _Robot:
    """The state of a search: its sessions, and what is to be reverted."""

    def __init__(self, runner: ProbeRunner, planted: Planted, search: Search) -> None:
        self._runner, self._planted, self._search = runner, planted, search
        self._moves = [move for move in rules().search if move.foothold in (None, search.foothold.name)]
        actors = [who for who in search.foothold.actors if who in runner.cast.keys]
        self._sessions = [Session(who) for who in actors]
        self._arns: dict[Session, str] = {}
        self._done: set[tuple[str, str]] = set()
        self._tried: set[tuple[Session | None, str, str]] = set()
        self._undo: list[tuple[tuple[Act, ...], tuple[str, ...]]] = []
        self._wanted: set[Flag] = {*planted.values, "administrator"}

    def run(self) -> None:
        """Try everything, until nothing new succeeds in a round."""
        for _ in range(ROUNDS):
            self._tried.clear()
            before = len(self._search.succeeded)
            for session in self._growing():
                self._round(session)
            if len(self._search.succeeded) == before or self._search.calls > CALLS:
                return

    def _growing(self) -> Iterator[Session]:
        """Yield the sessions, including those that are added while the caller iterates over them."""
        number = 0
        while number < len(self._sessions):
            yield self._sessions[number]
            number += 1

    def _round(self, session: Session) -> None:
        self._note_administrator(session)
        for move in self._moves:
            if move.name in self._planted.values and move.name not in self._wanted:
                continue
            for target in self._targets(move):
                if (move.name, target.place) not in self._done and self._search.calls <= CALLS:
                    self._try(session, move, target)
        self._note_administrator(session)

    def _note_administrator(self, session: Session) -> None:
        if "administrator" not in self._wanted or (arn := self._arn(session)) is None:
            return
        with self._runner.cloud.calling_from(self._address(session)):
            if is_administrator(self._planted, arn):
                self._take("administrator")

    def _arn(self, session: Session) -> str | None:
        """Return the ARN of a session's principal, or None if AWS denies the call that returns it."""
        if session not in self._arns:
            try:
                self._arns[session] = self._call(session, "sts", "get_caller_identity", {})["Arn"]
            except (ClientError, BotoCoreError):
                return None
        return self._arns[session]

    def _address(self, session: Session) -> str:
        foothold = self._search.foothold
        who = session.who if session.who in ACTORS else foothold.actors[0]
        return foothold.address or ACTORS[who].address

    def _try(self, session: Session, move: SearchMove, target: Target) -> None:
        tried = (None if move.anonymous else session, move.name, target.place)
        if tried in self._tried:
            return
        self._tried.add(tried)
        runner = self._runner
        runner.known.update(target.names)
        runner.known["caller-arn"] = self._arns.get(session, "")
        try:
            answer = self._call(session, move.service, move.call, move.parameters, move)
        except (ClientError, BotoCoreError, LookupError):
            return
        self._search.succeeded.append(f"{move.name} {target.place}".strip())
        for flag in self._planted.in_answer(answer) & self._wanted:
            self._take(flag)
        if move.keep:
            runner.kept[move.keep] = answer
        if move.gives:
            self._add_session(session, answer[move.gives])
        if move.undo or move.restore:
            self._undo.append(self._filled_undo(move, target))
        self._done.add((move.name, target.place))

    def _call(
        self, session: Session, service: str, call: str, parameters: Any, move: SearchMove | None = None
    ) -> Any:
        anonymous = move is not None and move.anonymous
        act = Act(
            who="nobody" if anonymous else session.who,
            service=service,
            call=call,
            parameters=parameters,
            session=None if anonymous else session.keys,
            address=self._address(session),
        )
        self._search.calls += 1
        self._runner.heard.clear()
        try:
            answer = self._runner.call(act)
        finally:
            self._search.event_ids += [entry.event_id for entry in self._runner.heard]
        return answer

    def _add_session(self, session: Session, keys: Any) -> None:
        if len(self._sessions) >= _SESSIONS:
            return
        name = f"session{len(self._sessions)}"
        self._runner.kept[name] = {"Credentials": keys}
        self._sessions.append(Session(session.who, f"${name}.Credentials"))

    def _take(self, flag: Flag) -> None:
        self._wanted.discard(flag)
        self._search.taken.add(flag)

    def _targets(self, move: SearchMove) -> list[Target]:
        return [_NO_TARGET] if move.each is None else self._all_targets(move.each)

    def _all_targets(self, kind: str) -> list[Target]:
        company = self._planted.company
        return [
            _target(company, kind, name, part)
            for (section, name), part in company.built.items()
            if section == f"{kind}s"
        ]

    def _filled_undo(self, move: SearchMove, target: Target) -> tuple[tuple[Act, ...], tuple[str, ...]]:
        acts = tuple(
            act.model_copy(
                update={
                    "parameters": with_kept(filled(act.parameters, self._runner.known), self._runner.kept),
                    "account": target.account if act.account == "target" else act.account,
                }
            )
            for act in move.undo
        )
        return acts, tuple(place.replace("<target>", target.place) for place in move.restore)

    def undo(self) -> None:
        """Revert the effects, the last one first."""
        self._planted.company.renew()
        for acts, places in reversed(self._undo):
            self._runner.undo(acts, places)


def _target(company: Company, kind: str, name: str, part: Any) -> Target:
    account, number = part["account"], company.account(part["account"])
    if kind == "trail":
        arn = f"arn:aws:cloudtrail:{company.known['home']}:{number}:trail/{part['name']}"
    else:
        arn = f"arn:aws:iam::{number}:{kind}{part['path']}{part['name']}"
    return Target(account, name, {kind: part["name"], f"{kind}-arn": arn})
