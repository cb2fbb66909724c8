"""Challenges: authentications that await a response, and the session strings that identify them.

A session string is opaque, belongs to one client and one user, expires, and can be used once. One wrong code doesn't
invalidate the session, but several do.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.calls import all_pools
from labs_helpers.cloud.services.cognito_idp.errors import invalid, not_authorized
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory

WRONG_CODES = 5
HOSTED = "TokenGeneration_HostedAuth"
"""The trigger source for sign-ins on the pool's pages, which return a code to the application instead of tokens."""
_INVALID = "Invalid session for the user."
_EXPIRED = "Invalid session for the user, session is expired."
_USED = "Invalid session for the user, session can only be used once."
_KEPT_USED = timedelta(hours=1)


@dataclass(slots=True)
class SignIn:
    """A sign-in in progress: the user, the client, the name that the user entered, and the remembered device."""

    call: Call
    pool: UserPool
    client: Client
    user: User
    name: str
    device: str | None = None
    source: str = "TokenGeneration_Authentication"
    wanted: tuple[int, ...] = ()
    """The requested levels of authentication, most preferred first."""
    done: tuple[str, ...] = ()
    """The verified authentication methods, by their names in `amr`."""

    def record_method(self, method: str) -> None:
        """Record a verified authentication method."""
        if method not in self.done:
            self.done += (method,)

    @property
    def progress(self) -> dict[str, Any]:
        """The members of the sign-in that are stored with a challenge."""
        return {"device": self.device, "source": self.source, "wanted": self.wanted, "done": self.done}

    def challenge(self, name: str, parameters: dict[str, str], **data: Any) -> dict[str, Any]:
        """Open a session for a challenge and return the response that contains the challenge."""
        data = {**self.progress, **data}
        session = open_session(self.call, self.pool, self.client, name, self.user, self.name, **data)
        return {"ChallengeName": name, "Session": session, "ChallengeParameters": parameters}


def open_session(
    call: Call, pool: UserPool, client: Client, name: str, user: User | None, claimed: str, **data: Any
) -> str:
    """Open a session for a challenge and return the session string.

    The session expires after the time in the client's AuthSessionValidity.
    """
    # Used and expired sessions are kept for a while, so that errors can be more specific.
    open_ones = all_pools(call).challenges
    for session in [each for each, kept in open_ones.items() if call.time > kept.expires + _KEPT_USED]:
        del open_ones[session]
    minutes = client.settings.get("AuthSessionValidity") or 3
    found = secrets.token_urlsafe(480)
    open_ones[found] = Challenge(
        pool.id, client.id, name, user.username if user else None, claimed,
        call.time + timedelta(minutes=minutes), data,
    )  # fmt: skip
    return found


def find(
    call: Call, client: Client, session: str | None, names: Collection[str], user: User | None = None
) -> Challenge:
    """Return a session's challenge and leave the session open.

    Raises NotAuthorizedException for a session that has expired, was already used, or belongs to another client or
    user.
    """
    kept = all_pools(call).challenges.get(session or "")
    if kept is None or kept.client != client.id:
        raise not_authorized(_INVALID)
    if user is not None and kept.username != user.username:
        raise not_authorized(_INVALID)
    if kept.used:
        raise not_authorized(_USED)
    if call.time >= kept.expires:
        raise not_authorized(_EXPIRED)
    if kept.name not in names:
        raise not_authorized(_INVALID)
    return kept


def find_session(call: Call, client: Client, name: str, answers: Mapping[str, str]) -> str | None:
    """Find the session for an SRP response without a session string, by its secret block or device.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
    """
    block, device = answers.get("PASSWORD_CLAIM_SECRET_BLOCK"), answers.get("DEVICE_KEY")
    for session, kept in reversed(all_pools(call).challenges.items()):
        if kept.client != client.id or kept.name != name:
            continue
        # A device's first response is sent before there is a secret block.
        if name == "DEVICE_SRP_AUTH" and device and kept.data.get("device") == device and not kept.used:
            return session
        exchange = kept.data.get("exchange")
        if exchange is not None and block and exchange.challenge["SECRET_BLOCK"] == block:
            return session
    return None


def resume(
    call: Call, pool: UserPool, client: Client, user: User, challenge: Challenge, answers: Mapping[str, str]
) -> SignIn:
    """Return the sign-in to which a challenge belongs."""
    kept = challenge.data
    return SignIn(
        call, pool, client, user, challenge.claimed, answers.get("DEVICE_KEY") or kept.get("device"),
        kept.get("source") or "TokenGeneration_Authentication", kept.get("wanted", ()), kept.get("done", ()),
    )  # fmt: skip


def take(
    call: Call, client: Client, session: str | None, names: Collection[str], user: User | None = None
) -> Challenge:
    """Return a session's challenge, like `find`, and close the session."""
    found = find(call, client, session, names, user)
    found.used = True
    return found


def wrong_code(challenge: Challenge) -> None:
    """Count a wrong code. After several wrong codes, close the session."""
    challenge.wrong += 1
    if challenge.wrong >= WRONG_CODES:
        challenge.used = True


def belongs_to(pool: UserPool, challenge: Challenge, name: str) -> bool:
    """Return True if the USERNAME in a response identifies the challenge's user, by user name or alias."""
    if challenge.username is None:
        return name in (challenge.claimed, challenge.data.get("user_id"))
    user = directory.find(pool, name)
    return user is not None and user.username == challenge.username


def required(answers: Mapping[str, str], name: str) -> str:
    """Return a parameter of a challenge response. Raises InvalidParameterException if it is missing."""
    value = answers.get(name)
    if not value:
        raise invalid(f"Missing required parameter {name}")
    return value
