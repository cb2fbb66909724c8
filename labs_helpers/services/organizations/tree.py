"""Where an account stands in its organisation, and which policies hang on the way from the root down to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from labs_helpers.moto.backends import PARTITION, backend, loaded

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"


@dataclass(frozen=True, slots=True)
class Level:
    """One step from the root to an account: the target's ARN and, by type, the (ARN, JSON text) of what is attached."""

    target_arn: str
    scps: tuple[tuple[str, str], ...]
    rcps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's place: the organisation, its management account, the path `o-…/r-…/ou-…/`, the levels root first.

    `enabled` are the policy types that are switched on at the root; others bind nobody.
    """

    organization_id: str
    management_account: str
    path: str
    levels: tuple[Level, ...]
    enabled: frozenset[str]

    def levels_of(self, policy_type: str) -> tuple[tuple[tuple[str, str], ...], ...] | None:
        """The policies of a type level by level, None if the type is not enabled."""
        if policy_type not in self.enabled:
            return None
        return tuple(level.scps if policy_type == SCP else level.rcps for level in self.levels)


def membership(account: str) -> Membership | None:
    """The organisation that an account belongs to, as management account or member; None if it is in none."""
    management = management_account(account)
    organization = None if management is None else _organization(management)
    if organization is None or organization.org is None:
        return None
    steps = list(_from_root(organization, account))
    root = steps[0]
    return Membership(
        organization_id=organization.org.id,
        management_account=organization.org.master_account_id,
        path="/".join([organization.org.id, *(step.id for step in steps[:-1])]) + "/",
        levels=tuple(Level(step.arn, _attached(step, SCP), _attached(step, RCP)) for step in steps),
        enabled=frozenset(kind["Type"] for kind in root.policy_types if kind["Status"] == "ENABLED"),
    )


def management_account(account: str) -> str | None:
    """The management account of an account's organisation (itself, if it is that), None if it is in none."""
    if not loaded("organizations"):
        return None
    organizations = get_backend("organizations")
    if account in organizations.master_accounts:
        return organizations.master_accounts[account][0]
    if account not in organizations:
        return None
    return account if _organization(account).org is not None else None


def attach_default_policies(management: str, target_id: str) -> None:
    """Hang AWS's full-access policies on a new root, unit or account, for the types that are enabled.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    organization = _organization(management)
    enabled = enabled_types(management)
    for policy in organization.policies:
        if policy.aws_managed and policy.type in enabled:
            organization.attach_policy(PolicyId=policy.id, TargetId=target_id)


def _organization(management: str) -> Any:
    return backend("organizations", management, PARTITION)


def _from_root(organization: Any, account: str) -> Iterator[Any]:
    units = {unit.id: unit for unit in organization.ou}
    here = organization.get_account_by_id(account)
    way = [here]
    while getattr(here, "parent_id", None) in units:
        here = units[here.parent_id]
        way.append(here)
    return reversed(way)


def _attached(target: Any, policy_type: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (policy.arn, policy.content) for policy in target.attached_policies if policy.type == policy_type
    )


def policy_type(management: str, policy_id: str | None) -> str | None:
    """The type of a policy by its id, None if the organisation has no such policy."""
    return next(
        (policy.type for policy in _organization(management).policies if policy.id == policy_id), None
    )


def enabled_types(management: str) -> frozenset[str]:
    """The policy types that are enabled at the root."""
    roots = [unit for unit in _organization(management).ou if unit.type == "ROOT"]
    return frozenset(
        kind["Type"] for root in roots for kind in root.policy_types if kind["Status"] == "ENABLED"
    )


def target_ids(management: str) -> list[str]:
    """The ids of the root, every unit and every account."""
    organization = _organization(management)
    return [target.id for target in (*organization.ou, *organization.accounts)]


def attached_ids(management: str, target_id: str, kind: str) -> list[str]:
    """The ids of the policies of a type that are attached to a target."""
    organization = _organization(management)
    targets = (target for target in (*organization.ou, *organization.accounts) if target.id == target_id)
    return [policy.id for target in targets for policy in target.attached_policies if policy.type == kind]


def detach_all(management: str, kind: str) -> None:
    """Detach every policy of a type from everything."""
    organization = _organization(management)
    for target in (*organization.ou, *organization.accounts):
        for policy in [policy for policy in target.attached_policies if policy.type == kind]:
            target.attached_policies.remove(policy)
            policy.attachments.remove(target)
