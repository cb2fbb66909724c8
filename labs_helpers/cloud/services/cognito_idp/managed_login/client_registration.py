"""The endpoint /oauth2/register, where applications register app clients.

The pool's settings determine whether a token is required.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-dynamic-client-registration.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DcrConfigurationType.html
https://www.rfc-editor.org/rfc/rfc7591
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.cognito_idp.managed_login.token_endpoints import OAuthError
from labs_helpers.cloud.services.cognito_idp.pools import app_clients, pool_settings, resource_servers
from labs_helpers.cloud.services.cognito_idp.state import Client, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import verification

_FLOWS = {"authorization_code": "code", "client_credentials": "client_credentials"}
"""The flows that a client is registered for, by grant type. The flow `code` also returns refresh tokens."""
_METHODS = {"none": False, "client_secret_basic": True, "client_secret_post": True}
"""The methods by which a client can authenticate at the token endpoint, and whether each requires a secret."""
_OPEN, _AUTHENTICATED = ("code",), ("code", "client_credentials")


def register(call: Call, pool: UserPool, metadata: Any, authorization: str | None) -> dict[str, Any]:
    """Register a client and return its metadata. Raises `OAuthError` if the pool doesn't accept the registration."""
    if not pool_settings.registers_clients(pool.settings):
        raise OAuthError("not_found", 404)
    allowed = _allowed_flows(call, pool, authorization)
    if not isinstance(metadata, dict):
        raise _invalid_metadata("The request isn't a JSON object.")
    grants, method = (
        _string_list(metadata, "grant_types", ["authorization_code"]),
        _authentication_method(metadata),
    )
    flows = _flows(grants, allowed)
    parameters = {
        "ClientName": metadata.get("client_name") or "registered client", "GenerateSecret": _METHODS[method],
        "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": flows,
        "AllowedOAuthScopes": _scopes(pool, metadata, flows), "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": _redirect_uris(metadata, flows),
    }  # fmt: skip
    return _client_metadata(_create_client(call, pool, parameters), grants, method)


def _invalid_metadata(description: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", 400, description)


def _allowed_flows(call: Call, pool: UserPool, authorization: str | None) -> Iterable[str]:
    """Return the flows for which a caller can register a client, with or without an initial access token."""
    settings = pool.settings["DcrConfiguration"]
    if authorization is None:
        if not settings["OpenDcrEnabled"]:
            raise OAuthError("invalid_token", 401, "Registration needs an initial access token.")
        chosen: list[str] | None = settings.get("OpenDcrGrantTypes")
        return _OPEN if chosen is None else chosen
    kind, _, given = authorization.partition(" ")
    bad = OAuthError("invalid_token", 401, "The initial access token is not valid.")
    if kind.lower() != "bearer":
        raise bad
    try:
        verified = verification.verify(call.state, given.strip())
    except verification.Rejected as why:
        raise bad from why
    if verified.pool.id != pool.id:
        raise bad
    if resource_servers.REGISTER not in str(verified.claims.get("scope", "")).split():
        raise OAuthError("insufficient_scope", 403, f"The scope {resource_servers.REGISTER} is needed.")
    chosen = settings.get("AuthenticatedGrantTypes")
    return _AUTHENTICATED if chosen is None else chosen


def _string_list(metadata: Mapping[str, Any], name: str, default: list[str]) -> list[str]:
    given = metadata.get(name, default)
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise _invalid_metadata(f"{name} must be a list of strings.")
    return given


def _authentication_method(metadata: Mapping[str, Any]) -> str:
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
    if not isinstance(method, str) or method not in _METHODS:
        raise _invalid_metadata(f"token_endpoint_auth_method must be one of {', '.join(_METHODS)}.")
    return method


def _flows(grants: list[str], allowed: Iterable[str]) -> list[str]:
    flows = [_FLOWS.get(grant, "") for grant in grants if grant != "refresh_token"]
    if not flows or not set(flows) <= set(allowed) & set(_FLOWS.values()):
        raise _invalid_metadata("The user pool does not let clients register with these grant_types.")
    return list(dict.fromkeys(flows))


def _scopes(pool: UserPool, metadata: Mapping[str, Any], flows: list[str]) -> list[str]:
    """Return the requested scopes.

    The default is OpenID Connect's scopes or, for clients without the code flow, the custom scopes that the
    pool allows.
    """
    beyond = [
        scope
        for scope in pool.settings["DcrConfiguration"].get("AllowedScopes") or ()
        if scope != resource_servers.REGISTER
    ]
    given = metadata.get("scope", "")
    if not isinstance(given, str):
        raise _invalid_metadata("scope must be a string.")
    default = list(app_clients.OIDC_SCOPES) if "code" in flows else beyond
    scopes = list(dict.fromkeys(given.split())) or default
    if not set(scopes) <= {*app_clients.OIDC_SCOPES, *beyond}:
        raise _invalid_metadata("The user pool does not let clients register with this scope.")
    return scopes


def _redirect_uris(metadata: Mapping[str, Any], flows: list[str]) -> list[str]:
    addresses = _string_list(metadata, "redirect_uris", [])
    if "code" in flows and not addresses:
        raise OAuthError("invalid_redirect_uri", 400, "redirect_uris are needed for authorization_code.")
    if not all(app_clients.is_redirect(each) for each in addresses):
        raise OAuthError("invalid_redirect_uri", 400, "One of the redirect_uris is not valid.")
    if _string_list(metadata, "response_types", ["code"]) not in (["code"], []):
        raise _invalid_metadata("response_types can only be code.")
    return addresses


def _create_client(call: Call, pool: UserPool, parameters: Mapping[str, Any]) -> Client:
    if not isinstance(parameters["ClientName"], str) or not app_clients.NAME.fullmatch(
        parameters["ClientName"]
    ):
        raise _invalid_metadata(
            "client_name can have at most 128 letters, digits, spaces, and the characters +=,.@-."
        )
    try:
        return app_clients.create(call, pool, parameters, registered=True)
    except ServiceError as refusal:
        raise _invalid_metadata(refusal.message) from refusal


def _client_metadata(client: Client, grants: list[str], method: str) -> dict[str, Any]:
    settings = client.settings
    shown = {
        "client_id": client.id, "client_id_issued_at": int(client.created.timestamp()), "client_name": client.name,
        "redirect_uris": settings["CallbackURLs"], "grant_types": grants,
        "response_types": ["code"] if "code" in settings["AllowedOAuthFlows"] else [],
        "token_endpoint_auth_method": method, "scope": " ".join(settings["AllowedOAuthScopes"]),
    }  # fmt: skip
    if client.secrets:
        shown |= {"client_secret": client.secrets[0].value, "client_secret_expires_at": 0}
    return shown
