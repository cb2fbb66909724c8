"""An external provider's statement about a user, after the pool has verified it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class FederationFailed(Exception):
    """The error for a failed federated sign-in. The application receives the reason."""


@dataclass(frozen=True, slots=True)
class FederatedIdentity:
    """A federated identity: the provider's identifier for a user (`sub` or NameID), and the claims as strings.

    `index` identifies the session at a SAML provider, and `issuer` is that provider's entity ID. `acr` and `amr` come
    from an OpenID provider. `statements` contains all data from the provider, for the inbound federation trigger.
    """

    subject: str
    claims: Mapping[str, str]
    index: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    statements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    issuer: str | None = None
