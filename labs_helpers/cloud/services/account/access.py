"""Functions that find the account that a call reads or changes, and check that the caller is allowed to manage it.

The default is the caller's account. An account specified in AccountId must be a member of an organization that has all
features enabled and trusts the service, and the caller must be in the organization's management account or in the
service's delegated administrator account.
https://docs.aws.amazon.com/accounts/latest/reference/using-orgs.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.account.errors import denied
from labs_helpers.cloud.services.organizations.state import ALL, Organizations

SERVICE = "account.amazonaws.com"


def named(call: Call) -> str | None:
    """Return the account that a call specifies, or None if it doesn't specify one."""
    parameters = call.parameters
    return parameters.get("AccountId") or parameters.get("StandardAccountId")


def target(call: Call) -> str:
    """Return the account that a call reads or changes: the specified account, or the caller's account."""
    return named(call) or call.caller_account


def check(call: Call) -> None:
    """Raise AccessDeniedException for a specified account that the caller isn't allowed to manage."""
    account = named(call)
    if account is None:
        return
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None:
        raise denied(call, "Your account is not a member of an organization.")
    if organization.feature_set != ALL:
        raise denied(call, "Your organization must have all features enabled.")
    if SERVICE not in organization.services:
        raise denied(call, "Your organization must first enable trusted access with AWS Account Management.")
    if call.caller_account != organization.management and not organization.administers(
        call.caller_account, SERVICE
    ):
        raise denied(call, "Only the management account or a delegated administrator can specify an account.")
    if account == organization.management:
        raise denied(
            call,
            "The management account can only be managed using the standalone context from the management account.",
        )
    if account not in organization.members:
        raise denied(call, "The specified account is not a member of your organization.")
