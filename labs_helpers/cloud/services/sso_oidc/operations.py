"""Operations that sign a user in to a client.

They use device codes (RFC 8628), authorization codes with PKCE (RFC 7636), and refresh tokens.
https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_StartDeviceAuthorization.html
Codes and tokens expire according to the lab clock. The access portal passes on the user's decisions with `approve`,
`deny`, and `authorize`.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from labs_helpers.cloud.core import pkce
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.sso_admin import kms_encryption
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters, Instance
from labs_helpers.cloud.services.sso_oidc.errors import check_network, error, invalid_grant, invalid_request
from labs_helpers.cloud.services.sso_oidc.state import Authorization, Client, Grant, SignIns, digest
from labs_helpers.cloud.services.sso_oidc.token_identity import set_user_identity

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_GRANTS = ("authorization_code", DEVICE_CODE, "refresh_token")
_REGISTERED, _CODE, _ACCESS = timedelta(days=90), timedelta(minutes=10), timedelta(hours=8)
_INTERVAL = 1
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_SCOPE = re.compile(r"openid|aws|[a-z][a-z0-9_-]*(:[a-z0-9_-]+)+")
_PORT, _ITS_PORT = re.compile(r"(?::\d{1,5})?(?=[/?]|$)"), re.compile(r":\d*$")
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which JSON text can contain but a page can't show."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


# --- clients --------------------------------------------------------------------------------------------------


@operation("sso-oidc", "RegisterClient")
def register_client(call: Call) -> Mapping[str, Any]:
    """Register a public client for 90 days.

    Rejects invalid scopes, grant types, and redirect URIs. Applications aren't modeled.
    https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_RegisterClient.html
    """
    parameters = call.parameters
    if not parameters.get("clientName"):
        raise invalid_request("clientName is required")
    if _SURROGATE.search(parameters["clientName"]):
        raise error(
            "InvalidClientMetadataException", "invalid_client_metadata", "The client name isn't text."
        )
    if parameters["clientType"] != "public":
        raise error(
            "InvalidClientMetadataException", "invalid_client_metadata", "The only client type is public."
        )
    scopes, grants = tuple(parameters.get("scopes") or ()), parameters.get("grantTypes")
    if not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise error("InvalidScopeException", "invalid_scope", "Invalid scope requested")
    if not all(grant in _GRANTS for grant in grants or ()):
        raise error("UnsupportedGrantTypeException", "unsupported_grant_type", "Unsupported grant type")
    uris = tuple(parameters.get("redirectUris") or ())
    if not all(_may_redirect(uri) for uri in uris):
        raise error("InvalidRedirectUriException", "invalid_redirect_uri", "Invalid redirect URI")
    if parameters.get("entitledApplicationArn"):
        raise NotModelled(
            "sso-oidc:RegisterClient isn't modeled with entitledApplicationArn: Identity Center has no applications "
            "here. To add it, begin in labs_helpers/cloud/services/sso_oidc/operations.py"
        )
    client = Client(
        secrets.token_urlsafe(24), secrets.token_urlsafe(48), call.region, call.time + _REGISTERED, scopes,
        frozenset(grants or (DEVICE_CODE, "refresh_token")), uris, parameters["clientName"],
        parameters.get("issuerUrl"),
    )  # fmt: skip
    call.state.part(SignIns).clients[client.id] = client
    host = f"https://oidc.{call.region}.amazonaws.com"
    return {
        "clientId": client.id, "clientSecret": client.secret, "clientIdIssuedAt": _seconds(call.time),
        "clientSecretExpiresAt": _seconds(client.expires), "authorizationEndpoint": f"{host}/authorize",
        "tokenEndpoint": f"{host}/token",
    }  # fmt: skip


def _may_redirect(uri: str) -> bool:
    """Return whether a URI is https, or http to the user's own machine, and has no fragment.

    https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    return secure and host is not None and parts.username is None and "#" not in uri


def _client(call: Call) -> Client:
    """Return the client with the call's ID and secret. Raises InvalidClientException."""
    parameters = call.parameters
    client = call.state.part(SignIns).clients.get(parameters["clientId"])
    right = client is not None and hmac.compare_digest(
        client.secret.encode(), parameters["clientSecret"].encode()
    )
    if client is None or not right or client.region != call.region or call.time >= client.expires:
        raise error("InvalidClientException", "invalid_client", "Invalid client provided", 401)
    return client


# --- asking the user ------------------------------------------------------------------------------------------


@operation("sso-oidc", "StartDeviceAuthorization")
def start_device_authorization(call: Call) -> Mapping[str, Any]:
    """Return a device code, and a user code that the user can confirm within ten minutes.

    The client can poll at most once per second.
    """
    client = _client(call)
    if DEVICE_CODE not in client.grant_types:
        raise error(
            "UnauthorizedClientException", "unauthorized_client", "The client has no device code grant."
        )
    instance = instance_at(call.state, call.region, call.parameters["startUrl"])
    if instance is None:
        raise invalid_request("Invalid start URL")
    sign_ins, device = call.state.part(SignIns), secrets.token_urlsafe(48)
    user_code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))
    authorization = Authorization(client.id, instance.arn, call.time + _CODE)
    sign_ins.devices[digest(device)] = sign_ins.user_codes[user_code] = authorization
    page = f"https://device.sso.{call.region}.amazonaws.com/"
    return {
        "deviceCode": device, "userCode": user_code, "verificationUri": page,
        "verificationUriComplete": f"{page}?user_code={user_code}", "expiresIn": int(_CODE.total_seconds()),
        "interval": _INTERVAL,
    }  # fmt: skip


def instance_at(state: State, region: str, url: str) -> Instance | None:
    """Return the instance in a Region whose access portal has this URL, or None if there isn't one."""
    for instance in state.part(IdentityCenters).all():
        if instance.region == region and _leads_to(url, instance):
            return instance
    return None


def _leads_to(url: str, instance: Instance) -> bool:
    return url.rstrip("/#") in {f"https://{host}/start" for host in instance.portal_hosts}


def approve(state: State, user_code: str, user: str) -> None:
    """Confirm a user code on behalf of a signed-in user, given by ID.

    Raises `LookupError` for a code that isn't pending, a user in another instance, or a disabled user.
    """
    pending = state.part(SignIns).pending(user_code, state.clock.now())
    if pending is None:
        raise LookupError(f"no program is waiting for the code {user_code}")
    instance = state.part(IdentityCenters).find(pending.instance)
    if instance is None or instance.store.enabled_user(user) is None:
        raise LookupError(f"{user} doesn't sign in at the instance that the code is for")
    pending.user = user


def deny(state: State, user_code: str) -> None:
    """Deny a user code on behalf of a user. Raises `LookupError` for a code that isn't pending."""
    pending = state.part(SignIns).pending(user_code, state.clock.now())
    if pending is None:
        raise LookupError(f"no program is waiting for the code {user_code}")
    pending.denied = True


def authorize(
    state: State, client_id: str, user: str, instance_arn: str, redirect_uri: str, challenge: str
) -> str:
    """Return a signed-in user's authorization code for a client's S256 challenge.

    Raises `LookupError` for a client that didn't register the redirect URI.
    https://www.rfc-editor.org/rfc/rfc7636
    """
    client = code_client(state, client_id, instance_arn, redirect_uri)
    sign_ins, now = state.part(SignIns), state.clock.now()
    code = secrets.token_urlsafe(32)
    sign_ins.codes[digest(code)] = Authorization(
        client.id, instance_arn, now + _CODE, user=user, challenge=challenge, redirect_uri=redirect_uri
    )
    return code


def code_client(state: State, client_id: str, instance_arn: str, redirect_uri: str) -> Client:
    """Return the client if it can get a code for this instance at this redirect URI.

    Otherwise, raises `LookupError`.
    """
    client = state.part(SignIns).clients.get(client_id)
    if (
        client is None
        or state.clock.now() >= client.expires
        or "authorization_code" not in client.grant_types
    ):
        raise LookupError("the client is not registered for authorization codes")
    instance = state.part(IdentityCenters).find(instance_arn)
    if instance is None or instance.region != client.region:
        raise LookupError("the client is not registered with this instance")
    if client.issuer is not None and not _leads_to(client.issuer, instance):
        raise LookupError("the client is not registered with this instance")
    if not any(_redirects_to(each, redirect_uri) for each in client.redirect_uris):
        raise LookupError("the redirect URI is not the client's")
    return client


def _redirects_to(registered: str, uri: str) -> bool:
    """Return whether the addresses are the same; a loopback address can have any port.

    https://www.rfc-editor.org/rfc/rfc8252#section-7.3
    """
    one = urlsplit(registered)
    if one.hostname not in _LOOPBACK:
        return registered == uri
    port = _PORT.match(uri.removeprefix(f"{one.scheme}://{_host(one.netloc)}"))
    return port is not None and uri == urlunsplit((one.scheme, _host(one.netloc) + port[0], *one[2:]))


def _host(netloc: str) -> str:
    """Return the host as it is written, without a port."""
    return _ITS_PORT.sub("", netloc)


# --- tokens ---------------------------------------------------------------------------------------------------


@operation("sso-oidc", "CreateToken")
def create_token(call: Call) -> Mapping[str, Any]:
    """Exchange a code or a refresh token for new tokens.

    A code can be used once, and a refresh token until the user's session ends.
    https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
    """
    client, grant_type = _client(call), call.parameters["grantType"]
    if grant_type not in _GRANTS:
        raise error("UnsupportedGrantTypeException", "unsupported_grant_type", "Unsupported grant type")
    if grant_type not in client.grant_types:
        raise error("UnauthorizedClientException", "unauthorized_client", "The client has no such grant.")
    by = {DEVICE_CODE: _by_device, "authorization_code": _by_code, "refresh_token": _by_refresh}
    return _tokens(call, client, by[grant_type](call, client))


def _by_device(call: Call, client: Client) -> Grant:
    code = call.parameters.get("deviceCode")
    if not code:
        raise invalid_request("deviceCode is required")
    authorization = call.state.part(SignIns).devices.get(digest(code))
    if authorization is None or authorization.client != client.id or authorization.used:
        raise invalid_grant()
    if call.time >= authorization.expires:
        raise error("ExpiredTokenException", "expired_token", "Token has expired")
    if authorization.denied:
        raise error("AccessDeniedException", "access_denied", "The user denied the authorization request")
    if authorization.user is None:
        _refuse_pending(call, authorization)
    return _grant(call, authorization)


def _refuse_pending(call: Call, authorization: Authorization) -> None:
    last, authorization.polled = authorization.polled, call.time
    if last is not None and call.time < last + timedelta(seconds=_INTERVAL):
        raise error("SlowDownException", "slow_down", "The client polls too often")
    raise error("AuthorizationPendingException", "authorization_pending", "Authorization is still pending")


def _by_code(call: Call, client: Client) -> Grant:
    parameters = call.parameters
    for name in ("code", "codeVerifier", "redirectUri"):
        if not parameters.get(name):
            raise invalid_request(f"{name} is required")
    authorization = call.state.part(SignIns).codes.get(digest(parameters["code"]))
    if (
        authorization is None
        or authorization.client != client.id
        or authorization.used
        or call.time >= authorization.expires
    ):
        raise invalid_grant()
    if not pkce.proves(parameters["codeVerifier"], authorization.challenge or ""):
        raise invalid_grant()
    if parameters["redirectUri"] != authorization.redirect_uri:
        raise invalid_grant()
    return _grant(call, authorization)


def _grant(call: Call, authorization: Authorization) -> Grant:
    """Use up a confirmed code and return its grant, if its user can still sign in."""
    instance = _usable_instance(call, authorization)
    authorization.used = True
    ends = call.time + instance.session
    return Grant(
        authorization.client, authorization.instance, authorization.user or "", call.region, ends, ends
    )


def _by_refresh(call: Call, client: Client) -> Grant:
    token = call.parameters.get("refreshToken")
    if not token:
        raise invalid_request("refreshToken is required")
    sign_ins = call.state.part(SignIns)
    grant = sign_ins.refreshable(token, call.time)
    if grant is None or grant.client != client.id:
        raise invalid_grant("Invalid refresh token provided")
    _usable_instance(call, grant)
    del sign_ins.refresh[digest(token)]
    return grant


def _usable_instance(call: Call, authorization: Authorization | Grant) -> Instance:
    """Return the instance if the user can sign in there now; a code that is rejected here can be tried again."""
    instance = call.state.part(IdentityCenters).find(authorization.instance)
    if instance is None or instance.store.enabled_user(authorization.user or "") is None:
        raise invalid_grant()
    check_network(call, instance)
    kms_encryption.check_sign_in(call, instance)
    return instance


def _tokens(call: Call, client: Client, grant: Grant) -> Mapping[str, Any]:
    """Return an access token, and a refresh token for clients with scopes.

    Without a refresh token, access ends after eight hours.
    https://docs.aws.amazon.com/cli/latest/userguide/sso-configure-profile-token.html
    """
    instance = call.state.part(IdentityCenters).find(grant.instance)
    assert instance is not None, "a grant is for a user of an instance"
    sign_ins, access = call.state.part(SignIns), secrets.token_urlsafe(96)
    refreshable = bool(client.scopes) and "refresh_token" in client.grant_types
    ends = min(call.time + _ACCESS, grant.session_ends) if refreshable else call.time + _ACCESS
    sign_ins.access[digest(access)] = replace(grant, expires=ends)
    set_user_identity(call, instance, grant.user, digest(access))
    call.shown["resources"] = [("IdentityStoreId", instance.store.id)]
    answer: dict[str, Any] = {
        "accessToken": access, "tokenType": "Bearer", "expiresIn": int((ends - call.time).total_seconds()),
    }  # fmt: skip
    if refreshable:
        answer["refreshToken"] = secrets.token_urlsafe(96)
        sign_ins.refresh[digest(answer["refreshToken"])] = replace(grant, expires=grant.session_ends)
    return answer


def _seconds(time: datetime) -> int:
    return int(time.timestamp())
