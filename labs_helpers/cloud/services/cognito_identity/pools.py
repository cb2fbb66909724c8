"""Operations on identity pools and on their roles, tags, and attribute maps.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_identity.errors import invalid, not_found
from labs_helpers.cloud.services.cognito_identity.state import IdentityPool, IdentityPools
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

SERVICE = "cognito-identity"
RULES, TAGS, POOLS = 25, 50, 1_000
"""The maximum numbers of rules per provider, tags per pool, and pools per account and Region.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
"""
_SETTINGS = (
    "IdentityPoolName", "AllowUnauthenticatedIdentities", "AllowClassicFlow", "SupportedLoginProviders",
    "DeveloperProviderName", "OpenIdConnectProviderARNs", "CognitoIdentityProviders", "SamlProviderARNs",
)  # fmt: skip
PAGES = Pages(lambda _: invalid("Invalid pagination token."), most=60)


def all_pools(call: Call) -> IdentityPools:
    """Return the cloud's identity pools."""
    return call.state.part(IdentityPools)


def pool_of(call: Call) -> IdentityPool:
    """Return the pool that a call specifies if the call's account owns it.

    Raises ResourceNotFoundException if there is no such pool in the account.
    """
    name = call.parameters.get("IdentityPoolId")
    pool = all_pools(call).find(call.region, name)
    if pool is None or pool.account != call.account:
        raise not_found(f"IdentityPool '{name}' not found.")
    return pool


def _identity_pool_type(pool: IdentityPool) -> dict[str, Any]:
    tags = {"IdentityPoolTags": pool.tags} if pool.tags else {}
    return {"IdentityPoolId": pool.id, **pool.settings, **tags}


def _settings(call: Call, pool: IdentityPool | None) -> dict[str, Any]:
    given = call.parameters
    settings = {name: given[name] for name in _SETTINGS if given.get(name) is not None}
    for each in settings.get("CognitoIdentityProviders") or ():
        each.setdefault("ServerSideTokenCheck", False)
        if not each.get("ProviderName") or not each.get("ClientId"):
            raise invalid("CognitoIdentityProviders need a ProviderName and a ClientId.")
    providers = [
        (each["ProviderName"], each["ClientId"]) for each in settings.get("CognitoIdentityProviders") or ()
    ]
    if len(set(providers)) < len(providers):
        raise invalid("CognitoIdentityProviders names a provider with the same client twice.")
    for name in ("OpenIdConnectProviderARNs", "SamlProviderARNs"):
        kind = "oidc-provider" if name.startswith("Open") else "saml-provider"
        for arn in settings.get(name) or ():
            if f":{kind}/" not in arn:
                raise invalid(f"{arn} is not a valid ARN of a provider in {name}.")
    own = pool.settings.get("DeveloperProviderName") if pool is not None else None
    if own is not None and settings.get("DeveloperProviderName") != own:
        raise invalid("The developer provider name can't be changed once it is set.")
    return settings


@operation(SERVICE, "CreateIdentityPool")
def create_identity_pool(call: Call) -> dict[str, Any]:
    """Create an identity pool.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html
    """
    settings = _settings(call, None)
    if sum(1 for _ in all_pools(call).of(call.account, call.region)) >= POOLS:
        raise ServiceError("LimitExceededException", "The number of identity pools is limited.", 400)
    tags = dict(call.parameters.get("IdentityPoolTags") or {})
    _check_tags(tags)
    pool = IdentityPool(f"{call.region}:{call.state.ids.uuid()}", call.account, call.region, settings, tags)
    all_pools(call).pools[pool.id] = pool
    return _identity_pool_type(pool)


@operation(SERVICE, "DescribeIdentityPool")
def describe_identity_pool(call: Call) -> dict[str, Any]:
    """Return an identity pool.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentityPool.html
    """
    return _identity_pool_type(pool_of(call))


@operation(SERVICE, "UpdateIdentityPool")
def update_identity_pool(call: Call) -> dict[str, Any]:
    """Replace an identity pool's settings. As on AWS, settings that the request omits are removed.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UpdateIdentityPool.html
    """
    pool = pool_of(call)
    pool.settings = _settings(call, pool)
    if call.parameters.get("IdentityPoolTags") is not None:
        tags = dict(call.parameters["IdentityPoolTags"])
        _check_tags(tags)
        pool.tags = tags
    return _identity_pool_type(pool)


@operation(SERVICE, "DeleteIdentityPool")
def delete_identity_pool(call: Call) -> dict[str, Any]:
    """Delete an identity pool and its identities.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DeleteIdentityPool.html
    """
    del all_pools(call).pools[pool_of(call).id]
    return {}


@operation(SERVICE, "ListIdentityPools")
def list_identity_pools(call: Call) -> dict[str, Any]:
    """List the account's identity pools in the Region.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListIdentityPools.html
    """
    found = [
        {"IdentityPoolId": each.id, "IdentityPoolName": each.settings["IdentityPoolName"]}
        for each in all_pools(call).of(call.account, call.region)
    ]
    return PAGES.page(call, "IdentityPools", found)


# --- roles ----------------------------------------------------------------------------------------------------


@operation(SERVICE, "SetIdentityPoolRoles")
def set_identity_pool_roles(call: Call) -> dict[str, Any]:
    """Set the pool's default roles and role mappings.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html
    """
    pool, given = pool_of(call), call.parameters
    roles = dict(given["Roles"])
    for name, arn in roles.items():
        if name not in ("authenticated", "unauthenticated"):
            raise invalid(
                f"{name} is not a role of an identity pool. The roles are authenticated and unauthenticated."
            )
        _check_role(arn)
    mappings = dict(given.get("RoleMappings") or {})
    for provider, mapping in mappings.items():
        _check_mapping(provider, mapping)
    pool.roles, pool.mappings = roles, mappings
    return {}


def _check_role(arn: str) -> None:
    if not arn.startswith("arn:aws:iam::") or ":role/" not in arn:
        raise invalid(f"{arn} is not a valid role ARN.")


def _check_mapping(provider: str, mapping: Mapping[str, Any]) -> None:
    resolution, rules = mapping.get("AmbiguousRoleResolution"), mapping.get("RulesConfiguration")
    if resolution is None:
        raise invalid(f"AmbiguousRoleResolution is required in the role mapping of {provider}.")
    if (mapping["Type"] == "Rules") != (rules is not None):
        raise invalid(
            "RulesConfiguration is required for the mapping type Rules, and can't be used with other types."
        )
    each_rule = (rules or {}).get("Rules") or ()
    if len(each_rule) > RULES:
        raise invalid(f"A provider can have at most {RULES} rules.")
    for rule in each_rule:
        _check_role(rule["RoleARN"])


@operation(SERVICE, "GetIdentityPoolRoles")
def get_identity_pool_roles(call: Call) -> dict[str, Any]:
    """Return the pool's default roles and role mappings.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetIdentityPoolRoles.html
    """
    pool = pool_of(call)
    return {
        "IdentityPoolId": pool.id,
        "Roles": pool.roles,
        **({"RoleMappings": pool.mappings} if pool.mappings else {}),
    }


# --- attributes for access control ----------------------------------------------------------------------------

DEFAULTS = {"username": "sub", "client": "aud"}
"""The default session tags for users of a user pool (UseDefaults), as a mapping from tag to claim.

https://docs.aws.amazon.com/cognito/latest/developerguide/provider-mappings.html
"""


@operation(SERVICE, "SetPrincipalTagAttributeMap")
def set_principal_tag_attribute_map(call: Call) -> dict[str, Any]:
    """Set a provider's attribute map.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetPrincipalTagAttributeMap.html
    """
    pool, given = pool_of(call), call.parameters
    defaults, tags = bool(given.get("UseDefaults")), dict(given.get("PrincipalTags") or {})
    if defaults and tags and tags != DEFAULTS:
        raise invalid("PrincipalTags can't be given together with UseDefaults.")
    kept = {"UseDefaults": defaults, "PrincipalTags": dict(DEFAULTS) if defaults else tags}
    pool.tag_maps[given["IdentityProviderName"]] = kept
    return {"IdentityPoolId": pool.id, "IdentityProviderName": given["IdentityProviderName"], **kept}


@operation(SERVICE, "GetPrincipalTagAttributeMap")
def get_principal_tag_attribute_map(call: Call) -> dict[str, Any]:
    """Return a provider's attribute map.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetPrincipalTagAttributeMap.html
    """
    pool, name = pool_of(call), call.parameters["IdentityProviderName"]
    kept = pool.tag_maps.get(name)
    if kept is None:
        raise not_found(f"No attribute map for the provider {name}.")
    return {"IdentityPoolId": pool.id, "IdentityProviderName": name, **kept}


# --- resource tags --------------------------------------------------------------------------------------------


def _check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS or reserved_key(tags) is not None:
        raise invalid(f"A resource can have at most {TAGS} tags, and tag keys can't begin with aws:.")


def _tagged_pool(call: Call) -> IdentityPool:
    arn = call.parameters["ResourceArn"]
    pool = next((each for each in all_pools(call).of(call.account, call.region) if each.arn == arn), None)
    if pool is None:
        raise not_found(f"Resource not found: {arn}")
    return pool


@operation(SERVICE, "TagResource")
def tag_resource(call: Call) -> dict[str, Any]:
    """Add tags to an identity pool, or replace the values of existing tags.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_TagResource.html
    """
    pool = _tagged_pool(call)
    tags = {**pool.tags, **call.parameters["Tags"]}
    _check_tags(tags)
    pool.tags = tags
    return {}


@operation(SERVICE, "UntagResource")
def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags from an identity pool.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UntagResource.html
    """
    pool = _tagged_pool(call)
    pool.tags = {name: value for name, value in pool.tags.items() if name not in call.parameters["TagKeys"]}
    return {}


@operation(SERVICE, "ListTagsForResource")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """List the tags of an identity pool.

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListTagsForResource.html
    """
    return {"Tags": _tagged_pool(call).tags}
