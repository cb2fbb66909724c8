"""Changes that users and roles can make to their own permissions: policies, groups, a boundary, and denials.

A state is what a principal has changed so far. The search for administrators tries the changes one after another,
because one can enable the next: without its boundary, a user can write its own policy.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.cloud.audit.escalation_paths import STOPPED_BY, Kind, Path, named
from labs_helpers.cloud.audit.identities import (
    account_of,
    boundary_of,
    kind_of,
    name_of,
    named_policies,
    protection_of,
)
from labs_helpers.cloud.audit.outlooks import Outlooks, is_up_to_caller
from labs_helpers.cloud.gate.policies_in_force import parsed
from labs_helpers.cloud.services.iam import moto_view as iam
from labs_helpers.engine.analysis.open_keys import Outlook, Requirement
from labs_helpers.engine.policy import Attached, Policies, PolicyKind
from labs_helpers.engine.policy.statement import ALLOW, EXPLICIT_DENY, Policy

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
_EVERYTHING = parsed(
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    PolicyKind.IDENTITY,
)
ADMINISTRATORS_DO = (
    "iam:AttachRolePolicy", "iam:CreateUser", "iam:CreatePolicyVersion", "s3:DeleteBucket", "kms:ScheduleKeyDeletion",
    "ec2:RunInstances", "cloudtrail:StopLogging",
)  # fmt: skip
"""A principal whose policies allow all of these actions on every resource is considered an administrator."""
Keys = Mapping[str, "str | None"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation path: actions on a resource that give a principal more permissions.

    `gains` is the user, role, or group whose permissions the principal gets, or None if it changes its own. `path` is
    the known path (see `escalation_paths`). `requirements` are the conditions under which the actions are allowed, and
    `needs` is what else must exist, or an empty string.
    """

    principal: str
    actions: tuple[str, ...]
    on: str
    gains: str | None
    path: Path
    requirements: tuple[Requirement, ...] = ()
    needs: str = ""

    @property
    def stopped_by(self) -> str:
        """The sentence that describes what stops paths of this kind."""
        return STOPPED_BY[self.path.kind]

    def __str__(self) -> str:
        gained = f"and acts as {self.gains}" if self.gains else "and changes its own permissions"
        conditions = f" ({'; '.join(map(str, self.requirements))})" if self.requirements else ""
        needed = f", if {self.needs}" if self.needs else ""
        return (
            f"{self.principal} does {' and '.join(self.actions)} on {self.on} {gained}{needed}{conditions} "
            f"[{self.path.id}]"
        )


@dataclass(frozen=True, slots=True)
class State:
    """The changes that a principal has made to its own permissions."""

    extra: tuple[Policy, ...] = ()
    without_boundary: bool = False
    removed: frozenset[str] = frozenset()
    """The labels of identity policies that were removed."""

    @property
    def changed(self) -> bool:
        """True if anything has changed."""
        return bool(self.extra or self.without_boundary or self.removed)

    def apply(self, policies: Policies) -> Policies:
        """Return the policies in force in this state."""
        identity = tuple(each for each in policies.identity if each.name not in self.removed)
        identity += tuple(Attached("the new policy", policy) for policy in self.extra)
        boundary = None if self.without_boundary else policies.boundary
        return replace(policies, identity=identity, boundary=boundary)

    def unguarded(self, policies: Policies) -> Policies:
        """Return the policies in force in this state, without SCPs and RCPs."""
        return replace(self.apply(policies), scp=None, rcp=None)


UNCHANGED = State()
EVERYTHING = State(extra=(_EVERYTHING,))


class Permissions:
    """Queries about what a principal can do in a state, with their cached results."""

    def __init__(self, outlooks: Outlooks) -> None:
        """Start without answers."""
        self._outlooks = outlooks
        self._administrators: dict[tuple[str, State], tuple[Requirement, ...] | None] = {}
        self._policies: dict[str, list[tuple[str, Policy]]] = {}
        self._answers: dict[Any, tuple[Requirement, ...] | None] = {}

    def policies(self, principal: str) -> list[tuple[str, Policy]]:
        """Return a principal's identity policies with their labels."""
        if principal not in self._policies:
            self._policies[principal] = named_policies(principal)
        return self._policies[principal]

    def names(self, principal: str, action: str, state: State = UNCHANGED) -> bool:
        """Return whether a statement allows an action on any resource: a fast test before the engine is used."""
        lowered = action.lower()
        policies = [policy for label, policy in self.policies(principal) if label not in state.removed]
        return any(
            statement.effect == ALLOW and statement.concerns(lowered)
            for policy in (*policies, *state.extra)
            for statement in policy.statements
        )

    def _covers(self, principal: str, action: str, on: str, state: State) -> bool:
        """Return whether a statement might allow an action on a resource: a fast test before the engine is used."""
        policies = [policy for label, policy in self.policies(principal) if label not in state.removed]
        return any(
            statement.effect == ALLOW
            and (
                statement.resource_test is None
                or "${" in str(statement.source)
                or statement.resource_test(on, {})
            )
            and not self._outlooks.excludes(principal, statement)
            for policy in (*policies, *state.extra)
            for statement in policy.candidates(action.lower(), on)
        )

    def may(
        self, principal: str, action: str, on: str, *, state: State = UNCHANGED, keys: Keys | None = None
    ) -> tuple[Requirement, ...] | None:
        """Return the conditions under which an action is allowed (none if always), or None if it is denied."""
        question = (principal, action, on, state, tuple((keys or {}).items()))
        if question not in self._answers:
            covered = self._covers(principal, action, on, state)
            self._answers[question] = (
                _needed(self._outlooks.of(principal, action, on, keys=keys, change=state.apply))
                if covered
                else None
            )
        return self._answers[question]

    def may_trusted(
        self, principal: str, action: str, on: str, state: State
    ) -> tuple[Requirement, ...] | None:
        """Return what `may` returns for an action that a resource-based policy can allow by itself."""
        return _needed(self._outlooks.of(principal, action, on, change=state.apply))

    def may_anywhere(
        self, principal: str, actions: tuple[str, ...], state: State = UNCHANGED
    ) -> tuple[Requirement, ...] | None:
        """Return what `may` returns for several actions, each on any resource."""
        if not all(self.names(principal, action, state) for action in actions):
            return None
        return _all_needed(
            self._outlooks.anywhere(principal, action, change=state.apply) for action in actions
        )

    def administers(self, principal: str, state: State = UNCHANGED) -> tuple[Requirement, ...] | None:
        """Return the conditions under which a principal is an administrator, or None if it isn't.

        SCPs and RCPs don't matter: they limit what an administrator can do, and apply to everyone in the account.
        """
        if (principal, state) not in self._administrators:
            self._administrators[principal, state] = self._administers(principal, state)
        return self._administrators[principal, state]

    def _administers(self, principal: str, state: State) -> tuple[Requirement, ...] | None:
        if not all(self.names(principal, action, state) for action in ADMINISTRATORS_DO):
            return None
        return _all_needed(
            self._outlooks.of(principal, action, change=state.unguarded) for action in ADMINISTRATORS_DO
        )


def _needed(found: Outlook) -> tuple[Requirement, ...] | None:
    """Return the requirements that the caller can't meet by itself, or None if the request is denied in any case."""
    if not found.possible:
        return None
    return tuple(each for each in found.requirements if found.example is None or not is_up_to_caller(each))


def _all_needed(found: Iterable[Outlook]) -> tuple[Requirement, ...] | None:
    """Return the requirements of several requests, without duplicates, or None if any of them is denied in any case."""
    requirements: dict[Requirement, None] = {}
    for each in found:
        needed = _needed(each)
        if needed is None:
            return None
        requirements |= dict.fromkeys(needed)
    return tuple(requirements)


class OwnChanges:
    """The changes that principals can make to their own permissions, one step at a time."""

    def __init__(self, permissions: Permissions) -> None:
        """Prepare the search."""
        self._may = permissions.may
        self._permissions = permissions
        self._groups: dict[str, list[tuple[str, tuple[Policy, ...]]]] = {}

    def steps(self, principal: str, state: State) -> Iterator[tuple[Step, State]]:
        """Yield each possible next change with the resulting state."""
        yield from self._writes(principal, state)
        if not state.without_boundary and (boundary := boundary_of(principal)) is not None:
            for step in self._boundary(principal, boundary, state):
                yield step, replace(state, without_boundary=True)
        yield from self._denials(principal, state)
        if kind_of(principal) == "user":
            yield from self._joins(principal, state)

    def _step(
        self, principal: str, kind: Kind, action: str, on: str, state: State, keys: Keys | None = None
    ) -> Step | None:
        requirements = self._may(principal, action, on, state=state, keys=keys)
        if requirements is None:
            return None
        return Step(principal, (action,), on, None, named(kind, action), requirements)

    def _about(self, principal: str, state: State) -> dict[str, str | None]:
        """Return the condition key that contains the principal's boundary in requests about the principal."""
        return {"iam:PermissionsBoundary": None if state.without_boundary else boundary_of(principal)}

    def _writes(self, principal: str, state: State) -> Iterator[tuple[Step, State]]:
        after = replace(state, extra=(*state.extra, _EVERYTHING))
        if _EVERYTHING in state.extra:
            return
        kind, own = kind_of(principal).capitalize(), self._about(principal, state)
        targets = [(principal, kind, own)] if protection_of(principal) is None else []
        if kind == "User":
            joined = iam.groups_of(account_of(principal), name_of(principal))
            targets += [(group.arn, "Group", {}) for group in joined]
        for on, what, keys in targets:
            attached = {**keys, "iam:PolicyARN": ADMINISTRATOR_ACCESS}
            for action, given in ((f"iam:Put{what}Policy", keys), (f"iam:Attach{what}Policy", attached)):
                step = self._step(principal, Kind.OWN, action, on, state, given)
                if step is not None:
                    yield step, after
        for arn in self._own_policies(principal, state):
            step = self._step(principal, Kind.OWN, "iam:CreatePolicyVersion", arn, state)
            if step is not None:
                yield step, after
            yield from self._older(principal, arn, state)

    def _own_policies(self, principal: str, state: State) -> list[str]:
        listed = iam.own_policies(account_of(principal), name_of(principal), kind_of(principal))
        return [arn for arn in listed if arn not in state.removed]

    def _older(self, principal: str, arn: str, state: State) -> Iterator[tuple[Step, State]]:
        """Yield a switch to each version of a policy other than the default version."""
        others = _other_versions(account_of(principal), arn)
        if not others or not self._permissions.names(principal, "iam:SetDefaultPolicyVersion", state):
            return
        step = self._step(principal, Kind.OWN, "iam:SetDefaultPolicyVersion", arn, state)
        for version in others if step is not None else ():
            assert step is not None
            removed = state.removed | {arn}
            yield step, replace(state, extra=(*state.extra, version), removed=removed)

    def _boundary(self, principal: str, boundary: str, state: State) -> Iterator[Step]:
        kind = kind_of(principal).capitalize()
        wider = {"iam:PermissionsBoundary": ADMINISTRATOR_ACCESS}
        if protection_of(principal) is None:
            for action, keys in (
                (f"iam:Delete{kind}PermissionsBoundary", self._about(principal, state)),
                (f"iam:Put{kind}PermissionsBoundary", wider),
            ):
                step = self._step(principal, Kind.BOUNDARY, action, principal, state, keys)
                if step is not None:
                    yield step
        if f":{account_of(principal)}:" in boundary:
            step = self._step(principal, Kind.BOUNDARY, "iam:CreatePolicyVersion", boundary, state)
            if step is not None:
                yield step
            if any(map(_allows_everything, _other_versions(account_of(principal), boundary))):
                step = self._step(principal, Kind.BOUNDARY, "iam:SetDefaultPolicyVersion", boundary, state)
                if step is not None:
                    yield step

    def _denials(self, principal: str, state: State) -> Iterator[tuple[Step, State]]:
        """Yield the removal of each identity policy that denies something."""
        if protection_of(principal) is not None:
            return
        for label, policy in self._permissions.policies(principal):
            if label in state.removed or all(each.effect != EXPLICIT_DENY for each in policy.statements):
                continue
            for action, on, keys in self._removals(principal, label, state):
                step = self._step(principal, Kind.DENIAL, action, on, state, keys)
                if step is not None:
                    yield step, replace(state, removed=state.removed | {label})
                    break

    def _removals(self, principal: str, label: str, state: State) -> Iterator[tuple[str, str, Keys]]:
        """Yield the actions that remove a policy from a principal, each with its resource and its condition keys."""
        account, kind = account_of(principal), kind_of(principal)
        holders = {principal: kind.capitalize()}
        if kind == "user":
            holders |= {group.arn: "Group" for group in iam.groups_of(account, name_of(principal))}
        for holder, what in holders.items():
            keys = self._about(principal, state) if what != "Group" else {}
            if label.startswith(f"{holder} (inline"):
                yield f"iam:Delete{what}Policy", holder, keys
            elif label in _attached_to(account, holder, what):
                yield f"iam:Detach{what}Policy", holder, {**keys, "iam:PolicyARN": label}
            else:
                continue
            if what == "Group":
                yield "iam:RemoveUserFromGroup", holder, {}

    def _joins(self, principal: str, state: State) -> Iterator[tuple[Step, State]]:
        if not self._permissions.names(principal, "iam:AddUserToGroup", state):
            return
        for arn, policies in self._groups_of(account_of(principal)):
            if set(policies) <= set(state.extra):
                continue
            requirements = self._may(principal, "iam:AddUserToGroup", arn, state=state)
            if requirements is not None:
                path = named(Kind.JOIN, "iam:AddUserToGroup")
                step = Step(principal, ("iam:AddUserToGroup",), arn, arn, path, requirements)
                yield step, replace(state, extra=(*state.extra, *policies))

    def _groups_of(self, account: str) -> list[tuple[str, tuple[Policy, ...]]]:
        """Return the groups whose policies allow an action that the search can use, each with its policies."""
        if account not in self._groups:
            found = [
                (arn, tuple(parsed(text, PolicyKind.IDENTITY) for _, text in iam.group_policies(account, name)))
                for name, arn in iam.groups(account)
            ]  # fmt: skip
            self._groups[account] = [(arn, policies) for arn, policies in found if _is_useful(policies)]
        return self._groups[account]


_USEFUL = ("iam:attachuserpolicy", "iam:putuserpolicy", "iam:createpolicyversion", "iam:passrole",
           "iam:createaccesskey", "iam:updateassumerolepolicy", "sts:assumerole",
           "iam:deleteuserpermissionsboundary")  # fmt: skip


def _is_useful(policies: tuple[Policy, ...]) -> bool:
    return any(
        statement.effect == ALLOW and any(map(statement.concerns, _USEFUL))
        for policy in policies
        for statement in policy.statements
    )


def _attached_to(account: str, holder: str, what: str) -> frozenset[str]:
    """Return the ARNs of the managed policies that are attached to a user, role, or group."""
    listed: Mapping[str, Callable[[str, str], list[tuple[str, str]]]] = {
        "Group": iam.group_policies,
        "Role": iam.role_policies,
    }
    if what == "User":
        user = iam.backend(account).users.get(name_of(holder))
        return frozenset(user.managed_policies) if user is not None else frozenset()
    return frozenset(label for label, _ in listed[what](account, name_of(holder)))


def _other_versions(account: str, arn: str) -> list[Policy]:
    """Return the versions of a managed policy that aren't the default version."""
    policy = iam.backend(account).managed_policies.get(arn)
    if policy is None:
        return []
    return [
        parsed(str(version.document), PolicyKind.IDENTITY)
        for version in policy.versions
        if version.version_id != policy.default_version_id
    ]


def _allows_everything(policy: Policy) -> bool:
    return any(
        statement.effect == ALLOW
        and statement.resource_test is None
        and not statement.condition_tests
        and all(statement.concerns(action.lower()) for action in ADMINISTRATORS_DO)
        for statement in policy.statements
    )
