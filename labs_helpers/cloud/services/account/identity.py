"""An account's name, state, and creation date, and the email address of its root user.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-root-user.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.mailbox import Mailboxes
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.account.access import target
from labs_helpers.cloud.services.account.contacts import check_passcode, new_passcode
from labs_helpers.cloud.services.account.errors import conflict, not_found, wrong_field
from labs_helpers.cloud.services.account.state import Accounts, EmailUpdate
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.organizations.state import Member, Organizations

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def _member(call: Call) -> Member | None:
    account = target(call)
    organization = call.state.part(Organizations).of(account)
    return organization.members[account] if organization is not None else None


# --- the account ----------------------------------------------------------------------------------------------


@operation("account", "GetAccountInformation")
def get_account_information(call: Call) -> Mapping[str, Any]:
    """Return the account's name, state, and creation date.

    Account Management has no separate state for an account that is being closed, so the state of such an account is
    CLOSED.
    """
    account, member = target(call), _member(call)
    name, _ = call.state.part(Organizations).profile(account)
    closed = call.state.part(Organizations).is_closed(account)
    return {
        "AccountId": account, "AccountName": name, "AccountState": "CLOSED" if closed else "ACTIVE",
        "AccountCreatedDate": _created(call, account, member),
    }  # fmt: skip


def _created(call: Call, account: str, member: Member | None) -> datetime:
    if member is not None and member.joined_method == "CREATED":
        return member.joined
    return moto_iam.account_created(account) or call.time


@operation("account", "PutAccountName")
def put_account_name(call: Call) -> Mapping[str, Any]:
    """Rename the account. The name also changes in Organizations."""
    account, name = target(call), call.parameters["AccountName"]
    _, email = call.state.part(Organizations).profile(account)
    _rename(call, account, name, email)
    return {}


def _rename(call: Call, account: str, name: str, email: str) -> None:
    organizations, member = call.state.part(Organizations), _member(call)
    organizations.set_profile(account, name, email)
    if member is not None:
        member.name, member.email = name, email


# --- the root user's address ----------------------------------------------------------------------------------


@operation("account", "GetPrimaryEmail")
def get_primary_email(call: Call) -> Mapping[str, Any]:
    """Return the root user's email address."""
    return {"PrimaryEmail": call.state.part(Organizations).profile(target(call))[1]}


@operation("account", "StartPrimaryEmailUpdate")
def start_primary_email_update(call: Call) -> Mapping[str, Any]:
    """Send a passcode to the new address. Raises ConflictException if another account uses the address."""
    address, account = call.parameters["PrimaryEmail"], target(call)
    if not _ADDRESS.fullmatch(address):
        raise wrong_field("primaryEmail", "The email address is not valid.")
    if call.state.part(Organizations).account_with(address) is not None:
        raise conflict("The email address is already in use.")
    update = EmailUpdate(address, new_passcode(), call.time)
    call.state.part(Accounts).of(account).email_update = update
    text = f"The verification code to change the email address of account {account} is {update.passcode.code}"
    call.state.part(Mailboxes).send(
        address, text, medium="EMAIL", sent=call.time, subject="Verify your new AWS account email address"
    )
    return {"Status": update.status}


@operation("account", "AcceptPrimaryEmailUpdate")
def accept_primary_email_update(call: Call) -> Mapping[str, Any]:
    """Change the root user's email address if the passcode is correct.

    Returns ACCEPTED; GetPrimaryEmailUpdateStatus returns COMPLETED immediately afterward.
    """
    account = target(call)
    update = call.state.part(Accounts).of(account).email_update
    if update is None or update.status != "PENDING":
        raise not_found("There is no pending update of the primary email address.")
    if update.address.lower() != call.parameters["PrimaryEmail"].lower():
        raise wrong_field("primaryEmail", "The email address does not match the pending update.")
    check_passcode(call, update.passcode)
    if call.state.part(Organizations).account_with(update.address) is not None:
        raise conflict("The email address is already in use.")
    name, _ = call.state.part(Organizations).profile(account)
    _rename(call, account, name, update.address)
    update.completed, update.changed = True, call.time
    return {"Status": "ACCEPTED"}


@operation("account", "GetPrimaryEmailUpdateStatus")
def get_primary_email_update_status(call: Call) -> Mapping[str, Any]:
    """Return the status of the last update: PENDING, COMPLETED, or FAILED after too many wrong passcodes."""
    update = call.state.part(Accounts).of(target(call)).email_update
    if update is None:
        raise not_found("There is no update of the primary email address.")
    return {"Status": update.status, "UpdatedAt": update.changed}
