"""The state of the access portal: the passwords, apps, and sessions of users, and sign-ins in progress.

Cookies and flow IDs are stored as digests, so that a copy of this state can't be used to sign in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from labs_helpers.cloud.services.sso.portal.passwords import REMEMBERED, PasswordDigest
from labs_helpers.cloud.services.sso_oidc.state import digest

FLOW_LIFE = timedelta(minutes=15)
LINK_LIFE = timedelta(hours=1)
"""The time for which an emailed link works. AWS doesn't document this duration."""
MOST_FLOWS = 5_000
"""The maximum number of sign-ins in progress. Because anyone can begin a sign-in, a new one replaces the oldest."""
SHORTEST_SESSION, LONGEST_SESSION = timedelta(minutes=15), timedelta(days=90)
"""The minimum and maximum durations of a session.

https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html
"""
MOST_APPS = 2
"""The maximum number of authenticator apps per user.

https://docs.aws.amazon.com/singlesignon/latest/userguide/mfa-types-apps.html
"""
MOST_FAILURES, LOCKED = 5, timedelta(minutes=15)
"""The number of failures after which a name is locked, and the duration of the lock.

AWS doesn't document these numbers.
"""

Unregistered = Literal["ALLOW", "REGISTER", "BLOCK"]
"""The treatment of users without an MFA device.

https://docs.aws.amazon.com/singlesignon/latest/userguide/how-to-configure-mfa-device-enforcement.html
"""
Step = Literal["name", "password", "otp", "mfa", "choose", "register"]


@dataclass(slots=True)
class Settings:
    """An instance's authentication settings, as in the console."""

    mfa: bool = True
    """True if users with a registered MFA device must enter its code."""
    unregistered: Unregistered = "ALLOW"
    own_devices: bool = False
    """True if users are allowed to register MFA devices themselves in the portal."""
    email_otp: bool = False
    """True if API-created users without a password receive a password by email at their first sign-in."""


@dataclass(slots=True)
class App:
    """A registered authenticator app. Each of its codes is accepted once."""

    seed: str = field(repr=False)
    last_step: int = -1


@dataclass(slots=True)
class Factors:
    """A user's password and authenticator apps."""

    password: PasswordDigest | None = None
    one_time: bool = False
    """True if an administrator or Identity Center chose the password, so the user must change it."""
    past: list[PasswordDigest] = field(default_factory=list)
    apps: list[App] = field(default_factory=list)

    def change(self, password: str, *, one_time: bool = False) -> None:
        """Set the password. A one-time password isn't added to the password history."""
        self.password, self.one_time = PasswordDigest.of(password), one_time
        if not one_time:
            self.past = [*self.past, self.password][-REMEMBERED:]


@dataclass(frozen=True, slots=True)
class Target:
    """The page to which a sign-in leads.

    It consists of the name of one of the application's views and a query. It never contains a URL from a
    request.
    """

    view: str = "portal.accounts"
    query: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Flow:
    """A sign-in in progress, bound to one browser. `step` is the step that the browser must complete."""

    instance: str
    browser: str
    expires: datetime
    workflow: str
    """The AuthWorkflowID, which all events for a sign-in share."""
    target: Target
    step: Step = "name"
    name: str = ""
    user: str | None = None
    """The user's ID, or None until a password or an emailed password has identified the user."""
    password: PasswordDigest | None = None
    """The password that was verified, or None if a user without a password received a password by email."""
    passed: tuple[str, ...] = ()
    enrolled: bool = False
    seed: str = field(default="", repr=False)
    mailed: str = field(default="", repr=False)
    """The digest of the one-time password that was emailed."""


@dataclass(frozen=True, slots=True)
class Link:
    """An emailed link with which a user can choose a new password. It can be used once."""

    instance: str
    user: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A browser session of a signed-in user."""

    id: str
    instance: str
    user: str
    expires: datetime


@dataclass(slots=True)
class Failures:
    """The number of sign-in failures for one name."""

    count: int
    until: datetime
    """The time at which the failures are forgotten."""


class Portal:
    """The state of all portals in a cloud."""

    def __init__(self) -> None:
        self._factors: dict[tuple[str, str], Factors] = {}
        self._settings: dict[str, Settings] = {}
        self._failures: dict[str, Failures] = {}
        self.flows: dict[str, Flow] = {}
        self.sessions: dict[str, Session] = {}
        self.links: dict[str, Link] = {}
        self.offered: dict[str, str] = {}
        """The seed of the authenticator app that each session's user is about to register, by session."""

    def settings(self, instance: str) -> Settings:
        """Return an instance's settings."""
        return self._settings.setdefault(instance, Settings())

    def factors(self, store: str, user: str) -> Factors:
        """Return the password and apps of a user in an identity store."""
        return self._factors.setdefault((store, user), Factors())

    def begin(self, flow: Flow, now: datetime) -> str:
        """Store a flow and return the ID that identifies it in the browser's form."""
        self.flows = {name: each for name, each in self.flows.items() if now < each.expires}
        while len(self.flows) >= MOST_FLOWS:
            del self.flows[next(iter(self.flows))]
        identifier = secrets.token_urlsafe(32)
        self.flows[digest(identifier)] = flow
        return identifier

    def sign_in(self, session: Session, token: str, now: datetime) -> None:
        """Store a session under the token in its cookie and discard expired sessions."""
        self.sessions = {name: each for name, each in self.sessions.items() if now < each.expires}
        self.sessions[digest(token)] = session

    def link(self, instance: str, user: str, now: datetime) -> str:
        """Return the secret of a new link. The user's earlier links stop working."""
        self.forget_links(user)
        secret = secrets.token_urlsafe(32)
        self.links[digest(secret)] = Link(instance, user, now + LINK_LIFE)
        return secret

    def forget_links(self, user: str) -> None:
        """Delete a user's links."""
        self.links = {name: each for name, each in self.links.items() if each.user != user}

    def is_locked(self, who: str, now: datetime) -> bool:
        """Return whether a name is locked because of too many failures."""
        failures = self._failures.get(digest(who))
        return failures is not None and now < failures.until and failures.count >= MOST_FAILURES

    def count_failure(self, who: str, now: datetime) -> None:
        """Count a failure for a name, whether the user exists or not, or for a session."""
        self._failures = {name: each for name, each in self._failures.items() if now < each.until}
        failures = self._failures.setdefault(digest(who), Failures(0, now + LOCKED))
        failures.count, failures.until = failures.count + 1, now + LOCKED

    def forget_failures(self, who: str) -> None:
        """Delete the record of failures for a name."""
        self._failures.pop(digest(who), None)
