"""Where an account stands in its organisation, and which policies hang on the way from the root down to it."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.organizations.state import ALL, RCP, SCP, Organization, Organizations

__all__ = [
    "RCP", "SCP", "Level", "Membership", "delegate", "delegates", "has_all_features", "is_delegated", "is_trusted",
    "management_account", "membership", "take_back",
]  # fmt: skip


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


def membership(state: State, account: str) -> Membership | None:
    """The organisation that an account belongs to, as management account or member; None if it is in none."""
    organization = state.part(Organizations).of(account)
    if organization is None:
        return None
    steps = organization.way(account)
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
    """The management account of an account's organisation (itself, if it is that), None if it is in none."""
    organization = state.part(Organizations).of(account)
    return None if organization is None else organization.management


def is_delegated(state: State, account: str, service: str) -> bool:
    """Whether a member is the delegated administrator of a service (`cloudtrail.amazonaws.com`)."""
    organization = state.part(Organizations).of(account)
    return organization is not None and organization.administers(account, service)


def delegates(state: State, account: str, service: str) -> int:
    """How many members of an account's organisation administer a service."""
    organization = state.part(Organizations).of(account)
    members = organization.delegated.values() if organization is not None else ()
    return sum(service in services for services in members)


def is_trusted(state: State, account: str, service: str) -> bool:
    """Whether a service has trusted access to an account's organisation."""
    organization = state.part(Organizations).of(account)
    return organization is not None and service in organization.services


def has_all_features(state: State, account: str) -> bool:
    """Whether an account's organisation has more than consolidated billing."""
    organization = state.part(Organizations).of(account)
    return organization is not None and organization.feature_set == ALL


def delegate(state: State, account: str, service: str) -> None:
    """Make a member administer a service, as the service's own API does: trusted access comes with it."""
    organization = state.part(Organizations).of(account)
    assert organization is not None, f"{account} is in no organisation"
    now = state.clock.now()
    organization.services.setdefault(service, now)
    organization.delegated.setdefault(account, {})[service] = now


def take_back(state: State, account: str, service: str) -> None:
    """End what `delegate` began."""
    organization = state.part(Organizations).of(account)
    assert organization is not None, f"{account} is in no organisation"
    organization.undelegate(account, service)
