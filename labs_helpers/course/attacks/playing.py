"""Playing packs: each scenario is run as real calls in one account of a running cloud, and its records are returned.

This account and the outsider's account are created for the night and deleted afterward. The cloud's own record, its
trails, and its clock don't change.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from labs_helpers.course.attacks.circumstances import varied
from labs_helpers.course.attacks.nights import FIRST, Night, night
from labs_helpers.course.attacks.packs import load_pack, load_work
from labs_helpers.course.attacks.schema import Caller, Chore, Form, LookAlike, Pack, Place, PlayedCall
from labs_helpers.course.shown.mistakes import Mistake
from labs_helpers.course.situations.described_calls import as_text, with_kept
from labs_helpers.course.situations.identity_clients import account_keys, client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Kind = Literal["attack", "benign", "work"]
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_ROLES = {"application": "shop-application", "pipeline": "deployment"}
_TWELVE_HOURS = 43_200
_HALF_OF_IT = timedelta(hours=6)
_SUFFIX = "a pack's suffix"
_Kept = dict[str, Any]
_PLACES: tuple[Place, ...] = ("office", "away", "abroad")
_CALLERS: tuple[Caller, ...] = ("user", "session", "root", "federated")
_WITHOUT_FEDERATED = frozenset(("iam", "sts", "organizations"))
"""The services that don't accept the credentials of GetFederationToken, or that a member account doesn't use.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html
"""


class NotPlayed(Exception):
    """The error for a pack's call whose outcome differs from what the pack states.

    The message names the call.
    """


@dataclass(frozen=True, slots=True)
class Scenario:
    """A played scenario: what it is, who made its calls, and the records of these calls.

    `name` is a form's name, or a look-alike's or chore's title. `attempts` are denied calls before an attack that
    succeeds later: an alarm for them is neither required nor wrong. `how`: the circumstances of the calls, such as
    "through CloudFormation", if they were varied.
    """

    pack: str
    kind: Kind
    name: str
    why: str
    by: str
    records: tuple[Mapping[str, Any], ...]
    attempts: tuple[Mapping[str, Any], ...] = ()
    how: str = ""

    @property
    def trail(self) -> list[Mapping[str, Any]]:
        """The records that a rule is run on: the attempts, then the scenario's calls."""
        return [*self.attempts, *self.records]


_PLAYED: dict[tuple[str, int], tuple[Scenario, ...]] = {}
"""Played scenarios by pack and seed. They don't belong to a cloud: apart from IDs, they are the same in every cloud."""
WORK = "work"
"""The name under which the ordinary work is played."""


def play(cloud: Cloud, names: Sequence[str], seed: int) -> list[Scenario]:
    """Return the scenarios of packs (or of "work"), played with a seed's night; scenarios played before are reused.

    Raises `Mistake` if the night's account is in use, because it is deleted afterward, and `NotPlayed` if AWS's
    response differs from what a pack states.
    """
    missing = [name for name in names if (name, seed) not in _PLAYED]
    if missing:
        with _players(cloud, night(seed)) as players:
            for name in missing:
                found = players.work() if name == WORK else players.pack(load_pack(name))
                _PLAYED[name, seed] = tuple(found)
    return [scenario for name in names for scenario in _PLAYED[name, seed]]


@contextmanager
def _players(cloud: Cloud, tonight: Night) -> Iterator[_Players]:
    used = {arn.split(":")[4] for arn in cloud.identities()}
    if tonight.account in used:
        raise Mistake(
            f"Attacks are played in account {tonight.account}, which is in use in this cloud.",
            "Play them before the account is created, or after `day.reset()`.",
        )
    outsider = tonight.values["outsider"]
    with cloud.record.aside(), cloud.clock.aside(), cloud.calling_from(tonight.addresses["office"]):
        players = None
        try:
            keys = cloud.administrator(outsider) if outsider not in used else account_keys(cloud, outsider)
            players = _Players(cloud, tonight, keys)
            yield players
        finally:
            if players is not None:
                players.leave()
            for account in {tonight.account, outsider} - used:
                cloud.forget(account)


class _Players:
    """The callers of one night, and the scenarios that they play."""

    def __init__(self, cloud: Cloud, tonight: Night, outsider: Mapping[str, Any]) -> None:
        self._cloud, self._night, self._outsider = cloud, tonight, outsider
        self._number = 0
        self._keys: dict[str, Mapping[str, Any]] = {"administrator": cloud.administrator(tonight.account)}
        self._hire()

    def _hire(self) -> None:
        """Create the night's users and roles."""
        iam = self._client("administrator", "iam")
        account, values = self._night.account, self._night.values
        for name in (values["user"], values["colleague"], values["third"], "newcomer"):
            iam.create_user(UserName=name)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            who = {values["user"]: "user", "newcomer": "newcomer"}.get(name)
            if who is not None:
                self._keys[who] = key
            if who != "newcomer":
                iam.put_user_policy(
                    UserName=name, PolicyName="Everything", PolicyDocument=json.dumps(_EVERYTHING)
                )
        self._keys["root"] = self._cloud.root_key(account)
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": account, "Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        trusted = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        for role in (values["role"], *_ROLES.values()):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusted, MaxSessionDuration=_TWELVE_HOURS)
            iam.put_role_policy(
                RoleName=role, PolicyName="Everything", PolicyDocument=json.dumps(_EVERYTHING)
            )

    def leave(self) -> None:
        """Delete the root user's access key, which doesn't belong to the account's data."""
        root = self._keys["root"]
        self._client("root", "iam").delete_access_key(AccessKeyId=root["AccessKeyId"])

    def sign_in(self) -> None:
        """Get new sessions, which last longer than it takes to play a scenario."""
        sts, values = self._client("user", "sts"), self._night.values
        self._signed_in = self._cloud.clock.now()
        for who, role, session in (
            ("session", values["role"], values["colleague"]),
            ("application", _ROLES["application"], "shop"),
            ("worker", _ROLES["application"], "mail"),
            ("pipeline", _ROLES["pipeline"], "build-4711"),
        ):
            self._keys[who] = sts.assume_role(
                RoleArn=f"arn:aws:iam::{self._night.account}:role/{role}",
                RoleSessionName=session,
                DurationSeconds=_TWELVE_HOURS,
            )["Credentials"]
        self._keys["federated"] = sts.get_federation_token(
            Name=values["third"], Policy=json.dumps(_EVERYTHING)
        )["Credentials"]

    def _client(self, who: str, service: str, region: str | None = None) -> Any:
        return client_as(self._cloud, self._keys[who], service, region or self._night.region)

    def pack(self, pack: Pack) -> Iterator[Scenario]:
        """Yield the scenarios of a pack on this night."""
        self.sign_in()
        dice = random.Random(f"{self._night.seed} {pack.name}")
        planned = list(_every_caller(pack) if self._night.seed == FIRST else _callers_in_turn(pack))
        dice.shuffle(planned)
        shared = self._new_stage(pack.name, {})
        shared.make(pack.once, "administrator", self._night.addresses["office"])
        for each in planned:
            yield self._scenario(pack, each, dice, shared.kept)

    def _scenario(self, pack: Pack, planned: _Planned, dice: random.Random, shared: _Kept) -> Scenario:
        what, who, refused_first, turn = planned
        place: Place = dice.choice(_PLACES) if what.place is None else what.place
        self._cloud.clock.advance(minutes=dice.randrange(1, 9))
        if self._cloud.clock.now() - self._signed_in > _HALF_OF_IT:
            self.sign_in()
        where = f"{pack.name}: {what.form if isinstance(what, Form) else what.title}"
        stage = self._new_stage(where, shared)
        stage.make((*pack.setup, *what.before), "administrator", self._night.addresses["office"])
        attempts = stage.try_first(what.calls[0], self._night.addresses[place]) if refused_first else []
        records = stage.make(what.calls, who, self._night.addresses[place])
        stage.make(pack.after, "administrator", self._night.addresses["office"])
        how, played = varied(records, turn)
        if isinstance(what, Form):
            return Scenario(pack.name, "attack", what.form, pack.title, who, played, tuple(attempts), how)
        return Scenario(pack.name, "benign", what.title, what.why, who, played, how=how)

    def _new_stage(self, where: str, shared: _Kept) -> _Stage:
        """Return a scenario's stage. <p> is the pack's suffix, if `shared` has one; <n> is the scenario's suffix."""
        self._number += 1
        own = f"{self._night.values['salt']}{self._number}"
        return _Stage(self, where, {"n": own, "p": shared.get(_SUFFIX, own)}, {_SUFFIX: own, **shared})

    def work(self) -> Iterator[Scenario]:
        """Yield the ordinary workday as one scenario per chore."""
        self.sign_in()
        dice = random.Random(f"{self._night.seed} work")
        for chore in load_work().chores:
            yield self._chore(chore, dice)

    def _chore(self, chore: Chore, dice: random.Random) -> Scenario:
        stage = self._new_stage(f"work: {chore.title}", {})
        stage.make(chore.before, "administrator", self._night.addresses["office"])
        records: list[Mapping[str, Any]] = []
        for _ in range(chore.rounds):
            self._cloud.clock.advance(minutes=dice.randrange(1, 5))
            records += stage.make(chore.calls, chore.by, self._night.addresses[chore.place])
        return Scenario(WORK, "work", chore.title, "It is ordinary work", chore.by, tuple(records))

    def call(self, who: str, described: PlayedCall, given: Mapping[str, Any]) -> Any:
        """Make a call and return AWS's response. Raises `ClientError`."""
        if described.account == "outsider":
            client = client_as(self._cloud, self._outsider, described.service, self._night.region)
        else:
            region = "us-east-1" if described.service == "organizations" else None
            if described.elsewhere:
                region = self._night.values["other-region"]
            client = self._client(who, described.service, region)
        return getattr(client, described.call)(**as_text(client, described.call, given))

    def fill(self, value: Any, more: Mapping[str, str]) -> Any:
        """Return a value with the night's values in place of names in angle brackets."""
        return self._night.fill(value, more)

    @property
    def cloud(self) -> Cloud:
        """The running cloud."""
        return self._cloud

    @property
    def account(self) -> str:
        """The account that is attacked."""
        return self._night.account

    def address(self, place: Place) -> str:
        """Return the address of a place."""
        return self._night.addresses[place]


class _Stage:
    """A scenario that is being played: its own suffix for names, and the responses that its calls keep."""

    def __init__(self, players: _Players, where: str, suffixes: Mapping[str, str], kept: _Kept) -> None:
        self._players, self._where, self._suffixes = players, where, suffixes
        self.kept = kept

    def make(self, calls: Sequence[PlayedCall], who: str, address: str) -> list[dict[str, Any]]:
        """Make calls, and return the records that the account receives. Raises `NotPlayed`."""
        from labs_helpers.cloud import recorded_events

        if not calls:
            return []
        cloud = self._players.cloud
        last = cloud.record[-1].event_id
        for described in calls:
            if described.new_session:
                self._players.sign_in()
            place = described.place
            with cloud.calling_from(address if place is None else self._players.address(place)):
                for count in range(1, described.times + 1):
                    if described.minutes:
                        cloud.clock.advance(minutes=described.minutes)
                    self._once(described, described.by or who, str(count))
        found = recorded_events(cloud, account=self._players.account, after=last)
        records: list[dict[str, Any]] = json.loads(json.dumps(found, default=str))
        return records

    def try_first(self, described: PlayedCall, address: str) -> list[dict[str, Any]]:
        """Make a call as a user without permissions, and return its record."""
        return self.make(
            [described.model_copy(update={"error": "any", "times": 1, "keep": None, "by": "newcomer"})],
            "newcomer",
            address,
        )

    def _once(self, described: PlayedCall, who: str, count: str) -> None:
        parameters = self._players.fill(described.parameters, {**self._suffixes, "count": count})
        code = None
        try:
            response = self._players.call(who, described, with_kept(parameters, self.kept))
            if described.keep:
                self.kept[described.keep] = response
        except ClientError as error:
            code, said = error.response["Error"]["Code"], str(error)
        if code is not None and described.error not in (code, "any"):
            raise NotPlayed(f"{self._where}: {described.service}.{described.call} by {who}: {said}")
        if code is None and described.error not in (None, "any"):
            raise NotPlayed(
                f"{self._where}: {described.service}.{described.call} by {who} works, "
                f"but the pack states {described.error}"
            )


_Planned = tuple[Form | LookAlike, Caller, bool, int]
"""A form or a look-alike, its caller, whether a user without permissions tries the first call beforehand, and the turn,
which determines the circumstances. On the first night, the turn is always 0: no record is changed.
"""


def _every_caller(pack: Pack) -> Iterator[_Planned]:
    """Yield each form once per caller and once more after a denial, and each look-alike once per caller."""
    for form in pack.forms:
        callers = _callers(form)
        yield from ((form, who, False, 0) for who in callers)
        yield form, callers[0], True, 0
    yield from ((each, who, False, 0) for each in pack.benign for who in each.by)


def _callers_in_turn(pack: Pack) -> Iterator[_Planned]:
    """Yield each form and each look-alike, including those that the learner hasn't seen.

    The callers and the circumstances take turns. Each form that the learner has seen is also played after a denial.
    """
    turns = itertools.count()
    for number, form in enumerate((*pack.forms, *pack.more_forms)):
        callers = _callers(form)
        yield form, callers[number % len(callers)], False, next(turns)
        if form in pack.forms:
            yield form, callers[(number + 1) % len(callers)], True, next(turns)
    for number, alike in enumerate((*pack.benign, *pack.more_benign)):
        yield alike, alike.by[number % len(alike.by)], False, next(turns)


def _callers(form: Form) -> tuple[Caller, ...]:
    return form.by or (_CALLERS if _can_be_federated(form) else _CALLERS[:-1])


def _can_be_federated(form: Form) -> bool:
    return not any(call.service in _WITHOUT_FEDERATED for call in form.calls)
