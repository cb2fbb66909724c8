"""Creation of ID and access tokens, with their claims and signatures.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from joserfc import jws

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.state import Client, Grant, Group, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import lifetimes, token_claims


def issue(
    call: Call, pool: UserPool, client: Client, user: User, found: Grant, refresh: str | None, source: str
) -> dict[str, Any]:
    """Return AuthenticationResult, with a grant's ID and access tokens, and the refresh token if it is new.

    `source` is the trigger source for the pre token generation trigger, such as `TokenGeneration_Authentication`.
    """
    groups = pool.groups_of(user.username)
    id_claims = _id_claims(call, pool, client, user, found, groups)
    access_claims = _access_claims(call, pool, client, user, found, groups)
    token_claims.customize(call, pool, client, user, found, groups, id_claims, access_claims, source)
    access = sign(pool, "access", access_claims)
    if "openid" in found.scopes:
        id_claims["at_hash"] = _half_hash(access)
    answer: dict[str, Any] = {
        "AccessToken": access,
        "ExpiresIn": int(lifetimes.lifetime(client, "AccessToken").total_seconds()),
        "TokenType": "Bearer",
        "IdToken": sign(pool, "id", id_claims),
    }
    if refresh is not None:
        answer["RefreshToken"] = refresh
    return answer


def _half_hash(token: str) -> str:
    """Return `at_hash`, which binds an ID token to its access token (OpenID Connect Core, 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def _common_claims(call: Call, pool: UserPool, client: Client, found: Grant, kind: str) -> dict[str, Any]:
    now = int(call.time.timestamp())
    claims: dict[str, Any] = {
        "iss": pool.issuer,
        "event_id": found.event_id,
        "auth_time": int(found.auth_time.timestamp()),
        "exp": now + int(lifetimes.lifetime(client, kind).total_seconds()),
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
        **_common_claims(call, pool, client, found, "IdToken"),
        **token_claims.group_claims(groups, roles=True),
        **token_claims.attribute_claims(user, _released_attributes(pool, client, found.scopes)),
    }
    if found.nonce:
        claims["nonce"] = found.nonce
    return claims


def _released_attributes(pool: UserPool, client: Client, scopes: Collection[str]) -> set[str]:
    """Return the attributes that an ID token contains.

    The client must be able to read them. If OpenID scopes are requested, the token contains only their
    attributes.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
    """
    allowed = attribute_schema.readable(pool, client)
    narrower = token_claims.SCOPES.keys() & set(scopes)
    if not narrower:
        return allowed
    # Scopes don't restrict linked identities: the ID token lists every provider (see linked_identities).
    named = {"identities", *(name for scope in narrower for name in token_claims.SCOPES[scope])}
    if "profile" in narrower:
        named |= {name for name in pool.schema if name not in token_claims.CONTACT_CLAIMS}
    return allowed & named


def _access_claims(
    call: Call, pool: UserPool, client: Client, user: User, found: Grant, groups: list[Group]
) -> dict[str, Any]:
    claims = {
        "sub": user.sub,
        **token_claims.group_claims(groups, roles=False),
        "client_id": client.id,
        "token_use": "access",
        "scope": " ".join(found.scopes),
        "username": user.username,
        **_common_claims(call, pool, client, found, "AccessToken"),
    }
    # Tokens of sign-ins on the pool's pages have version 2.
    if found.parent:
        claims["version"] = 2
    if found.resource:
        claims["aud"] = found.resource
    if found.device:
        claims["device_key"] = found.device
    return claims


def sign(pool: UserPool, use: str, claims: Mapping[str, Any]) -> str:
    """Return a token signed with the pool's key for the given use."""
    key = pool.keys.of(use)
    payload = json.dumps(claims, separators=(",", ":")).encode()
    token: str = jws.serialize_compact({"kid": key.kid, "alg": "RS256"}, payload, key)
    return token


def client_token(call: Call, pool: UserPool, client: Client, scopes: Iterable[str]) -> dict[str, Any]:
    """Return an access token for the client itself, for the client credentials flow.

    `sub` and `client_id` are the client's ID.
    https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
    """
    now, ids = int(call.time.timestamp()), call.state.ids
    seconds = int(lifetimes.lifetime(client, "AccessToken").total_seconds())
    claims: dict[str, Any] = {
        "sub": client.id, "token_use": "access", "scope": " ".join(scopes), "auth_time": now, "iss": pool.issuer,
        "exp": now + seconds, "iat": now, "version": 2, "jti": ids.uuid(), "client_id": client.id,
    }  # fmt: skip
    token_claims.customize_client_token(call, pool, client, claims)
    return {"AccessToken": sign(pool, "access", claims), "ExpiresIn": seconds, "TokenType": "Bearer"}
