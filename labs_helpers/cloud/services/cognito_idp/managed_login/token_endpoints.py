"""/oauth2/token, /oauth2/revoke, /oauth2/userInfo: the endpoints that applications call directly, without a browser.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html, revocation-endpoint, userinfo-endpoint
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from labs_helpers.cloud.core import pkce
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.cognito_idp.managed_login.state import Code, ManagedLogin, digest
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema, resource_servers
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import HOSTED
from labs_helpers.cloud.services.cognito_idp.state import Client, Grant, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import issuing, sign_in_grants, token_claims, verification
from labs_helpers.cloud.services.cognito_idp.users import directory

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class OAuthError(Exception):
    """An OAuth error, with its name from RFC 6749 and its HTTP status."""

    error: str
    status: int = 400
    description: str | None = None

    @property
    def body(self) -> dict[str, str]:
        """The members of the error's JSON object."""
        members = {"error": self.error, "error_description": self.description}
        return {name: value for name, value in members.items() if value is not None}


def authenticate_client(pool: UserPool, form: Mapping[str, str], authorization: str | None) -> Client:
    """Return the client that sent a request, after checking its secret if it has one.

    A client identifies itself in the Authorization header or in the form, but not in both. Raises `OAuthError` if the
    client can't be authenticated.
    """
    name, secret = form.get("client_id"), form.get("client_secret")
    if authorization is not None:
        named = name
        name, secret = _basic(authorization)
        if form.get("client_secret") is not None or (named is not None and named != name):
            raise OAuthError("invalid_request")
    if not name:
        raise OAuthError("invalid_request")
    client = pool.clients.get(name)
    if client is None:
        raise OAuthError("invalid_client")
    if client.secrets:
        # Every secret is compared in constant time, so that the response time doesn't reveal which one matches.
        fitting = [
            hmac.compare_digest(each.value.encode(), (secret or "").encode()) for each in client.secrets
        ]
        if not any(fitting):
            raise OAuthError("invalid_client")
    elif secret:
        raise OAuthError("invalid_client")
    return client


def _basic(header: str) -> tuple[str, str]:
    kind, _, encoded = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error) as error:
        raise OAuthError("invalid_client") from error
    if kind.lower() != "basic" or not colon:
        raise OAuthError("invalid_client")
    return unquote_plus(name), unquote_plus(secret)


def client_metadata(form: Mapping[str, str]) -> dict[str, str]:
    """Return the parameter aws_client_metadata, which contains JSON for the pre token generation trigger.

    Raises `OAuthError` if the parameter isn't valid JSON.
    https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
    """
    if "aws_client_metadata" not in form or form.get("grant_type") != "client_credentials":
        return {}
    try:
        sent = json.loads(form["aws_client_metadata"])
    except (ValueError, RecursionError) as error:
        raise OAuthError("invalid_request") from error
    if not isinstance(sent, dict) or not all(isinstance(value, str) for value in sent.values()):
        raise OAuthError("invalid_request")
    return sent


def token(
    call: Call, pool: UserPool, login: ManagedLogin, form: Mapping[str, str], authorization: str | None
) -> dict[str, Any]:
    """Handle /oauth2/token. Raises `OAuthError` for a request that must be rejected."""
    kind = form.get("grant_type")
    if not kind:
        raise OAuthError("invalid_request")
    by_grant_type = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh,
        "client_credentials": _by_client,
    }
    if kind not in by_grant_type:
        raise OAuthError("unsupported_grant_type")
    client = authenticate_client(pool, form, authorization)
    return by_grant_type[kind](call, pool, client, login, form)


def _by_code(
    call: Call, pool: UserPool, client: Client, login: ManagedLogin, form: Mapping[str, str]
) -> dict[str, Any]:
    if "code" not in (client.settings.get("AllowedOAuthFlows") or ()):
        raise OAuthError("unauthorized_client")
    if not form.get("code") or not form.get("redirect_uri"):
        raise OAuthError("invalid_request")
    code = login.codes.get(digest(form["code"]))
    if code is None or code.pool != pool.id or code.request.client != client.id:
        raise OAuthError("invalid_grant")
    if code.used:
        # A code that is used twice was stolen: revoke the tokens that it was exchanged for (RFC 6749, 4.1.2).
        _revoke(pool, code)
        raise OAuthError("invalid_grant")
    code.used = True
    if call.time >= code.expires or form["redirect_uri"] != code.request.redirect_uri:
        raise OAuthError("invalid_grant")
    _check_verifier(code, form.get("code_verifier"))
    _check_readable(pool, client, code.request.scopes)
    user = directory.find(pool, code.username)
    if user is None or not user.enabled:
        raise OAuthError("invalid_grant")
    request = code.request
    found, refresh = sign_in_grants.create(
        call, pool, client, user, scopes=request.scopes, auth_time=code.auth_time, nonce=request.nonce,
        resource=request.resource, parent=code.session, level=code.level,
    )  # fmt: skip
    code.grant = found.origin
    login.touch(code.session, call.time)
    return _token_response(issuing.issue(call, pool, client, user, found, refresh, HOSTED), found.scopes)


def _revoke(pool: UserPool, code: Code) -> None:
    found = pool.grants.get(code.grant or "")
    if found is not None:
        found.revoked = True


def _check_verifier(code: Code, verifier: str | None) -> None:
    """Check PKCE: the application that exchanges the code must be the one that began the sign-in.

    Without a challenge, a verifier is rejected as well (RFC 9700).
    """
    challenge = code.request.challenge
    if challenge is None:
        if verifier is not None:
            raise OAuthError("invalid_grant")
        return
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise OAuthError("invalid_grant")
    if not pkce.proves(verifier, challenge):
        raise OAuthError("invalid_grant")


def _check_readable(pool: UserPool, client: Client, scopes: tuple[str, ...]) -> None:
    """Raise `OAuthError` unless the client can read all attributes of the scopes."""
    readable = attribute_schema.readable(pool, client)
    named = {name for scope in scopes for name in token_claims.SCOPES.get(scope, ())}
    if not named <= set(readable):
        raise OAuthError("invalid_grant")


def _by_refresh(
    call: Call, pool: UserPool, client: Client, login: ManagedLogin, form: Mapping[str, str]
) -> dict[str, Any]:
    if not form.get("refresh_token"):
        raise OAuthError("invalid_request")
    if client.settings.get("AllowedOAuthFlows") == ["client_credentials"]:
        raise OAuthError("unauthorized_client")
    try:
        found, user = sign_in_grants.find_usable(call, pool, client, form["refresh_token"], None)
        _refuse_devices(pool, found)
        fresh = sign_in_grants.rotate_refresh_token(call, client, found, form["refresh_token"])
        result = issuing.issue(call, pool, client, user, found, fresh, "TokenGeneration_RefreshTokens")
    except ServiceError as error:
        raise OAuthError("invalid_grant") from error
    login.touch(found.parent, call.time)
    return _token_response(result, found.scopes)


def _refuse_devices(pool: UserPool, found: Grant) -> None:
    """Raise `OAuthError` if devices are remembered and the sign-in came through the API.

    Such tokens are renewed through the API, where the request names the device.
    """
    if found.parent is None and pool.settings.get("DeviceConfiguration"):
        raise OAuthError("invalid_grant")


def _by_client(
    call: Call, pool: UserPool, client: Client, login: ManagedLogin, form: Mapping[str, str]
) -> dict[str, Any]:
    """Issue a token for client credentials.

    The client must have a secret, and can get only scopes of resource servers.
    """
    if "client_credentials" not in (client.settings.get("AllowedOAuthFlows") or ()) or not client.secrets:
        raise OAuthError("unauthorized_client")
    custom = set(resource_servers.scopes(pool))
    allowed = [scope for scope in client.settings.get("AllowedOAuthScopes") or () if scope in custom]
    scopes = list(dict.fromkeys(form.get("scope", "").split())) or allowed
    if not scopes or not set(scopes) <= set(allowed):
        raise OAuthError("invalid_scope")
    result = issuing.client_token(call, pool, client, scopes)
    return {
        "access_token": result["AccessToken"], "expires_in": result["ExpiresIn"], "token_type": "Bearer",
    }  # fmt: skip


def _token_response(result: Mapping[str, Any], scopes: tuple[str, ...]) -> dict[str, Any]:
    """Return a token endpoint's response. It contains an ID token only if the scopes include openid."""
    shown = {"id_token": result["IdToken"]} if "openid" in scopes else {}
    shown |= {"access_token": result["AccessToken"]}
    if "RefreshToken" in result:
        shown["refresh_token"] = result["RefreshToken"]
    return {**shown, "expires_in": result["ExpiresIn"], "token_type": "Bearer"}


def implicit_tokens(call: Call, pool: UserPool, client: Client, code: Code) -> dict[str, str | None]:
    """Return the implicit flow's parameters. Anyone who can see the URL can read the tokens in them."""
    user = directory.find(pool, code.username)
    assert user is not None
    request = code.request
    found, _ = sign_in_grants.create(
        call, pool, client, user, scopes=request.scopes, auth_time=code.auth_time, nonce=request.nonce,
        resource=request.resource, parent=code.session, level=code.level,
    )  # fmt: skip
    shown = _token_response(issuing.issue(call, pool, client, user, found, None, HOSTED), found.scopes)
    return {name: str(value) for name, value in shown.items()} | {"state": request.state}


def revoke(pool: UserPool, form: Mapping[str, str], authorization: str | None) -> None:
    """Revoke a token. An unknown or already revoked token gets the same response as a valid token.

    Raises `OAuthError` if the request isn't valid.
    """
    try:
        client = authenticate_client(pool, form, authorization)
    except OAuthError as error:
        raise OAuthError("invalid_client", 401) from error
    given = form.get("token")
    if not given or not client.settings.get("EnableTokenRevocation", True):
        raise OAuthError("invalid_request")
    if given.count(".") == 2:
        raise OAuthError("unsupported_token_type")
    found = sign_in_grants.find(pool, client, given)
    if found is not None:
        found.revoked = True


def user_info(call: Call, pool: UserPool, authorization: str | None) -> dict[str, Any]:
    """Handle /oauth2/userInfo: return the claims that the scopes of the access token allow.

    Raises `OAuthError` for an invalid token.
    """
    kind, _, given = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not given:
        raise OAuthError("invalid_request", 400, "Bad OAuth2 request at UserInfo Endpoint")
    bad = OAuthError(
        "invalid_token", 401,
        "Access token is expired, disabled, or deleted, or the user has globally signed out.",
    )  # fmt: skip
    try:
        verified = verification.verify(call.state, given.strip())
    except verification.Rejected as why:
        raise bad from why
    scopes = str(verified.claims.get("scope", "")).split()
    user = verified.user
    if verified.pool.id != pool.id or "openid" not in scopes or user is None or not user.enabled:
        raise bad
    released = {name for scope in scopes for name in token_claims.SCOPES.get(scope, ())}
    if "profile" in scopes:
        released |= {name for name in pool.schema if name not in token_claims.CONTACT_CLAIMS}
    released &= attribute_schema.readable(pool, verified.client)
    claims = token_claims.attribute_claims(user, released)
    # AWS returns booleans as strings here.
    shown = {name: str(value).lower() if isinstance(value, bool) else value for name, value in claims.items()}
    return {"sub": user.sub, **shown, "username": user.username}
