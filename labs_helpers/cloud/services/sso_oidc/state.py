"""The state of Identity Center's OIDC service: clients, their requests for authorization, and granted tokens.

Codes and tokens are stored as digests, so that a copy of this state can't be used to sign in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


def digest(secret: str) -> str:
    """Return a secret's SHA-256 digest in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(slots=True)
class Client:
    """A registered public client."""

    id: str
    secret: str = field(repr=False)
    region: str
    expires: datetime
    scopes: tuple[str, ...]
    grant_types: frozenset[str]
    redirect_uris: tuple[str, ...]
    name: str = ""
    """The name that the client chose. It isn't verified."""
    issuer: str | None = None
    """The start URL of the portal that issues its authorization codes."""


@dataclass(slots=True)
class Authorization:
    """A client's pending request: a device code that a user hasn't confirmed yet, or an authorization code."""

    client: str
    instance: str
    expires: datetime
    user: str | None = None
    denied: bool = False
    used: bool = False
    polled: datetime | None = None
    challenge: str | None = None
    redirect_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A signed-in user's access to an instance through one client, with its expiration and refresh period."""

    client: str
    instance: str
    user: str
    region: str
    expires: datetime
    session_ends: datetime


class SignIns:
    """A cloud's clients, pending authorizations, and grants.

    They are looked up by digest, without comparing secrets.
    """

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.devices: dict[str, Authorization] = {}
        """Digest of the device code → the authorization."""
        self.user_codes: dict[str, Authorization] = {}
        """User code → the authorization."""
        self.codes: dict[str, Authorization] = {}
        """Digest of the authorization code → the authorization."""
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}

    def pending(self, user_code: str, now: datetime) -> Authorization | None:
        """Return the pending request with this user code, or None if it is unknown, expired, or already answered."""
        authorization = self.user_codes.get(user_code.strip().upper())
        if (
            authorization is None
            or now >= authorization.expires
            or authorization.user is not None
            or authorization.denied
        ):
            return None
        return authorization

    def granted(self, token: str, now: datetime) -> Grant | None:
        """Return an access token's grant, or None for an unknown or expired token."""
        return _live(self.access, token, now)

    def refreshable(self, token: str, now: datetime) -> Grant | None:
        """Return a refresh token's grant, or None for an unknown or expired token."""
        return _live(self.refresh, token, now)

    def log_out(self, grant: Grant) -> None:
        """End a user's session by revoking every token that the client has for it."""
        for tokens in (self.access, self.refresh):
            for key in [key for key, each in tokens.items() if _same_session(each, grant)]:
                del tokens[key]

    def end(self, instance: str, user: str) -> None:
        """End all of a user's sessions in all clients, and invalidate the codes that could start a session."""
        for authorization in (*self.devices.values(), *self.codes.values()):
            authorization.used = authorization.used or (authorization.instance, authorization.user) == (
                instance,
                user,
            )
        for tokens in (self.access, self.refresh):
            for key in [
                key for key, each in tokens.items() if (each.instance, each.user) == (instance, user)
            ]:
                del tokens[key]


def _live(tokens: Mapping[str, Grant], token: str, now: datetime) -> Grant | None:
    grant = tokens.get(digest(token))
    return None if grant is None or now >= grant.expires else grant


def _same_session(one: Grant, other: Grant) -> bool:
    return (one.client, one.instance, one.user) == (other.client, other.instance, other.user)
