"""Verification of tokens issued by pools in this cloud."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cognito_idp.errors import error, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.state import Client, Grant, User, UserPool, UserPools
from labs_helpers.cloud.services.cognito_idp.tokens import sign_in_grants
from labs_helpers.cloud.services.cognito_idp.users import directory

_LONGEST_TOKEN = 131_072


@dataclass(frozen=True, slots=True)
class Verified:
    """A valid token from a pool in this cloud. `user` and `grant` are None for a client credentials token."""

    pool: UserPool
    client: Client
    user: User | None
    grant: Grant | None
    claims: Mapping[str, Any] = field(repr=False)


class Rejected(Exception):
    """The error for a token that isn't accepted, with Cognito's message."""


class UserGone(Rejected):
    """The error for a token whose user has been deleted."""


def issuing_pool(state: State, token: str | None) -> UserPool | None:
    """Return the pool that issued a token, according to the unverified token, or None if there isn't one."""
    claims = _unverified(token or "")
    return next(
        (pool for pool in state.part(UserPools).pools.values() if pool.issuer == claims.get("iss")), None
    )


def _unverified(token: str) -> dict[str, Any]:
    if len(token) > _LONGEST_TOKEN:
        return {}
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, UnicodeEncodeError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def verify(state: State, token: str, use: str = "access") -> Verified:
    """Verify a token from any pool in this cloud: signature, issuer, use, times, and revocation.

    Raises `Rejected` if a check fails. The caller of this function must check the scopes.
    """
    pool = issuing_pool(state, token)
    if pool is None:
        raise Rejected("Invalid Access Token")
    claims = _signed_claims(pool, token, use)
    now = state.clock.now()
    if not _is_time(claims.get("exp")) or claims.get("token_use") != use:
        raise Rejected("Invalid Access Token")
    if now.timestamp() >= claims["exp"]:
        raise Rejected("Access Token has expired")
    client = pool.clients.get(claims.get("client_id" if use == "access" else "aud", ""))
    if client is None:
        raise Rejected("Invalid Access Token")
    # Client credentials: the token has no user.
    if claims.get("sub") == client.id:
        return Verified(pool, client, None, None, claims)
    user = directory.by_sub(pool, str(claims.get("sub")))
    if user is None:
        raise UserGone("Access Token has been revoked")
    found = _grant_of(pool, claims)
    if found is None or found.revoked:
        raise Rejected("Access Token has been revoked")
    return Verified(pool, client, user, found, claims)


def _signed_claims(pool: UserPool, token: str, use: str) -> dict[str, Any]:
    try:
        header = jws.extract_compact(token.encode()).headers()
        key = pool.keys.find(header.get("kid"))
        if key is None or key[0] != use or header.get("alg") != "RS256":
            raise Rejected("Invalid Access Token")
        claims = json.loads(jws.deserialize_compact(token, key[1], algorithms=["RS256"]).payload)
    except (JoseError, ValueError, RecursionError) as wrong:
        raise Rejected("Could not verify signature for Access Token") from wrong
    if not isinstance(claims, dict):
        raise Rejected("Invalid Access Token")
    return claims


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _grant_of(pool: UserPool, claims: Mapping[str, Any]) -> Grant | None:
    origin = claims.get("origin_jti")
    if origin is not None:
        return pool.grants.get(origin)
    # Without token revocation, tokens have no `origin_jti`. They have the event ID of their sign-in.
    event = claims.get("event_id")
    return next((each for each in pool.grants.values() if each.event_id == event), None)


_NAME_NO_GONE_USER = {
    "AssociateSoftwareToken", "CompleteWebAuthnRegistration", "DeleteWebAuthnCredential", "GlobalSignOut",
    "ListWebAuthnCredentials", "StartWebAuthnRegistration",
}  # fmt: skip
"""Operations that take an access token, and whose API reference pages don't list UserNotFoundException."""


def verify_caller(call: Call, *, token: str = "AccessToken") -> Verified:
    """Verify the access token that authorizes GetUser and similar operations, and return its user and grant.

    Raises NotAuthorizedException for a token that isn't valid or lacks the scope. Depending on the user's
    state, raises UserNotFoundException, PasswordResetRequiredException, or UserNotConfirmedException.
    https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html
    """
    try:
        found = verify(call.state, call.parameters.get(token) or "")
    except Rejected as why:
        if isinstance(why, UserGone) and call.operation not in _NAME_NO_GONE_USER:
            raise no_user() from why
        raise not_authorized(str(why)) from why
    if found.pool.region != call.region:
        raise not_authorized("Invalid Access Token")
    if sign_in_grants.ADMIN_SCOPE not in str(found.claims.get("scope", "")).split() or found.user is None:
        raise not_authorized("Access Token does not have required scopes")
    directory.note_subject(call, found.user)
    if not found.user.enabled:
        raise not_authorized("User is disabled.")
    if found.user.status == "RESET_REQUIRED":
        raise error("PasswordResetRequired", "Password reset required for the user")
    if found.user.status == "UNCONFIRMED":
        raise error("UserNotConfirmed", "User is not confirmed.")
    return found
