"""What an outside provider said of somebody, once it was proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class FederationFailed(Exception):
    """Why the outside sign-in came to nothing, as the application is told."""


@dataclass(frozen=True, slots=True)
class FederatedIdentity:
    """An identity: the provider's own name for somebody (`sub`, NameID), and what it says of them, as texts.

    `index` is what a SAML provider calls its session; `acr` and `amr` are an OpenID provider's. `said` is all that
    came, as the inbound federation trigger gets it.
    """

    subject: str
    claims: Mapping[str, str]
    index: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
