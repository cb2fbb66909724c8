"""The permissions that the operations on Cognito identity pools require.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitoidentity.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_identity.state import IdentityPools
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.table_rows import given, passes_role, tags_in


def _owner(call: Call) -> str | None:
    """Return the account of the pool, for public operations."""
    if call.operation not in TABLE.public_operations:
        return None
    pools = call.state.part(IdentityPools)
    found = pools.of_identity(call.region, call.parameters.get("IdentityId"))
    pool = found[0] if found is not None else pools.find(call.region, call.parameters.get("IdentityPoolId"))
    return pool.account if pool is not None else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    pool = call.state.part(IdentityPools).find(call.region, ask.resource.rpartition("/")[2])
    return pool.tags if pool is not None and pool.arn == ask.resource else {}


def _pools_of_identities(call: Call) -> dict[str, Any]:
    """Return cognito-identity:IdentityPoolArn for operations that name identities but no pool."""
    named = call.parameters.get("IdentityIdsToDelete") or [call.parameters.get("IdentityId")]
    found = [call.state.part(IdentityPools).of_identity(call.region, identity) for identity in named]
    arns = {each[0].arn for each in found if each is not None and each[0].account == call.account}
    # The condition key contains a single ARN, so it's absent if the identities are in several pools.
    return {"cognito-identity:IdentityPoolArn": arns.pop()} if len(arns) == 1 else {}


def _roles(call: Call) -> list[str | None]:
    """Return the roles that identities in the pool would get: the default roles, and the role in each rule."""
    roles: list[str | None] = list((call.parameters.get("Roles") or {}).values())
    for mapping in (call.parameters.get("RoleMappings") or {}).values():
        roles += [
            rule.get("RoleARN") for rule in (mapping.get("RulesConfiguration") or {}).get("Rules") or ()
        ]
    return roles


TABLE = Table(
    "cognito-identity",
    "cognito-identity",
    resources={"identitypool": {"IdentityPoolId": "IdentityPoolId"}},
    owner=_owner,
    tags=_tags,
)
ask = TABLE.ask

# According to the API reference, these operations are public: they don't require credentials.
TABLE.public(
    "GetId GetCredentialsForIdentity GetOpenIdToken UnlinkIdentity",
    source="https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html",
)

ask("CreateIdentityPool", keys=(tags_in("IdentityPoolTags"),))
ask("ListIdentityPools SetPrincipalTagAttributeMap")
ask(
    "DeleteIdentityPool DescribeIdentityPool UpdateIdentityPool GetIdentityPoolRoles "
    "GetOpenIdTokenForDeveloperIdentity GetPrincipalTagAttributeMap ListIdentities LookupDeveloperIdentity "
    "MergeDeveloperIdentities UnlinkDeveloperIdentity",
    on="identitypool",
)
ask("DeleteIdentities DescribeIdentity", keys=(_pools_of_identities,))
ask("ListTagsForResource", on="identitypool", arns=given("ResourceArn"))
ask(
    "TagResource UntagResource",
    on="identitypool",
    arns=given("ResourceArn"),
    keys=(tags_in("Tags", "TagKeys"),),
)
# https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html#granting-pass-role-permission
ask("SetIdentityPoolRoles")
passes_role(TABLE, "SetIdentityPoolRoles", "cognito-identity.amazonaws.com", _roles)
