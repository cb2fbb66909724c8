"""Changes to the policies or the request, and a function that applies them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from labs_helpers.engine.policy.parse import parse_policy
from labs_helpers.engine.policy.policy_set import Attached, Policies
from labs_helpers.engine.policy.request import AccessRequest
from labs_helpers.engine.policy.statement import Policy, PolicyKind
from labs_helpers.engine.policy.variables import ContextValue

NEW = "a new policy"
"""The name that an added policy has in decisions."""


class ChangeKind(enum.Enum):
    """The kind of a change. NARROW_DENY leaves a Deny in force for everything except this request."""

    ADD_ALLOW = "ADD_ALLOW"
    REMOVE_DENY = "REMOVE_DENY"
    NARROW_DENY = "NARROW_DENY"
    CHANGE_CONTEXT = "CHANGE_CONTEXT"


class Edit(NamedTuple):
    """A statement of an attached policy to replace with `source`, or to remove if `source` is None."""

    name: str
    policy: Policy
    index: int  # type: ignore[assignment]  # hides tuple.index, which is of no use for an edit
    source: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed change, and its effect according to the engine.

    `layer` is the check's type ("SERVICE_CONTROL_POLICY", …), or "CONTEXT" for the request itself; `level` is as in
    Check. `policy` is the name of the policy to change, or None for a new policy. `index` is the statement's index, or
    None for an added statement. `statement` is the new statement, or None if it is removed. `context` maps condition
    keys to their new values (None means absent). `flips_alone` is True if this change by itself makes the request
    allowed. `needs_also` contains the numbers of the other changes needed; together with this change, they are a
    minimal set. `cannot_help` is the reason that the change isn't in any minimal set, or "" if it is in one. `note`
    describes who has to make the change, or contains a caution.
    """

    number: int
    layer: str
    kind: ChangeKind
    text: str
    level: int | None = None
    policy: str | None = None
    index: int | None = None
    statement: Mapping[str, Any] | None = None
    context: tuple[tuple[str, ContextValue | None], ...] = ()
    flips_alone: bool = False
    needs_also: tuple[int, ...] = ()
    cannot_help: str = ""
    note: str = ""
    edits: tuple[Edit, ...] = field(default=(), repr=False)

    @property
    def helps(self) -> bool:
        """True if this change is part of a minimal set of changes that makes the request allowed."""
        return not self.cannot_help


def changed(
    request: AccessRequest, policies: Policies, changes: Iterable[Change]
) -> tuple[AccessRequest, Policies]:
    """Return the request and policies after applying changes that `changes()` proposed.

    Raises `PolicyError` if one of the changes can't be written as a policy.
    """
    after = _Combination()
    for change in changes:
        after.take(change)
    context = dict(request.context)
    for key, value in after.context:
        if value is None:
            context.pop(key.lower(), None)
        else:
            context[key.lower()] = value
    return replace(request, context=context), after.policies(policies)


class _Combination:
    """The edits, additions, and context keys of several changes, combined so that each policy is written once."""

    def __init__(self) -> None:
        self._edits: dict[tuple[str, Policy], dict[int, Mapping[str, Any] | None]] = {}
        self._added: dict[tuple[str, int | None], list[Mapping[str, Any]]] = {}
        self.context: list[tuple[str, ContextValue | None]] = []

    def take(self, change: Change) -> None:
        """Add a change."""
        self.context.extend(change.context)
        for edit in change.edits:
            self._edits.setdefault((edit.name, edit.policy), {})[edit.index] = edit.source
        if change.kind is ChangeKind.ADD_ALLOW and change.statement is not None:
            self._added.setdefault((change.layer, change.level), []).append(change.statement)

    def policies(self, before: Policies) -> Policies:
        """Return the policies after the changes."""
        if not self._edits and not self._added:
            return before
        return replace(
            before,
            identity=self._several(before.identity, "PRINCIPAL", None, PolicyKind.IDENTITY),
            boundary=self._single(before.boundary, "PERMISSIONS_BOUNDARY", PolicyKind.BOUNDARY),
            session=self._several(before.session, "SESSION", None, PolicyKind.SESSION),
            resource=self._resource(before.resource),
            vpc_endpoint=self._single(before.vpc_endpoint, "VPC_ENDPOINT", PolicyKind.VPC_ENDPOINT),
            scp=self._levels(before.scp, "SERVICE_CONTROL_POLICY", PolicyKind.SCP),
            rcp=self._levels(before.rcp, "RESOURCE_CONTROL_POLICY", PolicyKind.RCP),
        )

    def _levels(
        self, levels: tuple[tuple[Attached, ...], ...] | None, layer: str, kind: PolicyKind
    ) -> tuple[tuple[Attached, ...], ...] | None:
        if levels is None:
            return None
        return tuple(self._several(level, layer, place, kind) for place, level in enumerate(levels))

    def _several(
        self, attached: tuple[Attached, ...], layer: str, level: int | None, kind: PolicyKind
    ) -> tuple[Attached, ...]:
        kept = tuple(self._edited(each) for each in attached)
        added = self._added.get((layer, level))
        return (*kept, Attached(NEW, written(kind, "2012-10-17", None, added))) if added else kept

    def _single(self, attached: Attached | None, layer: str, kind: PolicyKind) -> Attached | None:
        added = self._added.get((layer, None), [])
        if attached is None:
            return Attached(NEW, written(kind, "2012-10-17", None, added)) if added else None
        return self._edited(attached, added)

    def _resource(self, attached: Attached | None) -> Attached | None:
        added = self._added.get(("RESOURCE", None), [])
        # Only a role's trust policy has statements without Resource.
        trust = bool(added) and "Resource" not in added[0]
        return self._single(attached, "RESOURCE", PolicyKind.TRUST if trust else PolicyKind.RESOURCE)

    def _edited(self, attached: Attached, added: Iterable[Mapping[str, Any]] = ()) -> Attached:
        name, policy = attached
        edits = self._edits.get((name, policy), {})
        if not edits and not added:
            return attached
        sources = [edits.get(each.index, each.source) for each in policy.statements]
        kept = [source for source in sources if source is not None]
        return Attached(name, written(policy.kind, policy.version, policy.id, [*kept, *added]))


# A placeholder for the only statement of a policy when it is removed. Policies can't be empty. If the boundary or
# session policy itself were removed, the principal would be allowed more than with a policy that allows nothing.
_PLACEHOLDER = {"Effect": "Deny", "Action": "none:None", "Resource": "*"}
_NAMES_PRINCIPALS = frozenset(
    {PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.KEY, PolicyKind.RCP, PolicyKind.VPC_ENDPOINT}
)


def written(
    kind: PolicyKind, version: str, policy_id: str | None, statements: list[Mapping[str, Any]]
) -> Policy:
    """Return a policy that contains these statements. Raises `PolicyError` if the policy isn't valid."""
    if not statements:
        nothing: dict[str, Any] = dict(_PLACEHOLDER)
        if kind is PolicyKind.TRUST:
            del nothing["Resource"]
        if kind in _NAMES_PRINCIPALS:
            nothing["Principal"] = "*"
        statements = [nothing]
    document: dict[str, Any] = {"Version": version, "Statement": list(statements)}
    if policy_id is not None:
        document["Id"] = policy_id
    return parse_policy(document, kind)
