"""The position of an account in its organization, and the policies attached on the path from the root to it."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.organizations.state import ALL, RCP, SCP, Organization, Organizations

__all__ = [
    "RCP", "SCP", "Level", "Membership", "delegate", "delegates", "has_all_features", "is_delegated", "is_trusted",
    "management_account", "membership", "undelegate_service",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """One level on the path from the root to an account.

    It contains the target's ARN, and the attached policies by type as (ARN, JSON text).
    """

    target_arn: str
    scps: tuple[tuple[str, str], ...]
    rcps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's position: its organization, management account, path `o-…/r-…/ou-…/`, and levels, root first.

    `enabled` contains the policy types that are enabled at the root. Policies of other types don't apply.
    """

    organization_id: str
    management_account: str
    path: str
    levels: tuple[Level, ...]
    enabled: frozenset[str]

    def levels_of(self, policy_type: str) -> tuple[tuple[tuple[str, str], ...], ...] | None:
        """Return the policies of a type, level by level from the root, or None if the type isn't enabled."""
        if policy_type not in self.enabled:
            return None
        return tuple(level.scps if policy_type == SCP else level.rcps for level in self.levels)


def membership(state: State, account: str) -> Membership | None:
    """Return an account's position in its organization, or None if it isn't in one."""
    organization = state.part(Organizations).of(account)
    if organization is None:
        return None
    steps = organization.ids_from_root(account)
    return Membership(
        organization_id=organization.id,
        management_account=organization.management,
        path="/".join([organization.id, *steps[:-1]]) + "/",
        levels=tuple(
            Level(
                organization.arn(step), _attached(organization, step, SCP), _attached(organization, step, RCP)
            )
            for step in steps
        ),
        enabled=frozenset(organization.enabled),
    )


def _attached(organization: Organization, target: str, policy_type: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (organization.arn(policy.id), policy.content)
        for policy in organization.attached_to(target, policy_type)
    )


def management_account(state: State, account: str) -> str | None:
    """Return the management account of an account's organization, or None if the account isn't in one.

    It can be the account itself.
    """
    organization = state.part(Organizations).of(account)
    return None if organization is None else organization.management


def is_delegated(state: State, account: str, service: str) -> bool:
    """Return whether a member is a delegated administrator for a service (`cloudtrail.amazonaws.com`)."""
    organization = state.part(Organizations).of(account)
    return organization is not None and organization.administers(account, service)


def delegates(state: State, account: str, service: str) -> int:
    """Return the number of members in an account's organization that are administrators for a service."""
    organization = state.part(Organizations).of(account)
    members = organization.delegated.values() if organization is not None else ()
    return sum(service in services for services in members)


def is_trusted(state: State, account: str, service: str) -> bool:
    """Return whether a service has trusted access to an account's organization."""
    organization = state.part(Organizations).of(account)
    return organization is not None and service in organization.services


def has_all_features(state: State, account: str) -> bool:
    """Return whether an account's organization has all features, not only consolidated billing."""
    organization = state.part(Organizations).of(account)
    return organization is not None and organization.feature_set == ALL


def delegate(state: State, account: str, service: str) -> None:
    """Register a member as an administrator for a service, and give the service trusted access.

    Services with an API that registers administrators use this function.
    """
    organization = state.part(Organizations).of(account)
    assert organization is not None, f"{account} isn't in an organization"
    now = state.clock.now()
    organization.services.setdefault(service, now)
    organization.delegated.setdefault(account, {})[service] = now


def undelegate_service(state: State, account: str, service: str) -> None:
    """Deregister a member as an administrator for a service. Trusted access stays enabled."""
    organization = state.part(Organizations).of(account)
    assert organization is not None, f"{account} isn't in an organization"
    organization.undelegate(account, service)
