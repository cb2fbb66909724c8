"""Outside identity providers of a pool, and users whom several identities belong to.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.calls import ours, page, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, error, invalid, no_user, not_found
from labs_helpers.cloud.services.cognito_idp.federation import saml_keys, saml_metadata
from labs_helpers.cloud.services.cognito_idp.state import Group, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory

PROVIDERS, IDENTITIES = 300, 5
"""https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas"""
SUBJECT, LOCAL = "Cognito_Subject", "Cognito"
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
"""What Cognito adds to ProviderDetails of each type, as its page shows it, with the version of Facebook's API.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
"""


_SUBJECTS = {"Facebook": "id", "LoginWithAmazon": "user_id"}
"""The claim that names a user, where it is not `sub`.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
"""


@ours("CreateIdentityProvider")
def create_identity_provider(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html"""
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
        **_acr(kind, given), "LastModifiedDate": call.time, "CreationDate": call.time,
    }  # fmt: skip
    pool.providers[name] = provider
    return {"IdentityProvider": _shown(pool, provider)}


def _details(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    for name in _NEEDED[kind]:
        if not given.get(name):
            raise invalid(f"{name} is required in ProviderDetails of a provider of type {kind}.")
    if kind == "SAML":
        saml_metadata.check(given)
    if kind == "OIDC":
        _check_oidc(given)
    found = saml_metadata.places(given) if kind == "SAML" else {}
    return {**_added(kind, given), **given, **found}


def _added(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    version = {"api_version": given.get("api_version") or "v17.0"} if kind == "Facebook" else {}
    return {name: value.format(**version) for name, value in _FILLED[kind].items()} | version


def _check_oidc(given: Mapping[str, str]) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-idp.html"""
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


def _acr(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    mapping = given.get("AcrMapping")
    if mapping and kind != "OIDC":
        raise invalid("Only OIDC identity providers support AcrMapping.")
    return {"AcrMapping": mapping} if mapping is not None else {}


def _shown(pool: UserPool, provider: Mapping[str, Any]) -> dict[str, Any]:
    details = {name: value for name, value in provider["ProviderDetails"].items() if name != "private_key"}
    if provider["ProviderType"] == "SAML" and saml_metadata.flag(provider, "EncryptedResponses"):
        details["ActiveEncryptionCertificate"] = saml_keys.opening(pool, provider["ProviderName"]).certificate
    return {**provider, "ProviderDetails": details}


def _provider(call: Call, pool: UserPool) -> dict[str, Any]:
    found = pool.providers.get(call.parameters["ProviderName"])
    if found is None:
        raise not_found(f"Identity provider {call.parameters['ProviderName']} does not exist.")
    return found


@ours("DescribeIdentityProvider")
def describe_identity_provider(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeIdentityProvider.html"""
    pool = pool_of(call)
    return {"IdentityProvider": _shown(pool, _provider(call, pool))}


@ours("UpdateIdentityProvider")
def update_identity_provider(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateIdentityProvider.html"""
    pool, given = pool_of(call), call.parameters
    provider = _provider(call, pool)
    kind, changed = provider["ProviderType"], dict(provider)
    if given.get("ProviderDetails") is not None:
        changed["ProviderDetails"] = _details(kind, {**_told(provider), **given["ProviderDetails"]})
    if given.get("AttributeMapping") is not None:
        changed["AttributeMapping"] = _mapping(pool, kind, given["AttributeMapping"])
    if given.get("IdpIdentifiers") is not None:
        changed["IdpIdentifiers"] = _identifiers(pool, provider["ProviderName"], given["IdpIdentifiers"])
    pool.providers[provider["ProviderName"]] = {**changed, **_acr(kind, given), "LastModifiedDate": call.time}
    return {"IdentityProvider": _shown(pool, pool.providers[provider["ProviderName"]])}


def _told(provider: Mapping[str, Any]) -> dict[str, str]:
    """What was said of a provider that stays as it is: all but what Cognito adds, or what SAML metadata says anew."""
    kind, details = provider["ProviderType"], provider["ProviderDetails"]
    added = _added(kind, details)
    told = {name for name in details if name not in _FILLED[kind] or details[name] != added[name]}
    return {} if kind == "SAML" else {name: details[name] for name in details if name in told}


@ours("DeleteIdentityProvider")
def delete_identity_provider(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteIdentityProvider.html"""
    pool = pool_of(call)
    name = _provider(call, pool)["ProviderName"]
    del pool.providers[name]
    saml_keys.forget(pool, name)
    for client in pool.clients.values():
        kept = client.settings.get("SupportedIdentityProviders")
        if kept and name in kept:
            client.settings["SupportedIdentityProviders"] = [each for each in kept if each != name]
    return {}


@ours("ListIdentityProviders")
def list_identity_providers(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListIdentityProviders.html"""
    members = ("ProviderName", "ProviderType", "LastModifiedDate", "CreationDate")
    found = [{name: provider[name] for name in members} for provider in pool_of(call).providers.values()]
    return page(call, found, "Providers", most=50)


@ours("GetIdentityProviderByIdentifier")
def get_identity_provider_by_identifier(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetIdentityProviderByIdentifier.html"""
    pool, wanted = pool_of(call), call.parameters["IdpIdentifier"]
    for provider in pool.providers.values():
        if wanted in provider["IdpIdentifiers"]:
            return {"IdentityProvider": _shown(pool, provider)}
    raise not_found(f"Identity provider with the identifier {wanted} does not exist.")


@ours("GetSigningCertificate")
def get_signing_certificate(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetSigningCertificate.html"""
    return {"Certificate": saml_keys.signing(pool_of(call)).certificate}


# --- linked identities ----------------------------------------------------------------------------------------


def _link(
    pool: UserPool, provider: str, subject: str, attributes: Mapping[str, str]
) -> tuple[User, dict[str, str]] | None:
    for user in pool.users.values():
        for link in user.linked:
            if link["ProviderName"] != provider:
                continue
            name, value = link["ProviderAttributeName"], link["ProviderAttributeValue"]
            if value == (subject if name == SUBJECT else attributes.get(name)):
                return user, link
    return None


def linked_user(pool: UserPool, provider: str, subject: str, attributes: Mapping[str, str]) -> User | None:
    """The user whom AdminLinkProviderForUser linked to an identity, by subject or by a mapped attribute's value."""
    found = _link(pool, provider, subject, attributes)
    return found and found[0]


def signed_in_by_link(
    pool: UserPool, provider: Mapping[str, Any], subject: str, attributes: Mapping[str, str], time: Any
) -> User | None:
    """The linked user who signs in now. From then on the identity has its subject, also where a link named an
    attribute, whose value stood for it until now: the user shows it, and it is unlinked by it.
    """
    name = provider["ProviderName"]
    found = _link(pool, name, subject, attributes)
    if found is None:
        return None
    user, link = found
    before = link.get("Subject", link["ProviderAttributeValue"])
    if before != subject:
        _forget(user, name, before)
        user.identities.append(identity(provider, subject, time, primary=False))
    link["Subject"] = subject
    return user


def _forget(user: User, provider: str, subject: str) -> None:
    user.identities = [
        each for each in user.identities if (each["providerName"], each["userId"]) != (provider, subject)
    ]


def join_group(pool: UserPool, provider: str, user: User, time: Any) -> None:
    """Put a new profile into the group of its provider: `us-east-1_EXAMPLE_MyIdP`.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation.html
    """
    name = f"{pool.id}_{provider}"
    about = f"Autogenerated group for users who sign in using {provider}"
    pool.groups.setdefault(name, Group(name, time, time, about)).members.add(user.username)


def federated_name(provider: str, subject: str) -> str:
    """The user name of a user who signs in from outside: `MyIdP_subject`."""
    return f"{provider}_{subject}"


def identity(provider: Mapping[str, Any], subject: str, time: Any, *, primary: bool) -> dict[str, Any]:
    """An entry of the claim `identities`."""
    return {
        "userId": subject, "providerName": provider["ProviderName"], "providerType": provider["ProviderType"],
        "issuer": provider["ProviderDetails"].get("oidc_issuer") if provider["ProviderType"] == "OIDC" else None,
        "primary": "true" if primary else "false", "dateCreated": str(int(time.timestamp() * 1000)),
    }  # fmt: skip


def _named_user(pool: UserPool, named: Mapping[str, str]) -> User:
    name, value = named.get("ProviderName"), named.get("ProviderAttributeValue") or ""
    user = directory.find(pool, value if name == LOCAL else federated_name(str(name), value))
    if user is None:
        raise no_user()
    return user


@ours("AdminLinkProviderForUser")
def admin_link_provider_for_user(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminLinkProviderForUser.html"""
    pool, source = pool_of(call), call.parameters["SourceUser"]
    destination = call.parameters["DestinationUser"]
    for named in (destination, source):
        if not named.get("ProviderName") or not named.get("ProviderAttributeValue"):
            raise invalid("ProviderName and ProviderAttributeValue are required.")
    user = _named_user(pool, destination)
    provider = pool.providers.get(source["ProviderName"])
    if source["ProviderName"] == LOCAL:
        raise invalid("The SourceUser must be a user of an outside identity provider.")
    if provider is None:
        raise not_found(f"Identity provider {source['ProviderName']} does not exist.")
    attribute, value = source.get("ProviderAttributeName"), source["ProviderAttributeValue"]
    social = provider["ProviderType"] not in ("OIDC", "SAML")
    if not attribute or (social and attribute != SUBJECT):
        raise invalid(f"ProviderAttributeName of the SourceUser must be {SUBJECT}.")
    if attribute != SUBJECT and attribute not in provider["AttributeMapping"]:
        raise invalid(f"{attribute} is not a mapped attribute of the identity provider.")
    if attribute == SUBJECT and directory.find(pool, federated_name(provider["ProviderName"], value)):
        raise invalid("The SourceUser has signed in before: it exists in the user pool already.")
    if linked_user(pool, provider["ProviderName"], value, {attribute: value}) is not None:
        raise error("AliasExists", "The SourceUser is linked to a user already.")
    if len(user.linked) >= IDENTITIES:
        raise above_limit(f"A user can have at most {IDENTITIES} linked identities.")
    user.linked.append(
        {
            "ProviderName": provider["ProviderName"],
            "ProviderAttributeName": attribute,
            "ProviderAttributeValue": value,
        }
    )
    user.identities.append(identity(provider, value, call.time, primary=False))
    user.modified = call.time
    return {}


@ours("AdminDisableProviderForUser")
def admin_disable_provider_for_user(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableProviderForUser.html"""
    pool, named = pool_of(call), call.parameters["User"]
    name, value = named.get("ProviderName"), named.get("ProviderAttributeValue")
    if not name or not value:
        raise invalid("ProviderName and ProviderAttributeValue are required.")
    if name == LOCAL:
        if named.get("ProviderAttributeName") != SUBJECT:
            raise invalid(f"ProviderAttributeName must be {SUBJECT}.")
        _named_user(pool, named).password = None
        return {}
    if name not in pool.providers:
        raise not_found(f"Identity provider {name} does not exist.")
    _unlink(call, pool, named)
    return {}


def _unlink(call: Call, pool: UserPool, named: Mapping[str, str]) -> None:
    """Before the first sign-in a link is named as it was made; after it, by Cognito_Subject and the subject.

    AWS says so of SAML, and that social providers know nothing but the subject. Of OIDC it says neither, so both count.
    """
    name, value = named["ProviderName"], named["ProviderAttributeValue"]
    attribute = named.get("ProviderAttributeName") or SUBJECT
    saml = pool.providers[name]["ProviderType"] == "SAML"
    for user in pool.users.values():
        for link in user.linked:
            subject = link.get("Subject")
            as_made = (link["ProviderAttributeName"], link["ProviderAttributeValue"]) == (attribute, value)
            by_subject = subject is not None and (attribute, value) == (SUBJECT, subject)
            if link["ProviderName"] == name and (by_subject or (as_made and not (saml and subject))):
                user.linked = [each for each in user.linked if each is not link]
                _forget(user, name, link.get("Subject", link["ProviderAttributeValue"]))
                user.modified = call.time
                return
    _named_user(pool, named).enabled = False
