"""A preview of an organization with a draft attached, a policy detached, or an account moved. Nothing is changed.

The cloud evaluates each hypothetical request, and then the engine evaluates it again with the SCPs and RCPs that would
be in force.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.gate.policies_in_force import parsed
from labs_helpers.cloud.services.organizations import policy_content
from labs_helpers.cloud.services.organizations.membership import membership
from labs_helpers.cloud.services.organizations.quotas import policy_quota
from labs_helpers.cloud.services.organizations.state import RCP, SCP, Organization, Organizations
from labs_helpers.engine.analysis.containment.comparison import Comparison, compare_limits
from labs_helpers.engine.policy import Attached, Decision, Policies, PolicyKind, decide

DRAFT = "the draft"
_KINDS = {SCP: PolicyKind.SCP, RCP: PolicyKind.RCP}


class Preview:
    """The organization of the cloud's home account, with changes that haven't been applied.

    Raises `LookupError` if there is no organization, and `ValueError`, with AWS's reason, for a change that AWS would
    reject.
    """

    def __init__(self, cloud: Cloud) -> None:
        """Start without changes. Raises `LookupError` if the home account isn't in an organization."""
        organization = cloud.part(Organizations).of(cloud.home)
        if organization is None:
            raise LookupError(f"account {cloud.home} isn't in an organization")
        self._cloud = cloud
        self.organization: Organization = organization
        self._attached: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._parents: dict[str, str] = {}
        self.changes: list[Change] = []
        """The changes of this preview, in order."""

    # --- changes ------------------------------------------------------------------------------------------------

    def attach(
        self, document: Mapping[str, Any] | str, target: str, *, name: str = DRAFT, policy_type: str = SCP
    ) -> Preview:
        """Attach a draft policy to a root, OU, or account, in addition to its existing policies."""
        text = document if isinstance(document, str) else json.dumps(document)
        self._check(target, policy_type)
        try:
            policy_content.check(policy_type, text)
        except ServiceError as error:
            raise ValueError(f"{error.code}: {error.message}") from None
        there = self.attached(target, policy_type)
        most = policy_quota(policy_type).attached
        if len(there) >= most:
            raise ValueError(f"{target} already has {most} policies of this type, which is the maximum")
        self._attached[target, policy_type] = [*there, (name, text)]
        self.changes.append(Change("attach", target, name, text, policy_type))
        return self

    def detach(self, policy: str, target: str, *, policy_type: str = SCP) -> Preview:
        """Detach a policy, given by ID or name, from a root, OU, or account."""
        self._check(target, policy_type)
        there = self.attached(target, policy_type)
        left = [(name, text) for name, text in there if policy not in (name, name.rpartition("/")[2])]
        if len(left) == len(there):
            raise ValueError(f"{policy} is not attached to {target}")
        if not left:
            raise ValueError(f"the last policy of {target} can't be detached: attach another one first")
        self._attached[target, policy_type] = left
        self.changes.append(Change("detach", target, policy.rpartition("/")[2], policy_type=policy_type))
        return self

    def move(self, account: str, unit: str) -> Preview:
        """Move an account to another OU, or to the root."""
        if account not in self.organization.members:
            raise ValueError(f"the organization has no account {account}")
        if unit not in self.organization.units:
            raise ValueError(f"the organization has no OU {unit}")
        self.changes.append(Change("move", account, self.parent(account), unit))
        self._parents[account] = unit
        return self

    def _check(self, target: str, policy_type: str) -> None:
        if policy_type not in self.organization.enabled:
            raise ValueError(f"the type {policy_type} is not enabled at the root")
        if not self.organization.is_target(target):
            raise ValueError(f"{target} isn't a root, OU, or account of the organization")

    # --- the organization with the changes ----------------------------------------------------------------------

    def parent(self, identifier: str) -> str:
        """Return the ID of the root or OU that contains an account or OU, or "" for the root."""
        return self._parents.get(identifier) or self.organization.parent(identifier) or ""

    def ids_from_root(self, identifier: str) -> list[str]:
        """Return the IDs on the path from the root to an account, an OU, or the root itself."""
        parent = self._parents.get(identifier)
        if parent is None:
            return self.organization.ids_from_root(identifier)
        return [*self.organization.ids_from_root(parent), identifier]

    def below(self, target: str) -> list[str]:
        """Return the member accounts that would be subject to a policy attached to a root, OU, or account."""
        organization = self.organization
        return [
            account
            for account in organization.members
            if account != organization.management and target in self.ids_from_root(account)
        ]

    def attached(self, target: str, policy_type: str = SCP) -> list[tuple[str, str]]:
        """Return the policies that would be attached to a target, as (name, JSON text) pairs."""
        changed = self._attached.get((target, policy_type))
        if changed is not None:
            return changed
        organization = self.organization
        return [
            (organization.arn(policy.id), policy.content)
            for policy in organization.attached_to(target, policy_type)
        ]

    def levels(self, account: str, policy_type: str = SCP) -> tuple[tuple[Attached, ...], ...] | None:
        """Return the policies that would apply to an account, by level from the root, or None if none can apply."""
        organization = self.organization
        if account not in organization.members or account == organization.management:
            return None
        if policy_type not in organization.enabled:
            return None
        kind = _KINDS[policy_type]
        return tuple(
            tuple(Attached(name, parsed(text, kind)) for name, text in self.attached(target, policy_type))
            for target in self.ids_from_root(account)
        )

    def place(self, account: str) -> tuple[str, str] | None:
        """Return the organization's ID and an account's current path in it, or None for an account outside it."""
        found = membership(self._cloud._state, account)
        return None if found is None else (found.organization_id, found.path)

    def compare(self) -> dict[str, Comparison]:
        """Compare each account's SCPs and RCPs with the changes and without them, for any request.

        For each account that the changes affect, the result is a proof that the policies are equal or no wider,
        or a request that shows that they are wider. See docs/proved.md.
        """
        unchanged = Preview(self._cloud)
        found = {}
        for account in self.organization.members:
            before, after = unchanged._limits(account), self._limits(account)
            if before != after:
                found[account] = compare_limits(account, before, after, self.organization.id)
        return found

    def _limits(self, account: str) -> Policies:
        return Policies(scp=self.levels(account, SCP), rcp=self.levels(account, RCP))

    def judge(
        self, principal: str, action: str, resource: str, context: Mapping[str, Any] | None = None
    ) -> Decision:
        """Return AWS's decision, as `Cloud.would` does, but with this preview's changes."""
        return self.again(self._cloud.judge(principal, action, resource, context))

    def again(self, judgement: Any) -> Decision:
        """Return the decision on a request that the cloud has already evaluated, with this preview's changes.

        Callers to which no SCP applies, and resources to which no RCP applies, get the same decision as before.
        """
        request, force = judgement.request, judgement.policies
        caller, owner = request.principal.account, request.account
        changed: dict[str, Any] = {}
        if force.scp is not None and caller:
            changed["scp"] = self.levels(caller, SCP)
        if force.rcp is not None and owner:
            changed["rcp"] = self.levels(owner, RCP)
        policies: Policies = replace(force, **changed)
        return decide(replace(request, context=self._moved(request.context, caller, owner)), policies)

    def _moved(self, context: Mapping[str, Any], caller: str | None, owner: str | None) -> Mapping[str, Any]:
        """Return the context with the organization paths that the caller and the resource would have."""
        moved = {
            f"aws:{whose}orgpaths": (
                "/".join([self.organization.id, *self.ids_from_root(account)[:-1]]) + "/",
            )
            for whose, account in (("principal", caller), ("resource", owner))
            if account in self._parents
        }
        return {**context, **moved} if moved else context

    # --- applying the changes -----------------------------------------------------------------------------------

    def apply(self) -> None:
        """Apply the changes with real calls, as the management account's administrator.

        Raises botocore's `ClientError` for the first change that AWS rejects; the changes before it stay applied.
        """
        organizations = self._cloud.account(self._cloud.home).client("organizations")
        while self.changes:
            self.changes[0].make(organizations)
            del self.changes[0]
        self._attached.clear()
        self._parents.clear()


@dataclass(frozen=True, slots=True)
class Change:
    """One change, whose `kind` is "attach", "detach", or "move".

    `what` is the policy's name (attach), the policy's ID (detach), or the account's current OU or root (move). `to` is
    the policy's text (attach), or the new OU or root (move).
    """

    kind: str
    target: str
    what: str
    to: str = ""
    policy_type: str = SCP

    @property
    def words(self) -> str:
        """A description of the change in one line, worded like the method that adds it."""
        if self.kind == "move":
            return f"move {self.target} from {self.what} to {self.to}"
        return f"{self.kind} {self.what} {'to' if self.kind == 'attach' else 'from'} {self.target}"

    def make(self, organizations: Any) -> None:
        """Apply the change with an Organizations client."""
        if self.kind == "move":
            organizations.move_account(
                AccountId=self.target, SourceParentId=self.what, DestinationParentId=self.to
            )
        elif self.kind == "detach":
            organizations.detach_policy(PolicyId=self.what, TargetId=self.target)
        else:
            made = organizations.create_policy(
                Name=self.what, Description=self.what, Type=self.policy_type, Content=self.to
            )
            policy = made["Policy"]["PolicySummary"]["Id"]
            organizations.attach_policy(PolicyId=policy, TargetId=self.target)
