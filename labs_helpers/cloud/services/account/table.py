"""The permissions that Account Management's operations require.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.account import access
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.shared.authorization_table import Table


def _own(call: Call) -> list[str]:
    return [f"arn:aws:account::{call.account}:account"]


def _member(call: Call) -> list[str]:
    """Return the ARN of the account that a call specifies, which is in the caller's organization."""
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None:
        return ["*"]
    account = access.named(call) or call.caller_account
    return [f"arn:aws:account::{organization.management}:account/{organization.id}/{account}"]


def _in_organization(call: Call) -> Mapping[str, Any]:
    """Return the condition keys for the account's path in its organization and its tags there."""
    organization = call.state.part(Organizations).of(call.caller_account)
    account = access.named(call)
    if organization is None or account is None or account not in organization.members:
        return {}
    tags = organization.tags.get(account, {})
    return {"account:AccountResourceOrgPaths": [organization.path(organization.parent(account) or "")]} | {
        f"account:AccountResourceOrgTags/{key}": value for key, value in tags.items()
    }


def _contact(call: Call) -> Mapping[str, list[str]]:
    kind = call.parameters.get("AlternateContactType")
    return {"account:AlternateContactTypes": [kind]} if kind else {}


def _region(call: Call) -> Mapping[str, Any]:
    return {"account:TargetRegion": call.parameters["RegionName"]}


def _domain(call: Call) -> Mapping[str, Any]:
    return {"account:EmailTargetDomain": call.parameters["PrimaryEmail"].rpartition("@")[2]}


def _names_account(call: Call) -> bool:
    return access.named(call) is not None


def _ask(operations: str, *keys: Any) -> None:
    """Add rows for operations on the caller's own account, and on a member account."""
    TABLE.ask(operations, on="account", arns=_own, keys=keys, when=lambda call: not _names_account(call))
    more = (*keys, _in_organization)
    TABLE.ask(operations, on="accountInOrganization", arns=_member, keys=more, when=_names_account)


TABLE = Table("account", "account", resources={}, before=access.check)
_ask("GetAlternateContact PutAlternateContact DeleteAlternateContact", _contact)
_ask(
    "GetContactInformation PutContactInformation SendPhoneNumberVerification VerifyPhoneNumber "
    "GetAccountInformation PutAccountName ListRegions"
)
_ask("EnableRegion DisableRegion GetRegionOptStatus", _region)
TABLE.ask(
    "StartPrimaryEmailUpdate AcceptPrimaryEmailUpdate",
    on="accountInOrganization",
    arns=_member,
    keys=(_domain, _in_organization),
)
TABLE.ask(
    "GetPrimaryEmail GetPrimaryEmailUpdateStatus",
    on="accountInOrganization",
    arns=_member,
    keys=(_in_organization,),
)
