"""The other side's permission. A search assumes it, because an exercise is about only one of the two sides."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from labs_helpers.engine.analysis.ceiling.callers import Caller
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    is_kms_key,
    needs_trust,
    parse_policy,
)

OPENED = "what the other side grants"


def home(caller: Caller) -> str:
    """Return the account of the resources for a caller without an account: the account in the author's own requests."""
    for seed in caller.seeds:
        if seed.account:
            return seed.account
    return "111122223333"


def opened(policies: Policies, request: AccessRequest) -> Policies:
    """Return the policies. If the other side's permission is needed but missing, let that side grant everything.

    The other side is a role, a key, or another account's resource, and the grant delegates to the caller's account.
    """
    account = request.principal.account
    if policies.resource is not None or account is None:
        return policies
    needed = request.account != account or needs_trust(request.action_key, request.resource)
    if not needed and not is_kms_key(request.resource):
        return policies
    kind = PolicyKind.TRUST if needs_trust(request.action_key, request.resource) else PolicyKind.RESOURCE
    return replace(policies, resource=opened_to(account, kind))


@lru_cache(maxsize=64)
def opened_to(account: str, kind: PolicyKind = PolicyKind.RESOURCE) -> Attached:
    """Return a resource policy that delegates everything to an account."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}
    if kind is PolicyKind.TRUST:
        del statement["Resource"]
        statement["Action"] = "sts:*"
    return Attached(OPENED, parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind))
