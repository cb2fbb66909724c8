"""The permissions that the operations of Organizations require.

Actions, resource types, ARN patterns, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
ARNs contain the management account and the organization's ID:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_permissions_iam-policies.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.organizations import allowed_callers
from labs_helpers.cloud.services.organizations.state import Organization, Organizations
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import has, sent, tags_in

_KINDS = (
    (re.compile(r"\d{12}"), "account"), (re.compile(r"ou-.+"), "organizationalunit"), (re.compile(r"r-.+"), "root"),
    (re.compile(r"p-.+"), "policy"), (re.compile(r"rp-.+"), "resourcepolicy"),
)  # fmt: skip
"""The resource type of an ID, by how the ID begins.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html
"""

# --- which resource -------------------------------------------------------------------------------------------


def _organization(call: Call) -> Organization | None:
    return call.state.part(Organizations).of(call.caller_account)


def _kind(identifier: str | None) -> str | None:
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(identifier or "")), None)


def _arn(call: Call, identifier: str | None) -> str:
    """Return the ARN for an ID in the caller's organization, or "*" if the caller isn't in an organization."""
    organization = _organization(call)
    if organization is None or not identifier:
        return "*"
    values = {
        "Account": organization.management,
        "OrganizationId": organization.id.removeprefix("o-"),
    }
    match _kind(identifier):
        case "account":
            return TABLE.fill("account", call, **values, AccountId=identifier)
        case "organizationalunit":
            return TABLE.fill(
                "organizationalunit", call, **values, OrganizationalUnitId=identifier.removeprefix("ou-")
            )
        case "root":
            return TABLE.fill("root", call, **values, RootId=identifier.removeprefix("r-"))
        case "resourcepolicy":
            return TABLE.fill(
                "resourcepolicy", call, **values, ResourcePolicyId=identifier.removeprefix("rp-")
            )
        case "policy":
            return organization.arn(identifier) if identifier in organization.policies else "*"
    return "*"


def _named(parameter: str) -> Callable[[Call], list[str]]:
    return lambda call: [_arn(call, call.parameters.get(parameter))]


def _is_kind(kind: str, parameter: str) -> Callable[[Call], bool]:
    return lambda call: _kind(call.parameters.get(parameter)) == kind


def _new(resource_type: str, **values: str | Callable[[Call], str]) -> Callable[[Call], list[str]]:
    """Return a function that returns the ARN of a resource to create, with `*` for its unknown parts."""

    def arns(call: Call) -> list[str]:
        """Return the ARN for a call, or "*" outside of an organization."""
        organization = _organization(call)
        if organization is None:
            return ["*"]
        known = {name: value(call) if callable(value) else value for name, value in values.items()}
        owner = {
            "Account": organization.management,
            "OrganizationId": organization.id.removeprefix("o-"),
        }
        return [TABLE.fill(resource_type, call, **owner, **known)]

    return arns


def _target_account(parameter: str) -> Callable[[Call], list[str]]:
    """Return a function that returns the ARN of a parameter's account (by default, of the caller's account)."""
    return lambda call: [_arn(call, call.parameters.get(parameter) or call.caller_account)]


def _handshake(call: Call) -> list[str]:
    """Return the handshake's ARN, which contains the sender's organization, or "*" if there is no such handshake."""
    handshake = call.state.part(Organizations).handshakes.get(call.parameters.get("HandshakeId") or "")
    if handshake is None:
        return ["*"]
    return [
        TABLE.fill(
            "handshake", call, Account=handshake.management, OrganizationId=handshake.organization.removeprefix("o-"),
            HandshakeType=handshake.action.lower(), HandshakeId=handshake.id.removeprefix("h-"),
        )
    ]  # fmt: skip


# --- which condition keys -------------------------------------------------------------------------------------


def _policy_type(*parameters: str) -> Keys:
    """Return a function that returns organizations:PolicyType, from a policy type or ID in the parameters."""

    def keys(call: Call) -> dict[str, Any]:
        """Return the condition keys of a call, or none if the type isn't known."""
        for parameter in parameters:
            value = call.parameters.get(parameter)
            if not value:
                continue
            if not value.startswith("p-"):
                return {} if _kind(value) else {"organizations:PolicyType": value}
            organization = _organization(call)
            policy = organization.policies.get(value) if organization is not None else None
            return {"organizations:PolicyType": policy.type} if policy else {}
        return {}

    return keys


_SERVICE = sent("organizations", ServicePrincipal="ServicePrincipal")
_TAGS = tags_in("Tags", "TagKeys")


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    organization = _organization(call)
    return {} if organization is None else organization.tags.get(ask.resource.rpartition("/")[2], {})


# --- members ---------------------------------------------------------------------------------------------------


def _owner(call: Call) -> str | None:
    """Return the management account if only the delegation policy can allow a member's call, or else None.

    AWS then requires two permissions: from the delegation policy, and from the member's own policies.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
    """
    organization = allowed_callers.delegating_organization(call)
    if organization is None or organization.resource_policy is None:
        return None
    return organization.management


def _delegation_policy(call: Call, _: Ask) -> tuple[str, str] | None:
    organization = allowed_callers.delegating_organization(call)
    held = organization.resource_policy if organization is not None else None
    return None if organization is None or held is None else (organization.arn(held.id), held.content)


# --- the table ------------------------------------------------------------------------------------------------


TABLE = Table(
    "organizations",
    "organizations",
    resources={},
    tags=_tags,
    policy=_delegation_policy,
    facts=Facts(holds_policies=True),
)


def ask(operations: str, **row: Any) -> None:
    """Add a row to the table. If a member needs the permission, it is evaluated in the management account."""
    TABLE.ask(operations, account=_owner, **row)


def _on(kind: str, operations: str, parameter: str, *keys: Keys) -> None:
    ask(operations, on=kind, arns=_named(parameter), keys=keys)


def _on_any(kinds: str, operations: str, parameter: str, *keys: Keys) -> None:
    """Add a row for each resource type that the parameter's ID can have, and one for IDs of other types."""
    for kind in kinds.split():
        ask(operations, on=kind, arns=_named(parameter), keys=keys, when=_is_kind(kind, parameter))
    ask(operations, keys=keys, when=lambda call: _kind(call.parameters.get(parameter)) not in kinds.split())


def _tags_on(operation: str, resource_type: str, arns: Callable[[Call], list[str]], *keys: Keys) -> None:
    """Add a row for organizations:TagResource, which an operation requires if the request contains tags."""
    ask(operation, action="TagResource", on=resource_type, arns=arns, keys=(_TAGS, *keys), when=has("Tags"))


# The organization
ask(
    "CreateOrganization DeleteOrganization DescribeOrganization EnableAllFeatures LeaveOrganization ListRoots "
    "ListAccounts DescribeCreateAccountStatus ListCreateAccountStatus ListHandshakesForAccount "
    "ListHandshakesForOrganization ListAWSServiceAccessForOrganization DeleteResourcePolicy DescribeResourcePolicy"
)
ask("EnableAWSServiceAccess DisableAWSServiceAccess ListDelegatedAdministrators", keys=(_SERVICE,))
_NEW_RESOURCE_POLICY = _new("resourcepolicy", ResourcePolicyId="*")
ask("PutResourcePolicy", on="resourcepolicy", arns=_NEW_RESOURCE_POLICY, keys=(_TAGS,))
_tags_on("PutResourcePolicy", "resourcepolicy", _NEW_RESOURCE_POLICY)

# Accounts
_on(
    "account",
    "CloseAccount DescribeAccount ListDelegatedServicesForAccount RemoveAccountFromOrganization",
    "AccountId",
)
_on("account", "RegisterDelegatedAdministrator DeregisterDelegatedAdministrator", "AccountId", _SERVICE)
_NEW_ACCOUNT = _new("account", AccountId="*")
ask("CreateAccount", keys=(_TAGS,))
_tags_on("CreateAccount", "account", _NEW_ACCOUNT)
_on("account", "MoveAccount", "AccountId")
for _parent in ("SourceParentId", "DestinationParentId"):
    _on_any("organizationalunit root", "MoveAccount", _parent)


def _invited(call: Call) -> list[str]:
    """Return the ARN of the invited account, which can't be determined from an email address."""
    target = call.parameters.get("Target") or {}
    return [_arn(call, target.get("Id") if target.get("Type") == "ACCOUNT" else None)]


ask("InviteAccountToOrganization", on="account", arns=_invited, keys=(_TAGS,))
_tags_on("InviteAccountToOrganization", "account", _invited)
ask("AcceptHandshake CancelHandshake DeclineHandshake DescribeHandshake", on="handshake", arns=_handshake)

# Organizational units
_on(
    "organizationalunit",
    "DeleteOrganizationalUnit DescribeOrganizationalUnit UpdateOrganizationalUnit",
    "OrganizationalUnitId",
)
_on_any("organizationalunit root", "CreateOrganizationalUnit", "ParentId", _TAGS)
_tags_on(
    "CreateOrganizationalUnit", "organizationalunit", _new("organizationalunit", OrganizationalUnitId="*")
)
_on_any(
    "organizationalunit root",
    "ListAccountsForParent ListChildren ListOrganizationalUnitsForParent",
    "ParentId",
)
_on_any("account organizationalunit", "ListParents", "ChildId")

# Policies: attaching requires permission for the policy and for its target
_NEW_POLICY = _new(
    "policy", PolicyType=lambda call: (call.parameters.get("Type") or "*").lower(), PolicyId="*"
)
ask("CreatePolicy", on="policy", arns=_NEW_POLICY, keys=(_policy_type("Type"), _TAGS))
_tags_on("CreatePolicy", "policy", _NEW_POLICY, _policy_type("Type"))
_on(
    "policy", "DeletePolicy DescribePolicy ListTargetsForPolicy UpdatePolicy AttachPolicy DetachPolicy", "PolicyId",
    _policy_type("PolicyId"),
)  # fmt: skip
_on_any("account organizationalunit root", "AttachPolicy DetachPolicy", "TargetId", _policy_type("PolicyId"))
_on_any("account organizationalunit root", "ListPoliciesForTarget", "TargetId", _policy_type("Filter"))
ask("ListPolicies", keys=(_policy_type("Filter"),))
_on("root", "EnablePolicyType DisablePolicyType", "RootId", _policy_type("PolicyType"))
ask(
    "DescribeEffectivePolicy",
    on="account",
    arns=_target_account("TargetId"),
    keys=(_policy_type("PolicyType"),),
)
_on("account", "ListEffectivePolicyValidationErrors", "AccountId", _policy_type("PolicyType"))
ask("ListAccountsWithInvalidEffectivePolicy", keys=(_policy_type("PolicyType"),))

# Tags
_on_any(
    "account organizationalunit policy resourcepolicy root",
    "ListTagsForResource TagResource UntagResource", "ResourceId", _policy_type("ResourceId"), _TAGS,
)  # fmt: skip
