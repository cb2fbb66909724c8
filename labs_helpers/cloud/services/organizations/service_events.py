"""Functions that record the service events that Organizations sends to the trail of the management account.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.organizations.state import CreateRequest, Member, Organization

_INTERNAL = "AWS Internal"
_HIDDEN = "****"


def record_joined(call: Call, organization: Organization, member: Member) -> None:
    """Record AccountJoinedOrganization."""
    _record(
        call, organization, "AccountJoinedOrganization",
        accountId=member.id, organizationId=organization.id, joinedMethod=member.joined_method,
        joinedTime=_stamp(call.time),
    )  # fmt: skip


def record_departed(
    call: Call, organization: Organization, account: str, method: str, when: datetime | None = None
) -> None:
    """Record AccountDepartedOrganization, with the method LEFT, REMOVED, or CLEANED.

    `when` is the time of the departure if it was earlier.
    """
    _record(
        call, organization, "AccountDepartedOrganization", accountId=account, organizationId=organization.id,
        departureMethod=method, departureTime=_stamp(when or call.time),
    )  # fmt: skip


def record_created(call: Call, organization: Organization, request: CreateRequest) -> None:
    """Record CreateAccountResult."""
    status = {
        "id": request.id, "state": request.state, "accountName": _HIDDEN, "accountId": request.account,
        "failureReason": request.failure, "requestedTimestamp": _stamp(request.requested),
        "completedTimestamp": _stamp(request.requested),
    }  # fmt: skip
    shown = {name: value for name, value in status.items() if value is not None}
    _record(call, organization, "CreateAccountResult", createAccountStatus=shown)


def record_closed(call: Call, organization: Organization, account: str, done: datetime) -> None:
    """Record CloseAccountResult, with the time at which the account is closed."""
    status = {
        "accountId": account, "state": "SUCCEEDED", "requestedTimestamp": _stamp(call.time),
        "completedTimestamp": _stamp(done),
    }  # fmt: skip
    _record(call, organization, "CloseAccountResult", closeAccountStatus=status)


def _stamp(time: datetime) -> str:
    return f"{time:%b} {time.day}, {time:%Y} {time.hour % 12 or 12}:{time:%M:%S %p}"


def _record(call: Call, organization: Organization, name: str, **details: Mapping[str, Any] | str) -> None:
    call.state.record.add(
        Entry(
            event_id=call.state.ids.uuid(), request_id="", time=call.time, service="organizations", operation=name,
            region="us-east-1", account=organization.management, principal_arn=None, caller_account=None,
            access_key_id=None, source_ip=_INTERNAL, user_agent=_INTERNAL, parameters={},
            shown={"eventType": "AwsServiceEvent", "serviceEventDetails": details},
        )
    )  # fmt: skip
