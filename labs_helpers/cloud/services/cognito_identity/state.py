"""The data of identity pools: pools, identities, their logins, and the key that signs their tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

HOST = "cognito-identity.amazonaws.com"
"""The issuer of tokens, without https://, and the federated principal in trust policies."""


@dataclass(slots=True)
class Identity:
    """A user in an identity pool: a guest, or a user who has signed in with an identity provider.

    `logins` maps providers to subjects, and `developer` lists the developer provider's user identifiers.
    """

    id: str
    created: datetime
    modified: datetime
    logins: dict[str, str] = field(default_factory=dict)
    developer: list[str] = field(default_factory=list)
    merged_into: str | None = None

    @property
    def disabled(self) -> bool:
        """True for an identity that was merged into another identity."""
        return self.merged_into is not None

    @property
    def authenticated(self) -> bool:
        """True for an identity that has a login."""
        return bool(self.logins or self.developer)


@dataclass(slots=True)
class IdentityPool:
    """An identity pool. `settings` contains the request's members, with their names from IdentityPool."""

    id: str
    account: str
    region: str
    settings: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    tag_maps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Attribute maps by provider: {"UseDefaults": …, "PrincipalTags": …}."""
    identities: dict[str, Identity] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The pool's ARN."""
        return f"arn:aws:cognito-identity:{self.region}:{self.account}:identitypool/{self.id}"

    def of_login(self, provider: str, subject: str) -> Identity | None:
        """Return the identity to which a login is linked, or None if there isn't one."""
        return next((each for each in self.identities.values() if each.logins.get(provider) == subject), None)

    def of_developer(self, user: str) -> Identity | None:
        """Return the identity of a developer provider's user, or None if there isn't one."""
        return next((each for each in self.identities.values() if user in each.developer), None)


class IdentityPools:
    """All identity pools of a cloud, and the key that signs the tokens that STS accepts."""

    def __init__(self) -> None:
        self.pools: dict[str, IdentityPool] = {}

    def of(self, account: str, region: str) -> Iterator[IdentityPool]:
        """Return the pools in an account and Region."""
        return (each for each in self.pools.values() if (each.account, each.region) == (account, region))

    def find(self, region: str, pool_id: str | None) -> IdentityPool | None:
        """Return a pool in a Region by ID, regardless of which account owns it, or None if it doesn't exist."""
        pool = self.pools.get(pool_id or "")
        return pool if pool is not None and pool.region == region else None

    def of_identity(self, region: str, identity_id: str | None) -> tuple[IdentityPool, Identity] | None:
        """Return an identity and its pool, or None if there is no identity with this ID."""
        for pool in self.pools.values():
            if pool.region == region and identity_id in pool.identities:
                return pool, pool.identities[str(identity_id)]
        return None

    @cached_property
    def key(self) -> Any:
        """The key that signs tokens."""
        from joserfc.jwk import RSAKey

        return RSAKey.generate_key(2048, {"kid": "cognito-identity", "use": "sig", "alg": "RS256"})

    def jwks(self) -> dict[str, Any]:
        """Return the public key set for verifying tokens."""
        return {"keys": [self.key.as_dict(private=False)]}
