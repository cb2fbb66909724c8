"""ID, access and refresh tokens: made, verified, renewed, revoked.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cognito_idp.errors import error, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.state import Client, Grant, Group, User, UserPool, UserPools
from labs_helpers.cloud.services.cognito_idp.tokens import token_claims
from labs_helpers.cloud.services.cognito_idp.untrusted_text import raw
from labs_helpers.cloud.services.cognito_idp.users import directory

ADMIN_SCOPE = "aws.cognito.signin.user.admin"
"""The scope that lets a user read and change their own profile through the user pools API."""
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_DEFAULTS = {"AccessToken": (1, "hours"), "IdToken": (1, "hours"), "RefreshToken": (30, "days")}
_LETTERS = string.ascii_lowercase + string.digits
_LONGEST_TOKEN = 131_072


def lifetime(client: Client, kind: str) -> timedelta:
    """How long a client's AccessToken, IdToken or RefreshToken is valid."""
    number, unit = _DEFAULTS[kind]
    number = client.settings.get(f"{kind}Validity") or number
    unit = (client.settings.get("TokenValidityUnits") or {}).get(kind) or unit
    return timedelta(seconds=number * _UNITS[unit])


# --- making ---------------------------------------------------------------------------------------------------


def grant(
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
    actor: str | None = None,
    level: Mapping[str, Any] | None = None,
) -> tuple[Grant, str]:
    """Note a sign-in: what its tokens have in common. Gives it with the refresh token, which is kept as a hash only."""
    time, ids = call.time, call.state.ids
    refresh = new_refresh_token()
    found = Grant(
        origin=ids.uuid(), session_id=session_id("tkn"), client=client.id, username=user.username,
        scopes=tuple(scopes), auth_time=auth_time or time, expires=time + lifetime(client, "RefreshToken"),
        refresh=hashed(refresh), device=device, last_active=time, address=call.source_ip,
        agent=call.headers.get("user-agent", ""), nonce=nonce, parent=parent, created=time, event_id=ids.uuid(),
        resource=resource, actor=actor, level=dict(level or {}),
    )  # fmt: skip
    if pool.session_tracking:
        _evict(pool, user, time)
    pool.grants[found.origin] = found
    return found, refresh


def _evict(pool: UserPool, user: User, time: datetime) -> None:
    """Make room for a session: the least recently used one ends.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolSessionConfiguration.html
    """
    active = sorted(grants_of(pool, user, time), key=lambda each: each.last_active or each.auth_time)
    for surplus in active[: max(len(active) - pool.sessions_per_user + 1, 0)]:
        surplus.revoked = True


def grants_of(pool: UserPool, user: User, time: datetime) -> list[Grant]:
    """A user's sessions that are neither revoked nor expired."""
    return [
        each for each in pool.grants.values()
        if each.username == user.username and not each.revoked and time < each.expires
    ]  # fmt: skip


def new_refresh_token() -> str:
    return secrets.token_urlsafe(768)


def hashed(token: str) -> str:
    return hashlib.sha256(raw(token)).hexdigest()


def session_id(kind: str) -> str:
    """The name of a token session (`tkn`) or of a browser's (`sso`)."""
    return kind + "".join(secrets.choice(_LETTERS) for _ in range(25))


def issue(
    call: Call, pool: UserPool, client: Client, user: User, found: Grant, refresh: str | None, source: str
) -> dict[str, Any]:
    """AuthenticationResult: an ID and an access token of a grant, with the refresh token if there is a new one.

    `source` is the trigger source of the pre token generation trigger (`TokenGeneration_Authentication`).
    """
    groups = pool.groups_of(user.username)
    id_claims = _id_claims(call, pool, client, user, found, groups)
    access_claims = _access_claims(call, pool, client, user, found, groups)
    token_claims.customise(call, pool, client, user, found, groups, id_claims, access_claims, source)
    access = sign(pool, "access", access_claims)
    if "openid" in found.scopes:
        id_claims["at_hash"] = _half_hash(access)
    answer: dict[str, Any] = {
        "AccessToken": access,
        "ExpiresIn": int(lifetime(client, "AccessToken").total_seconds()),
        "TokenType": "Bearer",
        "IdToken": sign(pool, "id", id_claims),
    }
    if refresh is not None:
        answer["RefreshToken"] = refresh
    return answer


def _half_hash(token: str) -> str:
    """`at_hash`: ties an ID token to the access token beside it (OpenID Connect Core, 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def _common(call: Call, pool: UserPool, client: Client, found: Grant, kind: str) -> dict[str, Any]:
    now = int(call.time.timestamp())
    claims: dict[str, Any] = {
        "iss": pool.issuer,
        "event_id": found.event_id,
        "auth_time": int(found.auth_time.timestamp()),
        "exp": now + int(lifetime(client, kind).total_seconds()),
        "iat": now,
        **found.level,
    }
    if client.settings.get("EnableTokenRevocation", True):
        claims |= {"origin_jti": found.origin, "jti": call.state.ids.uuid()}
    return claims


def _id_claims(
    call: Call, pool: UserPool, client: Client, user: User, found: Grant, groups: list[Group]
) -> dict[str, Any]:
    claims = {
        "sub": user.sub,
        "cognito:username": user.username,
        "aud": client.id,
        "token_use": "id",
        **_common(call, pool, client, found, "IdToken"),
        **token_claims.of_groups(groups, roles=True),
        **token_claims.of_attributes(user, _released(pool, client, found.scopes)),
    }
    if found.nonce:
        claims["nonce"] = found.nonce
    return claims | _acting(found)


def _acting(found: Grant) -> dict[str, Any]:
    """Who acts in the user's name (RFC 8693, 4.1)."""
    return {"act": {"sub": found.actor}} if found.actor else {}


def _released(pool: UserPool, client: Client, scopes: Collection[str]) -> set[str]:
    """The attributes that an ID token shows: all that the client may read, or those of the OpenID scopes asked for.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
    """
    allowed = attribute_schema.readable(pool, client)
    narrower = token_claims.SCOPES.keys() & set(scopes)
    if not narrower:
        return allowed
    # Whom a user is linked to is no matter of scopes: the ID token lists every provider (see identity_providers).
    named = {"identities", *(name for scope in narrower for name in token_claims.SCOPES[scope])}
    if "profile" in narrower:
        named |= {name for name in pool.schema if name not in token_claims.CONTACT_CLAIMS}
    return allowed & named


def _access_claims(
    call: Call, pool: UserPool, client: Client, user: User, found: Grant, groups: list[Group]
) -> dict[str, Any]:
    claims = {
        "sub": user.sub,
        **token_claims.of_groups(groups, roles=False),
        "client_id": client.id,
        "token_use": "access",
        "scope": " ".join(found.scopes),
        "username": user.username,
        **_common(call, pool, client, found, "AccessToken"),
    }
    if found.parent:  # who signed in on the pool's pages
        claims["version"] = 2
    if found.resource:
        claims["aud"] = found.resource
    if found.device:
        claims["device_key"] = found.device
    return claims | _acting(found)


def sign(pool: UserPool, use: str, claims: Mapping[str, Any]) -> str:
    """A signed token with the pool's key for that use."""
    key = pool.keys.of(use)
    payload = json.dumps(claims, separators=(",", ":")).encode()
    return jws.serialize_compact({"kid": key.kid, "alg": "RS256"}, payload, key)


def client_token(call: Call, pool: UserPool, client: Client, scopes: Iterable[str]) -> dict[str, Any]:
    """An access token for a client itself, as client credentials give it: `sub` and `client_id` are the client's id.

    https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
    """
    now, ids = int(call.time.timestamp()), call.state.ids
    seconds = int(lifetime(client, "AccessToken").total_seconds())
    claims: dict[str, Any] = {
        "sub": client.id, "token_use": "access", "scope": " ".join(scopes), "auth_time": now, "iss": pool.issuer,
        "exp": now + seconds, "iat": now, "version": 2, "jti": ids.uuid(), "client_id": client.id,
    }  # fmt: skip
    token_claims.customise_client(call, pool, client, claims)
    return {"AccessToken": sign(pool, "access", claims), "ExpiresIn": seconds, "TokenType": "Bearer"}


# --- verifying ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that a pool of this cloud signed and that is valid now. A client's own has neither `user` nor `grant`."""

    pool: UserPool
    client: Client
    user: User | None
    grant: Grant | None
    claims: Mapping[str, Any] = field(repr=False)


class Rejected(Exception):
    """Why a token is not accepted, in Cognito's words."""


class UserGone(Rejected):
    """The token's user has been deleted."""


def issuing_pool(state: State, token: str | None) -> UserPool | None:
    """The pool that an (unverified) token names as its issuer."""
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
    """Check a token of any pool of this cloud: signature, issuer, use, times, and that it was not revoked.

    Raises `Rejected`. Scopes are for the caller to check.
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
    event = claims.get("event_id")
    return next((each for each in pool.grants.values() if each.event_id == event), None)


_NAME_NO_GONE_USER = {
    "AssociateSoftwareToken", "CompleteWebAuthnRegistration", "DeleteWebAuthnCredential", "GlobalSignOut",
    "ListWebAuthnCredentials", "StartWebAuthnRegistration",
}  # fmt: skip
"""Operations with an access token whose pages don't list UserNotFoundException."""


def signed_in(call: Call, *, token: str = "AccessToken") -> Verified:
    """Who makes a call with an access token: GetUser and its kin take no other proof.

    Raises NotAuthorizedException for a token that is not valid or lacks the scope, UserNotFoundException,
    PasswordResetRequiredException, UserNotConfirmedException.
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
    if ADMIN_SCOPE not in str(found.claims.get("scope", "")).split() or found.user is None:
        raise not_authorized("Access Token does not have required scopes")
    directory.note(call, found.user)
    if not found.user.enabled:
        raise not_authorized("User is disabled.")
    if found.user.status == "RESET_REQUIRED":
        raise error("PasswordResetRequired", "Password reset required for the user")
    if found.user.status == "UNCONFIRMED":
        raise error("UserNotConfirmed", "User is not confirmed.")
    return found


# --- renewing and revoking ------------------------------------------------------------------------------------


def find_grant(pool: UserPool, client: Client, token: str) -> Grant | None:
    """The grant whose refresh token this is or was, if it is this client's."""
    digest = hashed(token)
    return next(
        (
            each for each in pool.grants.values()
            if each.client == client.id and (each.refresh == digest or digest in each.earlier)
        ),
        None,
    )  # fmt: skip


def usable_grant(
    call: Call, pool: UserPool, client: Client, token: str, device: str | None
) -> tuple[Grant, User]:
    """The grant and user of a refresh token that may be used now.

    Raises NotAuthorizedException, or RefreshTokenReuseException for one that rotation has replaced.
    """
    found = find_grant(pool, client, token)
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
    kept = user.devices.get(found.device or "")
    if kept is not None and kept.verifier is not None and device != kept.key:
        raise not_authorized("Invalid Refresh Token.")
    return found, user


def rotate(call: Call, client: Client, found: Grant, token: str) -> str | None:
    """A new refresh token in the place of the one used, if the client rotates them; the old one lives a grace period.

    It expires when the first one would have.
    """
    rotation = client.settings.get("RefreshTokenRotation") or {}
    found.last_active = call.time
    if rotation.get("Feature") != "ENABLED":
        return None
    if hashed(token) == found.refresh:
        grace = timedelta(seconds=rotation.get("RetryGracePeriodSeconds") or 0)
        found.earlier[found.refresh] = call.time + grace
    fresh = new_refresh_token()
    if found.refresh is not None:
        found.earlier.setdefault(found.refresh, call.time)
    found.refresh = hashed(fresh)
    return fresh


def revoke_all(pool: UserPool, user: User) -> None:
    """Sign a user out everywhere: no token that was issued until now is accepted by Cognito again."""
    for each in pool.grants.values():
        if each.username == user.username:
            each.revoked = True
