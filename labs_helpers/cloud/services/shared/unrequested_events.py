"""Trail events without a request, for a service's own actions and its actions on behalf of a caller.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.state import State


def record(
    state: State,
    service: str,
    name: str,
    when: datetime,
    *,
    account: str,
    region: str,
    by: str,
    shown: Mapping[str, Any],
) -> None:
    """Record a service's own action in an account and Region.

    `by` is the service's name in the event (`AWS Internal`).
    """
    state.record.add(
        Entry(
            event_id=state.ids.uuid(), request_id=state.ids.uuid(), time=when, service=service, operation=name,
            region=region, account=account, principal_arn=None, caller_account=None, access_key_id=None,
            source_ip=by, user_agent=by, via_service=by, parameters={}, shown=shown,
        )
    )  # fmt: skip


def record_for(call: Call, *, read_only: bool = False) -> None:
    """Record an action that a service performs on a caller's behalf as part of a call, as a separate event."""
    credentials, principal = call.credentials, call.principal
    call.state.record.add(
        Entry(
            event_id=call.state.ids.uuid(), request_id=call.request_id, time=call.time, service=call.service,
            operation=call.operation, region=call.region, account=call.account, principal_arn=principal.arn,
            caller_account=principal.account, access_key_id=credentials.access_key_id if credentials else None,
            source_ip=call.source_ip, user_agent=call.headers.get("user-agent", ""), parameters=call.parameters,
            via_service=call.via_service, credentials=credentials, shown=call.shown, read_only=read_only,
        )
    )  # fmt: skip
