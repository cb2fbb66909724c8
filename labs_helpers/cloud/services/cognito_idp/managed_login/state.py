"""What the pages remember: authorization codes, who is signed in with which browser, and sign-ins under way."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

CODE_LIFE = timedelta(minutes=5)
"""https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html"""
SESSION_LIFE = timedelta(hours=1)
"""https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-pages.html"""
SIGN_IN_LIFE = timedelta(minutes=15)
PROVIDER_LIFE = timedelta(minutes=5)
"""https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-flow.html"""


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request of /oauth2/authorize: what the sign-in is for."""

    client: str
    redirect_uri: str
    response_type: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    challenge: str | None = None
    """The PKCE challenge (S256); None where none was sent."""
    resource: str | None = None
    """What the access token is to be bound to."""
    max_age: timedelta | None = None
    """How long ago the user may have signed in."""
    wanted: tuple[int, ...] = ()
    """The levels of authentication that were asked for, the first one first."""


@dataclass(slots=True)
class Code:
    """An authorization code: for one client, one redirect URI and, with PKCE, one verifier; once."""

    pool: str
    request: Request
    username: str
    auth_time: datetime
    expires: datetime
    grant: str | None = None
    """The grant that it was exchanged for: a code that comes again ends it."""
    used: bool = False
    session: str | None = None
    """The id of the browser's session that it came from."""
    level: dict[str, Any] = field(default_factory=dict)
    """The claims `acr` and `amr`, where a level was asked for."""


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """With which provider somebody signed in, and what it calls them and their session there."""

    provider: str
    subject: str
    index: str | None = None
    level: int = 0
    """The level of authentication that the provider vouches for; 0 where it says nothing."""
    methods: tuple[str, ...] = ()
    """What it says was proved, as `amr` names it."""


@dataclass(slots=True)
class Session:
    """Who is signed in to a pool's pages with a browser. It outlives the application's own session."""

    pool: str
    username: str
    auth_time: datetime
    expires: datetime
    outside: ProviderSession | None = None
    id: str = ""
    """What lists of a user's sessions call it."""
    client: str = ""
    last_active: datetime | None = None
    address: str = ""
    agent: str = ""
    done: tuple[str, ...] = ()
    """What the user has proved, as `amr` names it."""


@dataclass(frozen=True, slots=True)
class PendingSignOut:
    """A sign-out that waits for a SAML provider's: where it goes on to. It is bound to the browser."""

    pool: str
    target: str
    browser: str
    expires: datetime


@dataclass(slots=True)
class PendingSignIn:
    """A sign-in under way: what for, and which challenge waits. Its id is in the form, and bound to the browser."""

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
    """All of it, by the SHA-256 of what the browser or the application holds."""

    codes: dict[str, Code] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    flows: dict[str, PendingSignIn] = field(default_factory=dict)
    outside: dict[str, PendingSignIn] = field(default_factory=dict)
    """Sign-ins that wait for an outside provider, by the state that was sent there."""
    leaving: dict[str, PendingSignOut] = field(default_factory=dict)
    """Sign-outs that wait for a SAML provider, by the state that was sent there."""
    assertions: dict[str, datetime] = field(default_factory=dict)
    """SAML assertions that were taken, and until when each would be good: none counts twice."""

    def of_user(self, pool: str, username: str, now: datetime) -> list[Session]:
        """Where a user is signed in to a pool's pages at present."""
        return [
            each for each in self.sessions.values()
            if (each.pool, each.username) == (pool, username) and now < each.expires
        ]  # fmt: skip

    def end(self, identifier: str | None) -> None:
        """Forget a browser's session by its id."""
        self.sessions = {name: each for name, each in self.sessions.items() if each.id != identifier}

    def touch(self, identifier: str | None, now: datetime) -> None:
        """Note that a session gave tokens."""
        for each in self.sessions.values():
            if each.id == identifier:
                each.last_active = now


def random_value() -> str:
    """A value that nobody guesses."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> str:
    """Under which a value is kept: who reads the memory of the pages has no code and no cookie."""
    return hashlib.sha256(value.encode()).hexdigest()
