"""Views on moto's identity pools: whose pool an id belongs to, and pools' tags.

moto's Cognito itself is not imported before it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs_helpers.moto import backends


def _everywhere(service: str, region: str) -> Iterator[tuple[str, Any]]:
    """(account, moto's backend) of each account in which the service has been used."""
    for account in backends.accounts(service):
        try:
            yield account, backends.backend(service, account, region)
        except KeyError:  # no such region
            return


def owner_of_identity_pool(region: str, pool_id: str | None) -> str | None:
    """The account of an identity pool, None if there is no such pool."""
    for account, cognito in _everywhere("cognito-identity", region):
        if pool_id in cognito.identity_pools:
            return account
    return None


def pool_of_identity(region: str, identity_id: str | None) -> tuple[str, str] | None:
    """(account, identity pool id) of an identity."""
    for account, cognito in _everywhere("cognito-identity", region):
        for pool_id, identities in cognito.pools_identities.items():
            if any(identity_id == _identity_id(identity) for identity in identities["Identities"]):
                return account, pool_id
    return None


def _identity_id(identity: Any) -> str:
    return identity["IdentityId"] if isinstance(identity, dict) else str(identity)


def identity_pool_tags(account: str, region: str, pool_id: str) -> dict[str, str]:
    """An identity pool's tags."""
    if account not in backends.accounts("cognito-identity"):
        return {}
    pool = backends.backend("cognito-identity", account, region).identity_pools.get(pool_id)
    return dict(pool.tags or {}) if pool else {}
