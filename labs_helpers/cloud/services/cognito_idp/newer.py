"""Newer parts of the API: client metadata policies, provisioned limits.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES, all_pools, client_of, given, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, error, invalid, not_found, not_in_tier
from labs_helpers.cloud.services.cognito_idp.state import UserPool

# --- client ID metadata documents -----------------------------------------------------------------------------

_POLICIES = 10
_DAY = 86_400


def _refuse_lite(pool: UserPool) -> None:
    if pool.tier == "LITE":
        raise not_in_tier("Client ID metadata documents", pool.tier)


def _policy(call: Call, pool: UserPool) -> dict[str, Any]:
    found = pool.metadata_policies.get(call.parameters["CIMDPolicyId"])
    if found is None:
        raise not_found(f"CIMD policy {call.parameters['CIMDPolicyId']} does not exist.")
    return found


def _shown(pool: UserPool, policy: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in policy.items() if name != "ClientId" or value in pool.clients}


@operation("cognito-idp", "CreateCIMDPolicy")
def create_cimd_policy(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateCIMDPolicy.html"""
    pool = pool_of(call)
    _refuse_lite(pool)
    client_of(call, pool)
    if len(pool.metadata_policies) >= _POLICIES:
        raise above_limit(f"A user pool can have at most {_POLICIES} CIMD policies.")
    identifier = call.state.ids.token(26).lower()
    policy = {
        "UserPoolId": pool.id, "CIMDPolicyId": identifier, "CacheDuration": _DAY,
        **given(call, "ClientId", "PolicyName", "CacheDuration", "URLPatterns"), "CreationDate": call.time,
        "LastModifiedDate": call.time,
    }  # fmt: skip
    pool.metadata_policies[identifier] = policy
    return {"CIMDPolicy": _shown(pool, policy)}


@operation("cognito-idp", "DescribeCIMDPolicy")
def describe_cimd_policy(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeCIMDPolicy.html"""
    pool = pool_of(call)
    return {"CIMDPolicy": _shown(pool, _policy(call, pool))}


@operation("cognito-idp", "UpdateCIMDPolicy")
def update_cimd_policy(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateCIMDPolicy.html"""
    pool = pool_of(call)
    _refuse_lite(pool)
    policy = _policy(call, pool)
    client_of(call, pool)
    policy |= given(call, "ClientId", "PolicyName", "CacheDuration", "URLPatterns") | {
        "LastModifiedDate": call.time
    }
    return {"CIMDPolicy": _shown(pool, policy)}


@operation("cognito-idp", "DeleteCIMDPolicy")
def delete_cimd_policy(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteCIMDPolicy.html"""
    pool = pool_of(call)
    del pool.metadata_policies[_policy(call, pool)["CIMDPolicyId"]]
    return {}


@operation("cognito-idp", "ListCIMDPolicies")
def list_cimd_policies(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListCIMDPolicies.html"""
    pool = pool_of(call)
    hidden = ("UserPoolId", "URLPatterns")
    found = [
        {name: value for name, value in _shown(pool, policy).items() if name not in hidden}
        for policy in pool.metadata_policies.values()
    ]
    return PAGES.page(call, "CIMDPolicies", found)


@operation("cognito-idp", "ListClientMetadataURLs")
def list_client_metadata_urls(call: Call) -> dict[str, Any]:
    """No document is ever fetched here, so none is cached.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListClientMetadataURLs.html
    """
    _policy(call, pool_of(call))
    return {"ClientMetadataURLs": []}


@operation("cognito-idp", "UpdateClientMetadataURLState")
def update_client_metadata_url_state(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateClientMetadataURLState.html"""
    pool = pool_of(call)
    _refuse_lite(pool)
    _policy(call, pool)
    raise error("CachedCIMDURLDoesNotExist", f"There is no cached document for {call.parameters['URL']}.")


# --- limits ---------------------------------------------------------------------------------------------------

CATEGORIES = {
    "UserAuthentication": 120, "UserCreation": 50, "UserFederation": 25, "UserAccountRecovery": 30, "UserRead": 120,
    "UserUpdate": 25, "UserToken": 120, "UserResourceRead": 50, "UserResourceUpdate": 25, "UserList": 30,
    "UserPoolRead": 15, "UserPoolUpdate": 15, "UserPoolResourceRead": 20, "UserPoolResourceUpdate": 15,
    "UserPoolClientRead": 15, "UserPoolClientUpdate": 15, "ClientAuthentication": 150,
}  # fmt: skip
"""Requests a second, free of charge: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"""


def _category(call: Call) -> str:
    attributes = call.parameters["LimitDefinition"]["Attributes"]
    if set(attributes) != {"Category"}:
        raise invalid("Attributes must have the key Category.")
    if attributes["Category"] not in CATEGORIES:
        raise not_found(f"There is no API category {attributes['Category']}.")
    return str(attributes["Category"])


def _limit(call: Call, category: str) -> dict[str, Any]:
    provisioned = all_pools(call).limits.get((call.account, call.region, category), CATEGORIES[category])
    return {
        "Limit": {
            "LimitDefinition": call.parameters["LimitDefinition"], "ProvisionedLimitValue": provisioned,
            "FreeLimitValue": CATEGORIES[category],
        }
    }  # fmt: skip


@operation("cognito-idp", "GetProvisionedLimit")
def get_provisioned_limit(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetProvisionedLimit.html"""
    return _limit(call, _category(call))


@operation("cognito-idp", "UpdateProvisionedLimit")
def update_provisioned_limit(call: Call) -> dict[str, Any]:
    """An account that Service Quotas gave no more may provision the default, and nothing beyond.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateProvisionedLimit.html
    """
    category, wanted = _category(call), call.parameters["RequestedLimitValue"]
    if wanted < CATEGORIES[category]:
        raise invalid(f"The limit can't be lower than the default of {CATEGORIES[category]}.")
    if wanted > CATEGORIES[category]:
        raise error(
            "ServiceQuotaExceeded", f"The account's maximum for {category} is {CATEGORIES[category]}."
        )
    all_pools(call).limits[call.account, call.region, category] = wanted
    return _limit(call, category)
