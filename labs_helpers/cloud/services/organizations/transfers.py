"""Billing transfers: one organisation's management account pays for another organisation.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteOrganizationToTransferResponsibility.html
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/orgs_transfer_billing.html
The cloud has no bills: what is here is who agreed with whom, from when to when.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations import events
from labs_helpers.cloud.services.organizations.api import with_organization
from labs_helpers.cloud.services.organizations.errors import (
    constraint,
    handshake_constraint,
    invalid,
    no_permission,
    not_found,
    not_in_use,
)
from labs_helpers.cloud.services.organizations.handshakes import (
    TRANSFER,
    addressee,
    check_not_sent,
    send,
    shown,
)
from labs_helpers.cloud.services.organizations.paging import PAGES
from labs_helpers.cloud.services.organizations.quotas import days
from labs_helpers.cloud.services.organizations.state import Handshake, Organization, Organizations, Transfer
from labs_helpers.cloud.services.organizations.tags import given_tags

# --- asking and agreeing --------------------------------------------------------------------------------------


@operation("organizations", "InviteOrganizationToTransferResponsibility")
@with_organization
def invite_to_transfer(call: Call, organization: Organization) -> Mapping[str, Any]:
    """The sender offers to pay: what it will see as an inbound transfer, and the recipient as an outbound one."""
    given, organizations = call.parameters, call.state.part(Organizations)
    party = account, email = addressee(given["Target"])
    tags, start = given_tags(call), given["StartTimestamp"].astimezone(UTC)
    _check_start(start, call.time)
    account = account or organizations.account_with(email or "")
    if account == organization.management:
        raise handshake_constraint("SOURCE_AND_TARGET_CANNOT_MATCH")
    check_not_sent(call, organization, TRANSFER, *party)
    if any(_is_between(each, organization, account) for each in _agreed(call, organizations)):
        raise handshake_constraint("RESPONSIBILITY_TRANSFER_ALREADY_EXISTS")
    handshake = send(
        call, organization, TRANSFER, "REQUESTED", days("invitation"), *party, notes=given.get("Notes")
    )  # fmt: skip
    made = Transfer(
        f"rt-{call.state.ids.lowercase(8)}", given["SourceName"], handshake, start,
        (account, email or organizations.profile(account or "")[1]),
    )  # fmt: skip
    organizations.transfers[made.id] = made
    organization.tags[made.id] = tags
    management_email, management_name = (handshake.sender or ("", "", ""))[:2]
    handshake.details = (
        ("RESPONSIBILITY_TRANSFER", made.id), ("TRANSFER_TYPE", "BILLING"),
        ("TRANSFER_START_TIMESTAMP", f"{start:%Y-%m-%dT%H:%M:%S}.000Z"),
        ("MANAGEMENT_ACCOUNT", organization.management), ("MANAGEMENT_EMAIL", management_email),
        ("MANAGEMENT_NAME", management_name),
    )  # fmt: skip
    return {"Handshake": shown(call, handshake)}


def _check_start(start: datetime, now: datetime) -> None:
    if start.time() != time():
        raise invalid("START_DATE_NOT_BEGINNING_OF_DAY")
    if start.day != 1:
        raise invalid("START_DATE_NOT_BEGINNING_OF_MONTH")
    if start <= now:
        raise invalid("START_DATE_TOO_EARLY")


def check_acceptance(call: Call, organizations: Organizations, handshake: Handshake) -> None:
    """Only an organisation's management account can let another pay, and only one at a time."""
    organization = organizations.of(call.caller_account)
    if organization is None:
        raise not_in_use()
    if organization.management != call.caller_account:
        raise no_permission()
    for other in _agreed(call, organizations):
        if other.source[0] == call.caller_account:
            if other.handshake.management == handshake.management:
                raise handshake_constraint("RESPONSIBILITY_TRANSFER_ALREADY_EXISTS")
            raise constraint("RESPONSIBILITY_TRANSFER_MAX_OUTBOUND_QUOTA_VIOLATION")
    transfer = _of_handshake(organizations, handshake)
    transfer.source = organization.management, organizations.profile(organization.management)[1]


def record_acceptance(call: Call, organizations: Organizations, handshake: Handshake) -> None:
    _record(call, organizations, _of_handshake(organizations, handshake), "ResponsibilityTransferAccepted")


def _of_handshake(organizations: Organizations, handshake: Handshake) -> Transfer:
    return next(each for each in organizations.transfers.values() if each.handshake is handshake)


def _agreed(call: Call, organizations: Organizations) -> list[Transfer]:
    return [
        each
        for each in organizations.transfers.values()
        if each.ongoing(call.time) and each.status(call.time) != "REQUESTED"
    ]


def _is_between(transfer: Transfer, organization: Organization, source: str | None) -> bool:
    return source is not None and (transfer.handshake.management, transfer.source[0]) == (
        organization.management,
        source,
    )


# --- reading --------------------------------------------------------------------------------------------------


@operation("organizations", "DescribeResponsibilityTransfer")
@with_organization
def describe_transfer(call: Call, organization: Organization) -> Mapping[str, Any]:
    """For its two sides; to others it does not exist."""
    return {"ResponsibilityTransfer": _shown(call, organization, _transfer(call, organization))}


@operation("organizations", "ListInboundResponsibilityTransfers")
@with_organization
def list_inbound(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Of other organisations, for which the caller pays or offered to."""
    wanted, found = call.parameters.get("Id"), _on_one_side(call, organization, "inbound")
    if wanted is not None:
        found = [each for each in found if each.id == wanted]
        if not found:
            raise not_found("ResponsibilityTransfer")
    return _list(call, organization, found)


@operation("organizations", "ListOutboundResponsibilityTransfers")
@with_organization
def list_outbound(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Of the caller's organisation, for which another pays or offered to."""
    return _list(call, organization, _on_one_side(call, organization, "outbound"))


def _on_one_side(call: Call, organization: Organization, direction: str) -> list[Transfer]:
    transfers = call.state.part(Organizations).transfers_of(organization.management)
    return [each for each in transfers if each.direction(organization.management) == direction]


def _list(call: Call, organization: Organization, transfers: list[Transfer]) -> Mapping[str, Any]:
    return PAGES.page(
        call, "ResponsibilityTransfers", [_shown(call, organization, each) for each in transfers]
    )


def _transfer(call: Call, organization: Organization) -> Transfer:
    found = call.state.part(Organizations).transfers.get(call.parameters["Id"])
    if found is None or found.direction(organization.management) is None:
        raise not_found("ResponsibilityTransfer")
    return found


def _shown(call: Call, organization: Organization, transfer: Transfer) -> dict[str, Any]:
    management, handshake = organization.management, transfer.handshake
    # Until it is accepted, the sender is told no more of the other side than it has said itself.
    known = handshake.stored_state == "ACCEPTED" or transfer.direction(management) == "outbound"
    source = transfer.source if known else (handshake.account, handshake.email)
    arn = f"arn:aws:organizations::{management}:transfer/{organization.id}/billing/{transfer.direction(management)}/"
    answer = {
        "Arn": arn + transfer.id, "Name": transfer.name, "Id": transfer.id, "Type": "BILLING",
        "Status": transfer.status(call.time), "Source": _participant(*source),
        "Target": _participant(handshake.management, (handshake.sender or ("",))[0]),
        "StartTimestamp": transfer.start, "EndTimestamp": transfer.end, "ActiveHandshakeId": handshake.id,
    }  # fmt: skip
    return {name: value for name, value in answer.items() if value is not None}


def _participant(account: str | None, email: str | None) -> dict[str, Any]:
    side = {"ManagementAccountId": account, "ManagementAccountEmail": email}
    return {name: value for name, value in side.items() if value}


# --- changing and ending --------------------------------------------------------------------------------------


@operation("organizations", "UpdateResponsibilityTransfer")
@with_organization
def update_transfer(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Its name, while it is asked for or agreed."""
    found = _transfer(call, organization)
    if found.status(call.time) not in ("REQUESTED", "ACCEPTED"):
        raise constraint("TRANSFER_RESPONSIBILITY_UPDATE_NOT_ALLOWED")
    found.name = call.parameters["Name"]
    return {"ResponsibilityTransfer": _shown(call, organization, found)}


@operation("organizations", "TerminateResponsibilityTransfer")
@with_organization
def terminate_transfer(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Either side withdraws, for good; the transfer goes on until the end of a month, left out of this one.

    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/orgs_transfer_billing-stop-transfer.html
    """
    found = _transfer(call, organization)
    status = found.status(call.time)
    if status == "WITHDRAWN":
        raise ServiceError(
            "ResponsibilityTransferAlreadyInStatusException",
            "The responsibility transfer is already in the status that you specified.",
        )
    if status != "ACCEPTED":
        raise ServiceError(
            "InvalidResponsibilityTransferTransitionException",
            "The responsibility transfer can't transition to the requested state.",
        )
    given = call.parameters.get("EndTimestamp")
    end = given.astimezone(UTC) if given is not None else _month_end(max(call.time, found.start))
    _check_end(end, found, call.time)
    found.end = end
    _record(call, call.state.part(Organizations), found, "ResponsibilityTransferTerminated")
    return {"ResponsibilityTransfer": _shown(call, organization, found)}


def _check_end(end: datetime, transfer: Transfer, now: datetime) -> None:
    if end.replace(microsecond=0) != _month_end(end).replace(microsecond=0):
        raise invalid("END_DATE_NOT_END_OF_MONTH")
    if end < max(now, transfer.start):
        raise invalid("END_DATE_TOO_EARLY")


def _month_end(moment: datetime) -> datetime:
    last = calendar.monthrange(moment.year, moment.month)[1]
    return moment.astimezone(UTC).replace(day=last, hour=23, minute=59, second=59, microsecond=999_000)


def check_none_ongoing(call: Call, organization: Organization) -> None:
    """Raises `ServiceError` for an organisation that can't be deleted, as a transfer of it is asked for or runs."""
    if any(
        each.ongoing(call.time)
        for each in call.state.part(Organizations).transfers_of(organization.management)
    ):
        raise constraint("ACTIVE_RESPONSIBILITY_TRANSFER_PROCESS")


def _record(call: Call, organizations: Organizations, transfer: Transfer, name: str) -> None:
    """Each side's trail has the event."""
    for management in dict.fromkeys((transfer.handshake.management, transfer.source[0])):
        organization = organizations.of(management)
        if organization is not None:
            events.transferred(call, organization, name, _shown(call, organization, transfer))
