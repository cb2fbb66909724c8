"""What KMS does by itself, as the trail records it: events of the service that nobody asked for.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html
https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.core.record import Entry
from labs_helpers.core.state import State
from labs_helpers.services.kms.keys import Key, Material


def deleted_key(state: State, key: Key, when: datetime) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html"""
    _record(state, key, when, "DeleteKey", None)


def expired_material(state: State, key: Key, when: datetime) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/ct-deleteexpiredkeymaterial.html"""
    _record(state, key, when, "DeleteExpiredKeyMaterial", {"keyId": key.id})


def rotated_key(
    state: State, key: Key, when: datetime, rotation_type: str, previous: Material | None, new: Material
) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html, and the replicas that follow."""
    details: dict[str, Any] = {"rotationType": rotation_type, "keyOrigin": key.origin}
    if previous is not None:
        details["previousKeyMaterialId"] = previous.id
    _record(state, key, when, "RotateKey", details | {"currentKeyMaterialId": new.id, "keyId": key.id})
    for member in key.family.members.values():
        if member is not key:
            synchronized_key(state, member, when)


def synchronized_key(state: State, replica: Key, when: datetime) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/ct-synchronize-multi-region-key.html"""
    _record(state, replica, when, "SynchronizeMultiRegionKey", None, of=replica.family.primary)


def _record(
    state: State,
    key: Key,
    when: datetime,
    name: str,
    details: Mapping[str, Any] | None,
    *,
    of: Key | None = None,
) -> None:
    shown: dict[str, Any] = {
        "eventType": "AwsServiceEvent",
        "resources": [("AWS::KMS::Key", (of or key).arn)],
    }
    if details is not None:
        shown["serviceEventDetails"] = details
    state.record.add(
        Entry(
            event_id=state.ids.uuid(), request_id=state.ids.uuid(), time=when, service="kms", operation=name,
            region=key.region, account=key.account, principal_arn=None, caller_account=None, access_key_id=None,
            source_ip="AWS Internal", user_agent="AWS Internal", parameters={}, shown=shown,
        )
    )  # fmt: skip


def record_for(call: Call) -> None:
    """The event of what KMS does for a call's caller in another Region; it happened as a part of that call."""
    credentials, principal = call.credentials, call.principal
    call.state.record.add(
        Entry(
            event_id=call.state.ids.uuid(), request_id=call.request_id, time=call.time, service="kms",
            operation=call.operation, region=call.region, account=call.account, principal_arn=principal.arn,
            caller_account=principal.account, access_key_id=credentials.access_key_id if credentials else None,
            source_ip=call.source_ip, user_agent=call.headers.get("user-agent", ""), parameters=call.parameters,
            via_service=call.via_service, credentials=credentials, shown=call.shown,
        )
    )  # fmt: skip
