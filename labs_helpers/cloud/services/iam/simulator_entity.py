"""The simulated user, group, or role, with all its policies except those that the request excludes.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import invalid_input, no_such_entity
from labs_helpers.cloud.services.iam.simulation import Source
from labs_helpers.cloud.services.organizations.membership import SCP, membership
from labs_helpers.engine.policy import PolicyKind, parse_policy

_ENTITY = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(user|group|role)/([\x21-\x7e]+)")
_POLICY = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/?*-]+", re.ASCII)
_NAME = re.compile(r"[\w+=,.@*?-]{1,128}", re.ASCII)
_TYPES = ("inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp")


@dataclass(frozen=True, slots=True)
class _Held:
    """A policy and its attachment.

    An inline policy has an `owner` ("user", "group", or "role", and a name), and a managed policy has an `arn`.
    """

    source: Source
    owner: tuple[str, str] | None = None
    arn: str | None = None

    @property
    def kind(self) -> str:
        """Return the policy's PolicyType: inline, aws-managed, or user-managed."""
        if self.owner is not None:
            return "inline"
        return "aws-managed" if (self.arn or "").startswith("arn:aws:iam::aws:") else "user-managed"


@dataclass(frozen=True, slots=True)
class Entity:
    """A simulated user's, group's, or role's policies and boundary, and the account's SCPs."""

    arn: str
    held: tuple[_Held, ...]
    boundary: Source | None = None
    scp: list[list[Source]] | None = None

    @property
    def identity(self) -> list[Source]:
        """The identity-based policies, including the policies of a user's groups."""
        return [each.source for each in self.held]

    def without(self, exclusions: Iterable[Mapping[str, Any]]) -> Entity:
        """Return the entity without the policies in a PolicyExclusionList.

        Raises InvalidInput if the list isn't valid.
        """
        entity = self
        for exclusion in exclusions:
            if len(exclusion) != 1:
                raise invalid_input("A policy identifier must have exactly one member.")
            entity = entity._excluding(exclusion)
        return entity

    def _excluding(self, exclusion: Mapping[str, Any]) -> Entity:
        kind = exclusion.get("PolicyType")
        if kind == "permission-boundary":
            return replace(self, boundary=None)
        if kind == "scp":
            return replace(self, scp=None)
        excluded = _excluded(exclusion)
        return replace(self, held=tuple(each for each in self.held if not excluded(each)))


def _excluded(exclusion: Mapping[str, Any]) -> Callable[[_Held], bool]:
    if "PolicyType" in exclusion:
        kind = exclusion["PolicyType"]
        if kind not in _TYPES:
            raise invalid_input(f"Invalid policy type: {kind}.")
        return lambda held: held.kind == kind
    if "PolicyArn" in exclusion:
        arn = exclusion["PolicyArn"]
        if not _POLICY.fullmatch(arn) or arn.count("*") > 1:
            raise invalid_input(f"Invalid policy ARN: {arn}.")
        matches = _wildcard(arn)
        return lambda held: held.arn is not None and matches(held.arn)
    inline = exclusion.get("InlinePolicyIdentifier") or {}
    name, kind, owner = (inline.get(part, "") for part in ("PolicyName", "AttachmentType", "AttachmentName"))
    valid = (
        _NAME.fullmatch(owner)
        and owner.count("*") <= 1
        and _NAME.fullmatch(name)
        and not set(name) & set("*?")
    )
    if not valid or kind not in ("user", "group", "role"):
        raise invalid_input("Invalid inline policy identifier.")
    matches = _wildcard(owner)
    return lambda held: (
        held.owner is not None
        and held.owner[0] == kind
        and matches(held.owner[1])
        and held.source.id == _inline_id(held.owner, name)
    )


def _wildcard(pattern: str) -> Callable[[str], bool]:
    expression = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern))
    return lambda text: expression.fullmatch(text) is not None


def find_entity(call: Call, arn: str) -> Entity:
    """Return the entity with this ARN in the caller's account.

    Raises InvalidInput for an invalid ARN, or NoSuchEntity if the entity doesn't exist.
    """
    match = _ENTITY.fullmatch(arn)
    if match is None:
        raise invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    account, kind, path = match.groups()
    name = path.rpartition("/")[2]
    found = _moto_identity(call.account, kind, name) if account == call.account else None
    if found is None or found.arn != arn:
        raise no_such_entity(f"The {kind} with name {name} cannot be found.")
    held = [*_attached_policies(kind, found)]
    if kind == "user":
        for group in moto_iam.backend(account).groups.values():
            if found in group.users:
                held += _attached_policies("group", group)
    return Entity(arn, tuple(held), _boundary(account, kind, name), _scp(call.state, account))


def _moto_identity(account: str, kind: str, name: str) -> Any:
    iam = moto_iam.backend(account)
    if kind == "role":
        return moto_iam.find_role(account, name)
    return (iam.users if kind == "user" else iam.groups).get(name)


def _attached_policies(kind: str, entity: Any) -> Iterator[_Held]:
    for name, text in entity.policies.items():
        owner = (kind, entity.name)
        yield _Held(_source(_inline_id(owner, name), kind, text), owner)
    for arn, policy in entity.managed_policies.items():
        held_as = "aws-managed" if arn.startswith("arn:aws:iam::aws:") else "user-managed"
        yield _Held(_source(policy.name, held_as, moto_iam.default_document(policy)), arn=arn)


def _inline_id(owner: tuple[str, str], name: str) -> str:
    return f"{owner[0]}_{owner[1]}_{name}"


def _source(name: str, source_type: str, text: str, kind: PolicyKind = PolicyKind.IDENTITY) -> Source:
    return Source(name, source_type, text, parse_policy(text, kind))


def _boundary(account: str, kind: str, name: str) -> Source | None:
    if kind == "group":
        return None
    found = (moto_iam.user_boundary if kind == "user" else moto_iam.role_boundary)(account, name)
    if found is None:
        return None
    return _source(found[0].rpartition("/")[2], "user-managed", found[1], PolicyKind.BOUNDARY)


def _scp(state: State, account: str) -> list[list[Source]] | None:
    place = membership(state, account)
    if place is None or place.management_account == account:
        return None
    levels = place.levels_of(SCP)
    if levels is None:
        return None
    return [[_source(arn, "none", text, PolicyKind.SCP) for arn, text in level] for level in levels]
