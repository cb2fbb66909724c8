"""What Account Management's operations ask for.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html
An account that is named belongs to the organisation that the caller's account manages:
https://docs.aws.amazon.com/accounts/latest/reference/using-orgs.html
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.core.call import Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.services.organizations.state import Organizations
from labs_helpers.services.table import Table


def _own(call: Call) -> list[str]:
    return [f"arn:aws:account::{call.account}:account"]


def _member(call: Call) -> list[str]:
    """Raises `ServiceError` where the caller's account does not manage the one that is named."""
    account = call.parameters["AccountId"]
    organization = call.state.part(Organizations).of(account)
    if organization is None or organization.management != call.caller_account:
        raise ServiceError(
            "AccessDeniedException",
            f"User: {call.principal.arn} is not authorized to perform: account:{call.operation}",
            403,
        )
    return [f"arn:aws:account::{call.caller_account}:account/{organization.id}/{account}"]


def _contact(call: Call) -> Mapping[str, list[str]]:
    kind = call.parameters.get("AlternateContactType")
    return {"account:AlternateContactTypes": [kind]} if kind else {}


def _names_account(call: Call) -> bool:
    return call.parameters.get("AccountId") is not None


TABLE = Table("account", "account", resources={})
_OPERATIONS = "GetAlternateContact PutAlternateContact DeleteAlternateContact"
TABLE.ask(_OPERATIONS, on="account", arns=_own, keys=(_contact,), when=lambda call: not _names_account(call))
TABLE.ask(_OPERATIONS, on="accountInOrganization", arns=_member, keys=(_contact,), when=_names_account)
