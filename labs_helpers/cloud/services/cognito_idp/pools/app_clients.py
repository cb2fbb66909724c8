"""App clients and their secrets.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES, client_of, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, error, invalid, not_found, not_in_tier
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema, resource_servers
from labs_helpers.cloud.services.cognito_idp.state import Client, Secret, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import issuing, lifetimes, sign_in_grants

CLIENTS = 1_000
SECRETS = 2
_LETTERS = string.ascii_lowercase + string.digits
_SETTINGS = (
    "RefreshTokenValidity", "AccessTokenValidity", "IdTokenValidity", "TokenValidityUnits", "ReadAttributes",
    "WriteAttributes", "ExplicitAuthFlows", "SupportedIdentityProviders", "CallbackURLs", "LogoutURLs",
    "DefaultRedirectURI", "AllowedOAuthFlows", "AllowedOAuthScopes", "AllowedOAuthFlowsUserPoolClient",
    "AnalyticsConfiguration", "PreventUserExistenceErrors", "EnableTokenRevocation",
    "EnablePropagateAdditionalUserContextData", "AuthSessionValidity", "RefreshTokenRotation",
)  # fmt: skip
OIDC_SCOPES = ("openid", "email", "phone", "profile")
_LEGACY_FLOWS = ("ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH")
NAME = re.compile(r"[\w\s+=,.@-]{1,128}")
"""The pattern for app client names.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
"""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_RANGES = {
    "AccessToken": (timedelta(minutes=5), timedelta(days=1)),
    "IdToken": (timedelta(minutes=5), timedelta(days=1)),
    "RefreshToken": (timedelta(minutes=60), timedelta(days=3650)),
}


@operation("cognito-idp", "CreateUserPoolClient")
def create_user_pool_client(call: Call) -> dict[str, Any]:
    """Create an app client, with a secret if the request requires one.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
    """
    pool, given = pool_of(call), call.parameters
    if given.get("GenerateSecret") and given.get("ClientSecret"):
        raise invalid("GenerateSecret and ClientSecret can't be given together.")
    if given.get("PublishSecretsInAWSSecretsManager"):
        raise _managed_secret_not_modelled()
    return {"UserPoolClient": user_pool_client_type(pool, create(call, pool, given))}


def create(call: Call, pool: UserPool, given: Mapping[str, Any], *, registered: bool = False) -> Client:
    """Create a client from the parameters of CreateUserPoolClient. Raises the same errors as that operation."""
    if len(pool.clients) >= CLIENTS:
        raise above_limit(f"User pool {pool.id} has reached the limit of {CLIENTS} app clients.")
    secret = given.get("ClientSecret") or (_new_secret() if given.get("GenerateSecret") else None)
    settings = _settings(given)
    _check(pool, settings, given, secret is not None, "creating")
    name = given["ClientName"]
    client = Client(_new_id(pool), name, call.time, call.time, settings, registered=registered)
    if secret is not None:
        client.secrets.append(_client_secret(call, client, secret))
    pool.clients[client.id] = client
    return client


def _managed_secret_not_modelled() -> NotModelled:
    return NotModelled(
        "cognito-idp PublishSecretsInAWSSecretsManager isn't modeled: Cognito would rotate the secret itself"
    )


def _new_id(pool: UserPool) -> str:
    while True:
        found = "".join(secrets.choice(_LETTERS) for _ in range(26))
        if found not in pool.clients:
            return found


def _new_secret() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(51))


def _client_secret(call: Call, client: Client, value: str) -> Secret:
    taken = {each.id for each in client.secrets}
    stamp = int(call.time.timestamp() * 1000)
    while f"{client.id}--{stamp}" in taken:
        stamp += 1
    return Secret(f"{client.id}--{stamp}", value, call.time)


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: given[name] for name in _SETTINGS if given.get(name) is not None}
    rotates = (settings.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"
    # A client without listed flows supports these three; the refresh flow and token rotation are mutually exclusive.
    flows = ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"] + ([] if rotates else ["ALLOW_REFRESH_TOKEN_AUTH"])
    settings["ExplicitAuthFlows"] = settings.get("ExplicitAuthFlows") or flows
    settings["RefreshTokenValidity"] = settings.get("RefreshTokenValidity") or 30
    settings.setdefault("TokenValidityUnits", {})
    settings.setdefault("AllowedOAuthFlowsUserPoolClient", False)
    settings.setdefault("EnableTokenRevocation", True)
    settings.setdefault("EnablePropagateAdditionalUserContextData", False)
    settings.setdefault("AuthSessionValidity", 3)
    settings.setdefault("PreventUserExistenceErrors", "LEGACY")
    return settings


def _client_type(client: Client) -> str:
    return "DCR" if client.registered else "REGULAR"


def user_pool_client_type(pool: UserPool, client: Client) -> dict[str, Any]:
    """Return a client in the form of UserPoolClientType."""
    answer = {
        "UserPoolId": pool.id,
        "ClientName": client.name,
        "ClientId": client.id,
        "LastModifiedDate": client.modified,
        "CreationDate": client.created,
        "ClientType": _client_type(client),
        **client.settings,
    }
    if client.secrets:
        answer["ClientSecret"] = client.secrets[0].value
    if not answer["TokenValidityUnits"]:
        del answer["TokenValidityUnits"]
    return answer


# --- checks of settings ---------------------------------------------------------------------------------------


def _check(
    pool: UserPool, settings: Mapping[str, Any], given: Mapping[str, Any], confidential: bool, doing: str
) -> None:
    attribute_schema.check_permissions(pool, settings, doing)
    _check_flows(pool, settings)
    _check_validity(settings)
    _check_oauth(pool, settings, confidential)
    _check_urls(settings)
    _check_providers(pool, settings)
    if settings["EnablePropagateAdditionalUserContextData"] and not confidential:
        raise invalid(
            "EnablePropagateAdditionalUserContextData can only be enabled for a client with a secret."
        )


def _check_flows(pool: UserPool, settings: Mapping[str, Any]) -> None:
    flows = settings["ExplicitAuthFlows"]
    legacy = [flow for flow in flows if flow in _LEGACY_FLOWS]
    if legacy and len(legacy) < len(flows):
        raise invalid(
            "Cannot specify the ALLOW_ prefixed ExplicitAuthFlows together with ExplicitAuthFlows without the prefix."
        )
    for flow in flows:
        if flow.startswith("ALLOW_TOKEN_EXCHANGE_"):
            raise NotModelled(
                f"cognito-idp ExplicitAuthFlows {flow} isn't modeled, nor is GetDerivedToken. "
                "To add them, begin in labs_helpers/cloud/services/cognito_idp/tokens/issuing.py"
            )
    if "ALLOW_USER_AUTH" in flows and pool.tier == "LITE":
        raise not_in_tier("ALLOW_USER_AUTH", pool.tier)
    rotation = settings.get("RefreshTokenRotation") or {}
    if rotation.get("Feature") == "ENABLED":
        if pool.tier == "LITE":
            raise not_in_tier("Refresh token rotation", pool.tier)
        if "ALLOW_REFRESH_TOKEN_AUTH" in flows:
            raise invalid("ALLOW_REFRESH_TOKEN_AUTH can't be enabled together with refresh token rotation.")


def _check_validity(settings: Mapping[str, Any]) -> None:
    client = Client("", "", None, None, dict(settings))  # type: ignore[arg-type]
    for kind, (least, most) in _RANGES.items():
        if not least <= lifetimes.lifetime(client, kind) <= most:
            raise invalid(
                f"Invalid range for token validity: {kind}Validity must be between {least} and {most}."
            )
    refresh = lifetimes.lifetime(client, "RefreshToken")
    if refresh < max(lifetimes.lifetime(client, "AccessToken"), lifetimes.lifetime(client, "IdToken")):
        raise invalid("Refresh token validity can't be shorter than access token or ID token validity.")


def _check_oauth(pool: UserPool, settings: Mapping[str, Any], confidential: bool) -> None:
    """Reject invalid flows and scopes, and combinations of them that AWS doesn't allow.

    OBSERVED in 2018: `openid is not supported with client_credentials flow`.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
    """
    flows, scopes = settings.get("AllowedOAuthFlows") or [], settings.get("AllowedOAuthScopes") or []
    custom = set(resource_servers.scopes(pool))
    of_users = [scope for scope in scopes if scope in {*OIDC_SCOPES, sign_in_grants.ADMIN_SCOPE}]
    unknown = [scope for scope in scopes if scope not in {*of_users, *custom}]
    if unknown:
        raise error("ScopeDoesNotExist", f"Invalid scope requested: {', '.join(unknown)}")
    if settings["AllowedOAuthFlowsUserPoolClient"] and not (flows and scopes):
        raise error(
            "InvalidOAuthFlow",
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        )
    if "client_credentials" in flows:
        if len(set(flows)) > 1:
            raise error(
                "InvalidOAuthFlow",
                "client_credentials flow can not be selected along with code flow or implicit flow.",
            )
        if not confidential:
            raise error(
                "InvalidOAuthFlow",
                "client_credentials flow can not be selected if client does not have a client secret.",
            )
        if of_users:
            raise error("InvalidOAuthFlow", f"{of_users[0]} is not supported with client_credentials flow")


def _check_urls(settings: Mapping[str, Any]) -> None:
    for name in ("CallbackURLs", "LogoutURLs"):
        urls = settings.get(name) or []
        if len(set(urls)) < len(urls):
            raise invalid(f"{name} names a URL twice.")
        for url in urls:
            if not is_redirect(url):
                raise invalid(f"{url} is not a valid redirect URL in {name}.")
    default = settings.get("DefaultRedirectURI")
    if default and default not in (settings.get("CallbackURLs") or ()):
        raise invalid("DefaultRedirectURI must be in the CallbackURLs list.")


def is_redirect(url: str) -> bool:
    """Return True for an absolute URI without a fragment. Plain http is valid only for localhost."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not parts.scheme or "#" in url or ":" not in url:
        return False
    if parts.scheme == "http":
        return host in _LOCAL
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme not in ("javascript", "data", "file")


def _check_providers(pool: UserPool, settings: Mapping[str, Any]) -> None:
    for name in settings.get("SupportedIdentityProviders") or ():
        if name != "COGNITO" and name not in pool.providers:
            raise invalid(f"The provider {name} does not exist for User Pool {pool.id}.")


# --- describe, update, delete, list ---------------------------------------------------------------------------


@operation("cognito-idp", "DescribeUserPoolClient")
def describe_user_pool_client(call: Call) -> dict[str, Any]:
    """Return an app client.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolClient.html
    """
    pool = pool_of(call)
    return {"UserPoolClient": user_pool_client_type(pool, client_of(call, pool))}


@operation("cognito-idp", "UpdateUserPoolClient")
def update_user_pool_client(call: Call) -> dict[str, Any]:
    """Replace a client's settings. An omitted setting is reset to its default. The secret doesn't change.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html
    """
    pool = pool_of(call)
    client, given = client_of(call, pool), call.parameters
    if given.get("PublishSecretsInAWSSecretsManager"):
        raise _managed_secret_not_modelled()
    settings = _settings(given)
    _check(pool, settings, given, bool(client.secrets), "updating")
    if client.registered and resource_servers.REGISTER in (settings.get("AllowedOAuthScopes") or ()):
        raise invalid(
            f"A client that was registered dynamically can't have the scope {resource_servers.REGISTER}."
        )
    client.settings, client.modified = settings, call.time
    client.name = given.get("ClientName") or client.name
    return {"UserPoolClient": user_pool_client_type(pool, client)}


@operation("cognito-idp", "DeleteUserPoolClient")
def delete_user_pool_client(call: Call) -> dict[str, Any]:
    """Delete an app client, along with its grants, branding, and risk settings.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolClient.html
    """
    pool = pool_of(call)
    client = client_of(call, pool)
    del pool.clients[client.id]
    pool.grants = {origin: grant for origin, grant in pool.grants.items() if grant.client != client.id}
    pool.branding = {name: each for name, each in pool.branding.items() if each["client"] != client.id}
    pool.risks.pop(client.id, None)
    return {}


@operation("cognito-idp", "ListUserPoolClients")
def list_user_pool_clients(call: Call) -> dict[str, Any]:
    """List the app clients of a pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolClients.html
    """
    pool = pool_of(call)
    wanted = call.parameters.get("ClientType")
    found = [
        {"ClientId": client.id, "UserPoolId": pool.id, "ClientName": client.name}
        for client in pool.clients.values()
        if wanted in (None, _client_type(client))
    ]
    return PAGES.page(call, "UserPoolClients", found)


# --- secrets --------------------------------------------------------------------------------------------------


@operation("cognito-idp", "AddUserPoolClientSecret")
def add_user_pool_client_secret(call: Call) -> dict[str, Any]:
    """Add a second client secret, so that applications can switch secrets without an interruption.

    A secret that Cognito generates is returned only by this call.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html
    """
    client = _confidential_client(call)
    if len(client.secrets) >= SECRETS:
        raise above_limit(f"An app client can have at most {SECRETS} secrets.")
    chosen = call.parameters.get("ClientSecret")
    if chosen and any(secret.value == chosen for secret in client.secrets):
        raise invalid("The app client already has this secret.")
    secret = _client_secret(call, client, chosen or _new_secret())
    client.secrets.append(secret)
    client.modified = call.time
    return {
        "ClientSecretDescriptor": {
            "ClientSecretId": secret.id, "ClientSecretCreateDate": secret.created,
            **({} if chosen else {"ClientSecretValue": secret.value}),
        }
    }  # fmt: skip


@operation("cognito-idp", "ListUserPoolClientSecrets")
def list_user_pool_client_secrets(call: Call) -> dict[str, Any]:
    """List the secrets of a client, without their values.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolClientSecrets.html
    """
    client = _client_with_own_secrets(call)
    found = [
        {"ClientSecretId": secret.id, "ClientSecretCreateDate": secret.created} for secret in client.secrets
    ]
    return PAGES.page(call, "ClientSecrets", found)


@operation("cognito-idp", "DeleteUserPoolClientSecret")
def delete_user_pool_client_secret(call: Call) -> dict[str, Any]:
    """Delete a client secret. The last secret can't be deleted.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolClientSecret.html
    """
    client = _client_with_own_secrets(call)
    gone = [secret for secret in client.secrets if secret.id == call.parameters["ClientSecretId"]]
    if not gone:
        raise not_found(f"Client secret {call.parameters['ClientSecretId']} does not exist.")
    if len(client.secrets) == 1:
        raise invalid("The last remaining secret of an app client can't be deleted.")
    client.secrets.remove(gone[0])
    client.modified = call.time
    return {}


def _client_with_own_secrets(call: Call) -> Client:
    """Return the client that a call names.

    Raises InvalidParameterException for a client that was registered dynamically.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html
    """
    client = client_of(call, pool_of(call))
    if client.registered:
        raise invalid("A client that was registered dynamically does not support client secret operations.")
    return client


def _confidential_client(call: Call) -> Client:
    client = _client_with_own_secrets(call)
    if not client.secrets:
        raise invalid("The app client is public: it was created without a secret, and can't get one.")
    return client


# --- client tokens --------------------------------------------------------------------------------------------


@operation("cognito-idp", "GetClientToken")
def get_client_token(call: Call) -> dict[str, Any]:
    """Return a token for a client that has the flow ALLOW_CLIENT_TOKEN_AUTH.

    CreateUserPoolClient doesn't accept that flow yet, so every request is rejected.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetClientToken.html
    """
    from labs_helpers.cloud.services.cognito_idp.calls import check_secret, public_client

    pool, client = public_client(call)
    check_secret(client, call.parameters["Secret"])
    if "ALLOW_CLIENT_TOKEN_AUTH" not in client.settings["ExplicitAuthFlows"]:
        raise invalid("ALLOW_CLIENT_TOKEN_AUTH is not enabled for the client.")
    scopes = call.parameters.get("Scopes") or client.settings.get("AllowedOAuthScopes") or []
    return {"ClientAuthenticationResult": issuing.client_token(call, pool, client, scopes)}
