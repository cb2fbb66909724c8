"""The state of managed login: authorization codes, browser sessions, and sign-ins in progress."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

CODE_LIFE = timedelta(minutes=5)
"""The lifetime of an authorization code.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""
SESSION_LIFE = timedelta(hours=1)
"""The lifetime of a browser session.

https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-pages.html
"""
SIGN_IN_LIFE = timedelta(minutes=15)
"""The time allowed for a sign-in that has several steps."""
PROVIDER_LIFE = timedelta(minutes=5)
"""The time allowed for a sign-in or sign-out at an external provider.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-flow.html
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A validated /oauth2/authorize request."""

    client: str
    redirect_uri: str
    response_type: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    challenge: str | None = None
    """The PKCE challenge (S256), or None if the request didn't contain one."""
    resource: str | None = None
    """The audience of the access token."""
    max_age: timedelta | None = None
    """The maximum time since the user's sign-in."""
    wanted: tuple[int, ...] = ()
    """The requested levels of authentication, most preferred first."""


@dataclass(slots=True)
class Code:
    """An authorization code for one client, one redirect URI, and (with PKCE) one verifier. It can be used once."""

    pool: str
    request: Request
    username: str
    auth_time: datetime
    expires: datetime
    grant: str | None = None
    """The grant that the code was exchanged for. Using the code again revokes the grant."""
    used: bool = False
    session: str | None = None
    """The ID of the browser session in which the code was issued."""
    level: dict[str, Any] = field(default_factory=dict)
    """The claims `acr` and `amr`, if a level was requested."""


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """A user's session at an external provider, with the provider's identifiers for the user and the session."""

    provider: str
    subject: str
    index: str | None = None
    level: int = 0
    """The authentication level reported by the provider, or 0 if it doesn't report a level."""
    methods: tuple[str, ...] = ()
    """The verified authentication methods that the provider reports, by their names in `amr`."""


@dataclass(slots=True)
class Session:
    """A browser session at a pool's pages. It outlives the application's session."""

    pool: str
    username: str
    auth_time: datetime
    expires: datetime
    outside: ProviderSession | None = None
    id: str = ""
    """The session's ID in lists of the user's sessions."""
    client: str = ""
    last_active: datetime | None = None
    address: str = ""
    agent: str = ""
    done: tuple[str, ...] = ()
    """The authentication methods that the user has verified, by their names in `amr`."""


@dataclass(frozen=True, slots=True)
class PendingSignOut:
    """A sign-out that awaits a SAML provider's response, and the URL to redirect to.

    The sign-out is bound to the browser.
    """

    pool: str
    target: str
    browser: str
    expires: datetime


@dataclass(slots=True)
class PendingSignIn:
    """A sign-in in progress: its request and the current challenge.

    The sign-in is bound to the browser, and the page's form contains the sign-in's ID.
    """

    pool: str
    request: Request
    browser: str
    expires: datetime
    username: str = ""
    challenge: str | None = None
    session: str | None = field(default=None, repr=False)
    parameters: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class ManagedLogin:
    """The state of all pages, by the SHA-256 digest of the cookie or code that the browser or the application has."""

    codes: dict[str, Code] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    flows: dict[str, PendingSignIn] = field(default_factory=dict)
    outside: dict[str, PendingSignIn] = field(default_factory=dict)
    """Sign-ins that await an external provider, by the state that the pool sent to the provider."""
    leaving: dict[str, PendingSignOut] = field(default_factory=dict)
    """Sign-outs that await a SAML provider, by the state that the pool sent to the provider."""
    assertions: dict[str, datetime] = field(default_factory=dict)
    """Used SAML assertions, with the end of their validity, so that no assertion is accepted twice."""

    def of_user(self, pool: str, username: str, now: datetime) -> list[Session]:
        """Return the browser sessions in which a user is signed in to a pool."""
        return [
            each for each in self.sessions.values()
            if (each.pool, each.username) == (pool, username) and now < each.expires
        ]  # fmt: skip

    def forget(self, pool: str, username: str) -> None:
        """Remove a user's authorization codes and browser sessions."""
        self.codes = {
            name: each for name, each in self.codes.items() if (each.pool, each.username) != (pool, username)
        }
        self.sessions = {
            name: each
            for name, each in self.sessions.items()
            if (each.pool, each.username) != (pool, username)
        }

    def end(self, identifier: str | None) -> None:
        """End the browser session with this ID."""
        self.sessions = {name: each for name, each in self.sessions.items() if each.id != identifier}

    def touch(self, identifier: str | None, now: datetime) -> None:
        """Record that tokens were issued in a session."""
        for each in self.sessions.values():
            if each.id == identifier:
                each.last_active = now


def random_value() -> str:
    """Return a random, unguessable value."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> str:
    """Return the digest under which a value is stored, so that the state doesn't contain codes or cookies."""
    return hashlib.sha256(value.encode()).hexdigest()
