"""What the access portal keeps: how its users prove who they are, who is signed in, and sign-ins under way.

Cookies and ids of flows are kept as digests: who reads the memory of the pages can use none.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from labs_helpers.cloud.services.sso.portal.passwords import REMEMBERED, Kept
from labs_helpers.cloud.services.sso_oidc.state import digest

FLOW_LIFE = timedelta(minutes=15)
LINK_LIFE = timedelta(hours=1)
"""AWS tells no number."""
MOST_FLOWS = 5_000
"""Of those that are under way the oldest gives way: anybody can begin one."""
SHORTEST_SESSION, LONGEST_SESSION = timedelta(minutes=15), timedelta(days=90)
"""https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html"""
MOST_APPS = 2
"""https://docs.aws.amazon.com/singlesignon/latest/userguide/mfa-types-apps.html"""
MOST_FAILURES, LOCKED = 5, timedelta(minutes=15)
"""How often somebody may fail, and for how long after that nobody gets in by that name. AWS tells no numbers."""

Unregistered = Literal["ALLOW", "REGISTER", "BLOCK"]
"""What becomes of users without an MFA device.
https://docs.aws.amazon.com/singlesignon/latest/userguide/how-to-configure-mfa-device-enforcement.html"""
Step = Literal["name", "password", "otp", "mfa", "choose", "register"]


@dataclass(slots=True)
class Settings:
    """An instance's settings for authentication, as its console has them."""

    mfa: bool = True
    """Whether registered devices are asked for."""
    unregistered: Unregistered = "ALLOW"
    own_devices: bool = False
    """Whether users may register devices themselves, at the portal."""
    email_otp: bool = False
    """Whether users of the API, who have no password, are mailed one at their first sign-in."""


@dataclass(slots=True)
class App:
    """A registered authenticator app. Each code counts once."""

    seed: str = field(repr=False)
    last_step: int = -1


@dataclass(slots=True)
class Proofs:
    """How one user proves who they are."""

    password: Kept | None = None
    one_time: bool = False
    """Whether the password was chosen by somebody else, and has to be changed."""
    past: list[Kept] = field(default_factory=list)
    apps: list[App] = field(default_factory=list)

    def change(self, password: str, *, one_time: bool = False) -> None:
        self.password, self.one_time = Kept.of(password), one_time
        if not one_time:
            self.past = [*self.past, self.password][-REMEMBERED:]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a sign-in leads: a view of ours by name, and its query. Never an address that somebody gave."""

    view: str = "portal.accounts"
    query: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Flow:
    """A sign-in under way, bound to one browser. `step` is what the browser is asked for."""

    instance: str
    browser: str
    expires: datetime
    workflow: str
    """AuthWorkflowID, which all events of a sign-in share."""
    target: Target
    step: Step = "name"
    name: str = ""
    user: str | None = None
    """None as long as no password has shown who it is."""
    password: Kept | None = None
    """The password that has shown it; None where a mail did, to a user without one."""
    proven: tuple[str, ...] = ()
    enrolled: bool = False
    seed: str = field(default="", repr=False)
    mailed: str = field(default="", repr=False)
    """The digest of the one-time password that was mailed."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a mail, by which a user chooses a new password; once."""

    instance: str
    user: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in with a browser."""

    id: str
    instance: str
    user: str
    expires: datetime


@dataclass(slots=True)
class Failures:
    count: int
    until: datetime
    """When they are forgotten."""


class Portal:
    """All portals of a cloud."""

    def __init__(self) -> None:
        self._proofs: dict[tuple[str, str], Proofs] = {}
        self._settings: dict[str, Settings] = {}
        self._failures: dict[str, Failures] = {}
        self.flows: dict[str, Flow] = {}
        self.sessions: dict[str, Session] = {}
        self.links: dict[str, Link] = {}
        self.offered: dict[str, str] = {}
        """Seeds of apps that users are about to register, by the session."""

    def settings(self, instance: str) -> Settings:
        return self._settings.setdefault(instance, Settings())

    def proofs(self, store: str, user: str) -> Proofs:
        return self._proofs.setdefault((store, user), Proofs())

    def begin(self, flow: Flow, now: datetime) -> str:
        """Keep a flow, and give the id by which the browser's form names it."""
        self.flows = {name: each for name, each in self.flows.items() if now < each.expires}
        while len(self.flows) >= MOST_FLOWS:
            del self.flows[next(iter(self.flows))]
        identifier = secrets.token_urlsafe(32)
        self.flows[digest(identifier)] = flow
        return identifier

    def sign_in(self, session: Session, token: str, now: datetime) -> None:
        self.sessions = {name: each for name, each in self.sessions.items() if now < each.expires}
        self.sessions[digest(token)] = session

    def link(self, instance: str, user: str, now: datetime) -> str:
        """A new link's secret. Those that a user got before are good no more."""
        self.forget_links(user)
        secret = secrets.token_urlsafe(32)
        self.links[digest(secret)] = Link(instance, user, now + LINK_LIFE)
        return secret

    def forget_links(self, user: str) -> None:
        self.links = {name: each for name, each in self.links.items() if each.user != user}

    def is_locked(self, who: str, now: datetime) -> bool:
        found = self._failures.get(digest(who))
        return found is not None and now < found.until and found.count >= MOST_FAILURES

    def failed(self, who: str, now: datetime) -> None:
        """Count a failure: of a name, whether there is such a user or not, or of a session."""
        self._failures = {name: each for name, each in self._failures.items() if now < each.until}
        found = self._failures.setdefault(digest(who), Failures(0, now + LOCKED))
        found.count, found.until = found.count + 1, now + LOCKED

    def succeeded(self, who: str) -> None:
        self._failures.pop(digest(who), None)
