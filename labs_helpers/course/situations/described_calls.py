"""Making the calls that data/ describes: a day's stage, a situation, what a check tries.

They are boto3 calls, in order, by administrators, by profiles or by nobody; what one returns, later ones can use, and
between them the lab clock can go on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3

from labs_helpers.course.shown.progress_line import watched
from labs_helpers.course.situations.identity_clients import client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.situations.account_facts import Fact
    from labs_helpers.engine.policy import Policies

NOBODY = "nobody"
"""Who makes an unsigned call."""
KEPT = re.compile(r"\$([a-z_]\w*)((?:\.\w+)+)")


@dataclass(frozen=True, slots=True)
class Door:
    """The policy of a resource, with the grants of a key and the RCPs that bind it, and the account that owns it."""

    account: str
    policies: Policies


@dataclass(slots=True)
class Before:
    """How the cloud was: users and roles with what was in force for them, resources with policies of their own, and
    the facts that no policy tells (course/beside.py)."""

    people: dict[str, Policies] = field(default_factory=dict)
    doors: dict[str, Door] = field(default_factory=dict)
    facts: frozenset[Fact] = frozenset()

    def take_over(self, earlier: Before, now: Before) -> None:
        """Take what differs between two moments for something that was there."""
        for arn, policies in now.people.items():
            if earlier.people.get(arn) != policies:
                self.people[arn] = policies
        for arn, door in now.doors.items():
            if earlier.doors.get(arn) != door:
                self.doors[arn] = door
        self.facts = (self.facts | (now.facts - earlier.facts)) - (earlier.facts - now.facts)


class Memory:
    """What the course keeps beside a cloud: answers that steps named, and which situations stand."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.begun: set[tuple[str, int]] = set()
        self.standing: set[tuple[str, int]] = set()
        self.set_up_by: dict[tuple[str, int], str] = {}
        """Situation → the last recorded call of its set-up: what comes after it is the learner's."""
        self.before: dict[str, Before] = {}
        """Exercise → how the cloud was when it began, with what the lesson changed since."""
        self.last = Before()
        """How the cloud was when changes were credited last."""


def set_stage(cloud: Cloud, steps: Iterable[Mapping[str, Any]]) -> None:
    """Make the calls, write the profiles and keep the answers that they ask for. ClientError for the first refused."""
    performer = Performer(cloud)
    for step in watched(steps, lambda step: step.get("call", "the clock")):
        if step.get("advance"):
            cloud.clock.advance(**step["advance"])
            continue
        answer = performer.make(step)
        if step.get("profile"):
            cloud.profile(step["profile"], answer.get("AccessKey") or answer["Credentials"])


class NotKept(LookupError):
    """What a call builds on was never answered."""


class Performer:
    """Makes calls in one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def make(self, call: Mapping[str, Any]) -> Any:
        """Make a step's or a try's call and give the answer. ClientError if AWS refuses."""
        client = self.client(call)
        kept = self._cloud.part(Memory).kept
        given = with_kept(call.get("parameters", {}), kept)
        answer = getattr(client, call["call"])(**as_text(client, call["call"], given))
        if call.get("keep"):
            kept[call["keep"]] = answer
        return answer

    def client(self, call: Mapping[str, Any]) -> Any:
        """The client that makes a call: of the profile `who`, of nobody, or of the account's administrator.

        LookupError for a profile that there is not.
        """
        who, service, region = call.get("who"), call["service"], call.get("region")
        if who == NOBODY:
            return client_as(self._cloud, None, service, region)
        if who is None:
            account = with_kept(call.get("account"), self._cloud.part(Memory).kept) or self._cloud.home
            if account == self._cloud.home:
                who = "default"
            else:
                self._cloud.account(account)
                who = f"admin-{account}"
        keys = self._cloud.keys(who)
        if keys is not None:
            return client_as(self._cloud, keys, service, region)
        if who not in self._cloud.profiles():
            raise LookupError(f"there is no profile {who!r}; there are {', '.join(self._cloud.profiles())}")
        return boto3.Session(profile_name=who).client(service, region_name=region)


def with_kept(value: Any, kept: Mapping[str, Any]) -> Any:
    """Parameters in which `$name.Member.Inner` is what an earlier answer holds there. LookupError names what is not.

    Policy variables (`${aws:username}`) are left alone.
    """
    if isinstance(value, dict):
        return {with_kept(key, kept): with_kept(each, kept) for key, each in value.items()}
    if isinstance(value, list):
        return [with_kept(each, kept) for each in value]
    if not isinstance(value, str):
        return value
    whole = KEPT.fullmatch(value)
    if whole:
        return _look_up(whole, kept)
    return KEPT.sub(lambda found: str(_look_up(found, kept)), value)


def with_known(text: str, kept: Mapping[str, Any]) -> str:
    """A text with what is kept in place of its name; what is not there goes by its name still."""

    def known(found: re.Match[str]) -> str:
        try:
            return str(_look_up(found, kept))
        except LookupError:
            return found[0]

    return KEPT.sub(known, text)


def _look_up(found: re.Match[str], kept: Mapping[str, Any]) -> Any:
    name, path = found[1], found[2][1:].split(".")
    if name not in kept:
        raise NotKept(f"{found[0]}: no earlier step keeps {name!r}; there are {', '.join(kept) or 'none'}")
    value = kept[name]
    for part in path:
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise LookupError(f"{found[0]}: the answer has no {part!r}") from None
    return value


def as_text(client: Any, call: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters in which objects stand as JSON text wherever the operation takes text: policies, for instance."""
    operation = client.meta.method_to_api_mapping[call]
    shape = client.meta.service_model.operation_model(operation).input_shape
    return _fitting(parameters, shape) if shape is not None else dict(parameters)


def _fitting(value: Any, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "string" and isinstance(value, (dict, list)):
        return json.dumps(value)
    if kind == "structure" and isinstance(value, Mapping):
        return {
            name: _fitting(each, shape.members[name]) if name in shape.members else each
            for name, each in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [_fitting(each, shape.member) for each in value]
    if kind == "map" and isinstance(value, Mapping):
        return {name: _fitting(each, shape.value) for name, each in value.items()}
    return value
