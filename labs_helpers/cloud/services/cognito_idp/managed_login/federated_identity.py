"""An external provider's verified statement about a user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class FederationFailed(Exception):
    """The reason a federated sign-in failed, as the application receives it."""


@dataclass(frozen=True, slots=True)
class FederatedIdentity:
    """An identity: the provider's own identifier for a user (`sub`, NameID), and its claims as strings.

    `index` identifies the session at a SAML provider, and `issuer` is the provider's entity ID; `acr` and `amr` come
    from an OpenID provider. `statements` has everything that the provider sent, for the inbound federation trigger.
    """

    subject: str
    claims: Mapping[str, str]
    index: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    statements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    issuer: str | None = None
