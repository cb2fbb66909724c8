"""Grants: the sign-ins to which tokens belong, with their refresh tokens, rotation, and revocation."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.errors import error, not_authorized
from labs_helpers.cloud.services.cognito_idp.state import Client, Grant, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import lifetimes
from labs_helpers.cloud.services.cognito_idp.untrusted_text import utf8
from labs_helpers.cloud.services.cognito_idp.users import directory

ADMIN_SCOPE = "aws.cognito.signin.user.admin"
"""The scope that allows users to read and change their own profile through the user pools API."""


_LETTERS = string.ascii_lowercase + string.digits


def create(
    call: Call,
    pool: UserPool,
    client: Client,
    user: User,
    *,
    scopes: Iterable[str] = (ADMIN_SCOPE,),
    auth_time: datetime | None = None,
    device: str | None = None,
    nonce: str | None = None,
    parent: str | None = None,
    resource: str | None = None,
    level: Mapping[str, Any] | None = None,
) -> tuple[Grant, str]:
    """Create the grant that a sign-in's tokens share, and return the grant and the refresh token.

    Only the hash of the refresh token is stored.
    """
    time, ids = call.time, call.state.ids
    refresh = _new_refresh_token()
    found = Grant(
        origin=ids.uuid(), session_id=session_id("tkn"), client=client.id, username=user.username,
        scopes=tuple(scopes), auth_time=auth_time or time, expires=time + lifetimes.lifetime(client, "RefreshToken"),
        refresh=hashed(refresh), device=device, last_active=time, address=call.source_ip,
        agent=call.headers.get("user-agent", ""), nonce=nonce, parent=parent, created=time, event_id=ids.uuid(),
        resource=resource, level=dict(level or {}),
    )  # fmt: skip
    if pool.session_tracking:
        _end_least_recent(pool, user, time)
    pool.grants[found.origin] = found
    return found, refresh


def _end_least_recent(pool: UserPool, user: User, time: datetime) -> None:
    """Revoke a user's least recently used sessions, so that a new session doesn't exceed the pool's limit.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolSessionConfiguration.html
    """
    oldest_first = sorted(active(pool, user, time), key=lambda each: each.last_active or each.auth_time)
    for surplus in oldest_first[: max(len(oldest_first) - pool.sessions_per_user + 1, 0)]:
        surplus.revoked = True


def active(pool: UserPool, user: User, time: datetime) -> list[Grant]:
    """Return a user's grants that are neither revoked nor expired."""
    return [
        each for each in pool.grants.values()
        if each.username == user.username and not each.revoked and time < each.expires
    ]  # fmt: skip


def _new_refresh_token() -> str:
    return secrets.token_urlsafe(768)


def hashed(token: str) -> str:
    """Return the SHA-256 hash of a refresh token."""
    return hashlib.sha256(utf8(token)).hexdigest()


def session_id(kind: str) -> str:
    """Return a new ID for a token session (`tkn`) or a browser session (`sso`)."""
    return kind + "".join(secrets.choice(_LETTERS) for _ in range(25))


def find(pool: UserPool, client: Client, token: str) -> Grant | None:
    """Return the client's grant for a current or rotated refresh token, or None if there isn't one."""
    digest = hashed(token)
    return next(
        (
            each for each in pool.grants.values()
            if each.client == client.id and (each.refresh == digest or digest in each.earlier)
        ),
        None,
    )  # fmt: skip


def find_usable(
    call: Call, pool: UserPool, client: Client, token: str, device: str | None
) -> tuple[Grant, User]:
    """Return the grant and user for a refresh token that can be used now.

    Raises NotAuthorizedException if the token can't be used, or RefreshTokenReuseException if rotation has replaced it.
    """
    found = find(pool, client, token)
    if found is None:
        raise not_authorized("Invalid Refresh Token.")
    if found.revoked:
        raise not_authorized("Refresh Token has been revoked")
    if call.time >= found.expires:
        raise not_authorized("Refresh Token has expired")
    until = found.earlier.get(hashed(token))
    if until is not None and call.time >= until:
        raise error("RefreshTokenReuse", "The refresh token has been rotated and can't be used again.")
    user = directory.find_for(call, pool, found.username)
    if user is None:
        raise not_authorized("Invalid Refresh Token.")
    if not user.enabled:
        raise not_authorized("User is disabled.")
    # Tokens of a confirmed device can be renewed only if the request specifies the device.
    kept = user.devices.get(found.device or "")
    if kept is not None and kept.verifier is not None and device != kept.key:
        raise not_authorized("Invalid Refresh Token.")
    return found, user


def rotate_refresh_token(call: Call, client: Client, found: Grant, token: str) -> str | None:
    """Return a new refresh token if the client rotates refresh tokens, or None if the client doesn't rotate them.

    The old token stays valid for a grace period. The new token expires at the original token's expiration time.
    """
    rotation = client.settings.get("RefreshTokenRotation") or {}
    found.last_active = call.time
    if rotation.get("Feature") != "ENABLED":
        return None
    # A token that was rotated before keeps its own grace period. Using the token again doesn't extend the
    # period.
    if hashed(token) == found.refresh:
        grace = timedelta(seconds=rotation.get("RetryGracePeriodSeconds") or 0)
        found.earlier[found.refresh] = call.time + grace
    fresh = _new_refresh_token()
    if found.refresh is not None:
        found.earlier.setdefault(found.refresh, call.time)
    found.refresh = hashed(fresh)
    return fresh


def revoke_all(pool: UserPool, user: User) -> None:
    """Sign a user out of all sessions. Cognito no longer accepts any of the tokens issued so far."""
    for each in pool.grants.values():
        if each.username == user.username:
            each.revoked = True
