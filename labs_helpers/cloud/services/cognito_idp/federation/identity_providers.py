"""The external identity providers of a pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, error, invalid, not_found
from labs_helpers.cloud.services.cognito_idp.federation import saml_keys, saml_metadata
from labs_helpers.cloud.services.cognito_idp.state import UserPool

PROVIDERS = 300
"""The maximum number of identity providers per pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""
LOCAL = "Cognito"
"""The provider name for users who sign in with the pool itself."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "OIDC": ("client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"),
    "SAML": (),
    "Google": ("client_id", "client_secret", "authorize_scopes"),
    "Facebook": ("client_id", "client_secret", "authorize_scopes"),
    "LoginWithAmazon": ("client_id", "client_secret", "authorize_scopes"),
    "SignInWithApple": ("client_id", "team_id", "key_id", "private_key", "authorize_scopes"),
}
_FILLED: Mapping[str, Mapping[str, str]] = {
    "OIDC": {"attributes_url_add_attributes": "false"},
    "SAML": {},
    "Google": {
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
        "attributes_url_add_attributes": "true", "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oidc_issuer": "https://accounts.google.com", "token_request_method": "POST",
        "token_url": "https://www.googleapis.com/oauth2/v4/token",
    },
    "Facebook": {
        "attributes_url": "https://graph.facebook.com/{api_version}/me?fields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://www.facebook.com/{api_version}/dialog/oauth", "token_request_method": "GET",
        "token_url": "https://graph.facebook.com/{api_version}/oauth/access_token",
    },
    "LoginWithAmazon": {
        "attributes_url": "https://api.amazon.com/user/profile", "attributes_url_add_attributes": "false",
        "authorize_url": "https://www.amazon.com/ap/oa", "token_request_method": "POST",
        "token_url": "https://api.amazon.com/auth/o2/token",
    },
    "SignInWithApple": {
        "attributes_url_add_attributes": "false", "authorize_url": "https://appleid.apple.com/auth/authorize",
        "oidc_issuer": "https://appleid.apple.com", "token_request_method": "POST",
        "token_url": "https://appleid.apple.com/auth/token",
    },
}  # fmt: skip
"""ProviderDetails that Cognito adds for each provider type, according to AWS's examples.

In Facebook's URLs, `api_version` stands for the version of Facebook's API.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
"""


_SUBJECTS = {"Facebook": "id", "LoginWithAmazon": "user_id"}
"""The claim that identifies a user, for provider types where it isn't `sub`.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
"""


@operation("cognito-idp", "CreateIdentityProvider")
def create_identity_provider(call: Call) -> dict[str, Any]:
    """Create an identity provider. Its details are checked according to its type.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
    """
    pool, given = pool_of(call), call.parameters
    name, kind = given["ProviderName"], given["ProviderType"]
    if name in pool.providers:
        raise error("DuplicateProvider", f"A provider with the name {name} already exists in the user pool.")
    if name.lower() == LOCAL.lower() or (kind not in ("OIDC", "SAML") and name != kind):
        raise invalid(f"{name} can't be the name of a provider of type {kind}.")
    if len(pool.providers) >= PROVIDERS:
        raise above_limit(f"A user pool can have at most {PROVIDERS} identity providers.")
    provider = {
        "UserPoolId": pool.id, "ProviderName": name, "ProviderType": kind,
        "ProviderDetails": _details(kind, given["ProviderDetails"]),
        "AttributeMapping": _mapping(pool, kind, given.get("AttributeMapping")),
        "IdpIdentifiers": _identifiers(pool, name, given.get("IdpIdentifiers") or []),
        **_acr_mapping(kind, given), "LastModifiedDate": call.time, "CreationDate": call.time,
    }  # fmt: skip
    pool.providers[name] = provider
    return {"IdentityProvider": _identity_provider_type(pool, provider)}


def _details(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    for name in _NEEDED[kind]:
        if not given.get(name):
            raise invalid(f"{name} is required in ProviderDetails of a provider of type {kind}.")
    if kind == "SAML":
        saml_metadata.check(given)
    if kind == "OIDC":
        _check_oidc(given)
    found = saml_metadata.endpoints(given) if kind == "SAML" else {}
    return {**_default_details(kind, given), **given, **found}


def _default_details(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    version = {"api_version": given.get("api_version") or "v17.0"} if kind == "Facebook" else {}
    return {name: value.format(**version) for name, value in _FILLED[kind].items()} | version


def _check_oidc(given: Mapping[str, str]) -> None:
    """Raise InvalidParameterException for details that no OIDC provider can have.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-idp.html
    """
    if not given["oidc_issuer"].startswith("https://"):
        raise invalid("oidc_issuer must be an https URL.")
    if "openid" not in given["authorize_scopes"].split():
        raise invalid("authorize_scopes must include openid.")
    if given["attributes_request_method"] not in ("GET", "POST"):
        raise invalid("attributes_request_method must be GET or POST.")


def _mapping(pool: UserPool, kind: str, given: Mapping[str, str] | None) -> dict[str, str]:
    default = {} if kind == "SAML" else {"username": _SUBJECTS.get(kind, "sub")}
    mapping = {**default, **(given or {})}
    for name in mapping:
        entry = pool.schema.get(name)
        if name != "username" and (entry is None or not entry["Mutable"]):
            raise invalid(f"Invalid AttributeMapping: {name} is not a mutable attribute of the user pool.")
    return mapping


def _identifiers(pool: UserPool, name: str, given: list[str]) -> list[str]:
    taken = {
        each for other, kept in pool.providers.items() if other != name for each in kept["IdpIdentifiers"]
    }
    for identifier in given:
        if identifier in taken:
            raise invalid(f"The identifier {identifier} is used by another identity provider.")
    return list(given)


def _acr_mapping(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    mapping = given.get("AcrMapping")
    if mapping and kind != "OIDC":
        raise invalid("Only OIDC identity providers support AcrMapping.")
    return {"AcrMapping": mapping} if mapping is not None else {}


def _identity_provider_type(pool: UserPool, provider: Mapping[str, Any]) -> dict[str, Any]:
    details = {name: value for name, value in provider["ProviderDetails"].items() if name != "private_key"}
    if provider["ProviderType"] == "SAML" and saml_metadata.is_on(provider, "EncryptedResponses"):
        details["ActiveEncryptionCertificate"] = saml_keys.decryption_key(
            pool, provider["ProviderName"]
        ).certificate
    return {**provider, "ProviderDetails": details}


def _provider(call: Call, pool: UserPool) -> dict[str, Any]:
    found = pool.providers.get(call.parameters["ProviderName"])
    if found is None:
        raise not_found(f"Identity provider {call.parameters['ProviderName']} does not exist.")
    return found


@operation("cognito-idp", "DescribeIdentityProvider")
def describe_identity_provider(call: Call) -> dict[str, Any]:
    """Return an identity provider.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeIdentityProvider.html
    """
    pool = pool_of(call)
    return {"IdentityProvider": _identity_provider_type(pool, _provider(call, pool))}


@operation("cognito-idp", "UpdateIdentityProvider")
def update_identity_provider(call: Call) -> dict[str, Any]:
    """Change an identity provider's details, attribute mapping, or identifiers. Omitted parameters stay unchanged.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateIdentityProvider.html
    """
    pool, given = pool_of(call), call.parameters
    provider = _provider(call, pool)
    kind, changed = provider["ProviderType"], dict(provider)
    if given.get("ProviderDetails") is not None:
        changed["ProviderDetails"] = _details(kind, {**_given_details(provider), **given["ProviderDetails"]})
    if given.get("AttributeMapping") is not None:
        changed["AttributeMapping"] = _mapping(pool, kind, given["AttributeMapping"])
    if given.get("IdpIdentifiers") is not None:
        changed["IdpIdentifiers"] = _identifiers(pool, provider["ProviderName"], given["IdpIdentifiers"])
    pool.providers[provider["ProviderName"]] = {
        **changed,
        **_acr_mapping(kind, given),
        "LastModifiedDate": call.time,
    }
    return {"IdentityProvider": _identity_provider_type(pool, pool.providers[provider["ProviderName"]])}


def _given_details(provider: Mapping[str, Any]) -> dict[str, str]:
    """Return the details that an administrator set.

    For SAML, return no details, because a change replaces all of them.
    """
    kind, details = provider["ProviderType"], provider["ProviderDetails"]
    added = _default_details(kind, details)
    if kind == "SAML":
        return {}
    return {
        name: value for name, value in details.items() if name not in _FILLED[kind] or value != added[name]
    }


@operation("cognito-idp", "DeleteIdentityProvider")
def delete_identity_provider(call: Call) -> dict[str, Any]:
    """Delete an identity provider and remove it from the clients that support it.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteIdentityProvider.html
    """
    pool = pool_of(call)
    name = _provider(call, pool)["ProviderName"]
    del pool.providers[name]
    saml_keys.forget(pool, name)
    for client in pool.clients.values():
        kept = client.settings.get("SupportedIdentityProviders")
        if kept and name in kept:
            client.settings["SupportedIdentityProviders"] = [each for each in kept if each != name]
    return {}


@operation("cognito-idp", "ListIdentityProviders")
def list_identity_providers(call: Call) -> dict[str, Any]:
    """List the identity providers of a pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListIdentityProviders.html
    """
    members = ("ProviderName", "ProviderType", "LastModifiedDate", "CreationDate")
    found = [{name: provider[name] for name in members} for provider in pool_of(call).providers.values()]
    return PAGES.page(call, "Providers", found, most=50)


@operation("cognito-idp", "GetIdentityProviderByIdentifier")
def get_identity_provider_by_identifier(call: Call) -> dict[str, Any]:
    """Return the identity provider with a given identifier.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetIdentityProviderByIdentifier.html
    """
    pool, wanted = pool_of(call), call.parameters["IdpIdentifier"]
    for provider in pool.providers.values():
        if wanted in provider["IdpIdentifiers"]:
            return {"IdentityProvider": _identity_provider_type(pool, provider)}
    raise not_found(f"Identity provider with the identifier {wanted} does not exist.")


@operation("cognito-idp", "GetSigningCertificate")
def get_signing_certificate(call: Call) -> dict[str, Any]:
    """Return the certificate of the key that signs the pool's SAML requests.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetSigningCertificate.html
    """
    return {"Certificate": saml_keys.signing_key(pool_of(call)).certificate}
