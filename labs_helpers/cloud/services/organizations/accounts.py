"""Operations that create, describe, move, close, and remove accounts.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.account.state import Accounts
from labs_helpers.cloud.services.iam.centralized_root import CREDENTIALS
from labs_helpers.cloud.services.iam.root_user import RootUsers
from labs_helpers.cloud.services.organizations import roles, service_events
from labs_helpers.cloud.services.organizations.errors import constraint, invalid, not_found
from labs_helpers.cloud.services.organizations.operation_checks import with_organization
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.quotas import days, quotas
from labs_helpers.cloud.services.organizations.state import (
    CLOSING,
    CreateRequest,
    Member,
    Organization,
    Organizations,
)
from labs_helpers.cloud.services.organizations.tags import request_tags

_LOCAL = re.compile(r"[!-~]+", re.ASCII)
_NOT_IN_LOCAL = frozenset("\"'()<>[]:;,\\|%&")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z0-9.-]*[A-Za-z0-9]")


# --- creating -------------------------------------------------------------------------------------------------


@operation("organizations", "CreateAccount")
@with_organization
def create_account(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Start creating an account and return IN_PROGRESS without the account's ID.

    DescribeCreateAccountStatus returns the result; in this cloud, the account exists by that time. The only reported
    failure is an email address that is in use or invalid. For all other errors, CreateAccount itself fails. With
    centralized root access, the account's root user has no password.
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
    """
    parameters, organizations = call.parameters, call.state.part(Organizations)
    tags = request_tags(call)
    role_name = parameters.get("RoleName") or roles.ACCESS_ROLE
    if role_name.startswith("AWSServiceRoleFor"):
        raise invalid("INVALID_ROLE_NAME")
    if accounts_left(call, organization) < 1:
        raise constraint("ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    name, email = parameters["AccountName"], parameters["Email"]
    failure = _failure(organizations, email)
    request = CreateRequest(f"car-{call.state.ids.lowercase(32)}", name, call.time, None, failure)
    organization.requests[request.id] = request
    if failure is None:
        request.account = account = _new_id(call, organizations)
        organizations.set_profile(account, name, email)
        member = Member(account, name, email, "CREATED", call.time, organization.root, standalone=False)
        organizations.join(organization, member)
        organization.tags[account] = tags
        if CREDENTIALS in organization.root_features:
            call.state.part(RootUsers).without_password.add(account)
        call.state.part(Accounts).copy_contact(account, organization.management)
        roles.create_roles(call, account, organization.management, role_name)
        service_events.record_joined(call, organization, member)
    service_events.record_created(call, organization, request)
    shown = {"Id": request.id, "AccountName": name, "State": "IN_PROGRESS", "RequestedTimestamp": call.time}
    return {"CreateAccountStatus": shown}


def accounts_left(call: Call, organization: Organization) -> int:
    """Return the number of accounts that can be added to the organization.

    Open invitations are subtracted, and so are closed accounts until they are permanently removed.
    """
    organizations = call.state.part(Organizations)
    invited = sum(
        each.action == "INVITE" and each.pending(call.time) for each in organizations.sent_by(organization)
    )
    most: int = quotas()["accounts"]
    return most - len(organization.members) - invited


def _failure(organizations: Organizations, email: str) -> str | None:
    """Return the failure reason that CreateAccount's page gives for an email address, or None."""
    local, _, domain = email.partition("@")
    if (
        not _LOCAL.fullmatch(local)
        or set(local) & _NOT_IN_LOCAL
        or local.startswith(".")
        or not _DOMAIN.fullmatch(domain)
    ):
        return "INVALID_EMAIL"
    return "EMAIL_ALREADY_EXISTS" if organizations.account_with(email) else None


def _new_id(call: Call, organizations: Organizations) -> str:
    while True:
        account = call.state.ids.digits(12)
        if organizations.of(account) is None and not organizations.is_closed(account):
            return account


@operation("organizations", "DescribeCreateAccountStatus")
@with_organization
def describe_create_account_status(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Return the result of a request to create an account."""
    request = organization.requests.get(call.parameters["CreateAccountRequestId"])
    if request is None:
        raise not_found("CreateAccountStatus")
    return {"CreateAccountStatus": _request_output(request)}


@operation("organizations", "ListCreateAccountStatus")
@with_organization
def list_create_account_status(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List requests to create accounts, optionally only those with the given states."""
    states = call.parameters.get("States")
    requests = [each for each in organization.requests.values() if not states or each.state in states]
    return PAGES.page(call, "CreateAccountStatuses", [_request_output(each) for each in requests])


def _request_output(request: CreateRequest) -> dict[str, Any]:
    shown = {
        "Id": request.id, "AccountName": request.name, "State": request.state,
        "RequestedTimestamp": request.requested, "CompletedTimestamp": request.requested,
        "AccountId": request.account, "FailureReason": request.failure,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


# --- reading and moving ---------------------------------------------------------------------------------------


@operation("organizations", "DescribeAccount")
@with_organization
def describe_account(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Return an account in the organization."""
    return {"Account": account_output(call, organization, _account(call, organization))}


@operation("organizations", "ListAccounts")
@with_organization
def list_accounts(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List all accounts in the organization, management account first."""
    answer = PAGES.page(call, "Accounts", list(organization.members.values()))
    return answer | {"Accounts": [account_output(call, organization, each) for each in answer["Accounts"]]}


@operation("organizations", "ListAccountsForParent")
@with_organization
def list_accounts_for_parent(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List the accounts directly in a root or OU, excluding those in its child OUs."""
    unit = organization.units.get(call.parameters["ParentId"])
    if unit is None:
        raise not_found("Parent")
    answer = PAGES.page(call, "Accounts", list(unit.accounts))
    shown = [account_output(call, organization, organization.members[each]) for each in answer["Accounts"]]
    return answer | {"Accounts": shown}


@operation("organizations", "MoveAccount")
@with_organization
def move_account(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Move an account from its current parent to another parent.

    The policies that apply to the account change immediately.
    """
    parameters = call.parameters
    member = _account(call, organization)
    source, destination = parameters["SourceParentId"], parameters["DestinationParentId"]
    if source not in organization.units:
        raise not_found("SourceParent")
    if destination not in organization.units:
        raise not_found("DestinationParent")
    if member.parent == destination:
        raise ServiceError(
            "DuplicateAccountException", "That account is already present in the specified destination."
        )
    if member.parent != source:
        raise not_found("SourceParent")
    organization.move(member.id, destination)
    return {}


def account_output(call: Call, organization: Organization, member: Member) -> dict[str, Any]:
    """Return an Account with both Status, which AWS is retiring, and State, which replaces it."""
    return {
        "Id": member.id, "Arn": organization.arn(member.id), "Email": member.email, "Name": member.name,
        "Status": member.status(call.time), "State": member.state(call.time),
        "Paths": [organization.path(member.id)],
        "JoinedMethod": member.joined_method, "JoinedTimestamp": member.joined,
    }  # fmt: skip


def _account(call: Call, organization: Organization) -> Member:
    member = organization.members.get(call.parameters["AccountId"])
    if member is None:
        raise not_found("Account")
    return member


# --- closing and leaving --------------------------------------------------------------------------------------


@operation("organizations", "CloseAccount")
@with_organization
def close_account(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Close a member account. Its credentials stop working immediately, and it leaves the organization after 90 days.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_close.html
    """
    member, now = _account(call, organization), call.time
    if member.id == organization.management:
        raise constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT")
    status = member.status(now)
    if status == "SUSPENDED":
        raise ServiceError("AccountAlreadyClosedException", "The provided account is already closed.")
    if status == "PENDING_CLOSURE":
        raise ServiceError(
            "ConflictException",
            "The request failed because it conflicts with the current state of the specified resource.",
        )
    _check_closures(call, organization)
    organization.closures.append(now)
    member.close_requested = now
    call.state.part(Organizations).closed[member.id] = now
    service_events.record_closed(call, organization, member.id, now + CLOSING)
    return {}


def _check_closures(call: Call, organization: Organization) -> None:
    now = call.time
    closing = sum(each.status(now) == "PENDING_CLOSURE" for each in organization.members.values())
    if closing >= quotas()["closures_at_once"]:
        raise constraint("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED")
    quota = quotas()["closures_in_30_days"]
    share = int(quota["share"] * (len(organization.members) - 1))
    most = min(max(quota["at_least"], share), quota["at_most"])
    organization.closures[:] = [each for each in organization.closures if now < each + timedelta(days=30)]
    if len(organization.closures) >= most:
        raise constraint("CLOSE_ACCOUNT_QUOTA_EXCEEDED")


@operation("organizations", "RemoveAccountFromOrganization")
@with_organization
def remove_account(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Remove a member account, as the management account.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_remove.html
    """
    member = _account(call, organization)
    check_may_leave(call, organization, member)
    _remove(call, organization, member, "REMOVED")
    return {}


@operation("organizations", "LeaveOrganization")
@with_organization
def leave_organization(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Remove the caller's account from the organization."""
    member = organization.members[call.caller_account]
    check_may_leave(call, organization, member)
    _remove(call, organization, member, "LEFT")
    return {}


def check_may_leave(call: Call, organization: Organization, member: Member) -> None:
    """Raise `ServiceError` if the account can't leave its organization now.

    The management account, closed accounts, and delegated administrators can't leave. Neither can accounts that
    CreateAccount created if they are too new or lack the information that a standalone account requires (which can be
    added only in the console).
    """
    if member.id == organization.management:
        raise ServiceError(
            "MasterCannotLeaveOrganizationException",
            "You can't remove a management account from an organization. If you want it to become a member account in "
            "another organization, you must first delete the current organization.",
        )
    if member.close_requested is not None:
        # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_delete.html
        raise constraint("ACCOUNT_CANNOT_LEAVE_ORGANIZATION")
    if organization.administers(member.id):
        raise constraint("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")
    if member.joined_method == "CREATED":
        if call.time < member.joined + days("before_a_created_account_may_leave"):
            raise constraint("WAIT_PERIOD_ACTIVE")
        if not member.standalone:
            raise constraint("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED")


def _remove(call: Call, organization: Organization, member: Member, method: str) -> None:
    call.state.part(Organizations).leave(member.id)
    service_events.record_departed(call, organization, member.id, method)
