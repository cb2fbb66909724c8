"""CloudTrail events for the portal: one for each step of a sign-in, and one for each API call that a page makes.

https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/username-sign-in-cloudtrail-events.html
Users are identified by ID, because userIdentity has had no userName since July 2025.
https://aws.amazon.com/blogs/security/modifications-to-aws-cloudtrail-event-data-of-iam-identity-center/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.identitystore.state import Entity
from labs_helpers.cloud.services.sso.portal.state import Flow
from labs_helpers.cloud.services.sso_admin.state import Instance

_LONGEST = 1_024
Event = Literal["CredentialChallenge", "CredentialVerification", "UserAuthentication"]


def record_sign_in(
    call: Call, instance: Instance, flow: Flow, event: Event, kind: str, *, user: Entity | None,
    success: bool = True, more: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Record one sign-in event.

    Names of nonexistent users aren't recorded, because users sometimes type passwords into name fields.
    """
    identity: dict[str, Any] = {"type": "Unknown", "accountId": instance.account}
    if user is not None:
        behalf = {"userId": user.id, "identityStoreArn": instance.store.arn}
        identity = {"type": "IdentityCenterUser", "accountId": instance.account, "onBehalfOf": behalf}
    shown = {
        "userIdentity": identity,
        "eventType": "AwsServiceEvent",
        "requested": True,
        "additionalEventData": {"AuthWorkflowID": flow.workflow, "CredentialType": kind, **(more or {})},
        "serviceEventDetails": {event: "Success" if success else "Failure"},
    }
    call.state.record.add(_entry(call, instance, "signin", event, shown))


def record_api_call(call: Call, instance: Instance, error: ServiceError | None) -> None:
    """Record a page's call to the portal's API as an event of the API."""
    entry = _entry(call, instance, call.service, call.operation, call.shown)
    entry.parameters, entry.read_only = call.parameters, call.operation != "Logout"
    entry.namespace = "awsssoportal"
    if error is not None:
        entry.error_code, entry.error_message = error.code, error.message
    call.state.record.add(entry)


def _entry(call: Call, instance: Instance, service: str, operation: str, shown: dict[str, Any]) -> Entry:
    ids = call.state.ids
    return Entry(
        event_id=ids.uuid(), request_id=ids.uuid(), time=call.time, service=service, operation=operation,
        region=instance.region, account=instance.account, principal_arn=None, caller_account=None,
        access_key_id=None, source_ip=call.source_ip,
        user_agent=call.headers.get("user-agent", "")[:_LONGEST], parameters={}, shown=shown,
    )  # fmt: skip
