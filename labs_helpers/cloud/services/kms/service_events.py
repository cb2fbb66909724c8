"""Trail events for actions that KMS performs on its own, without a request.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html
https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html and the pages of the other events
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.kms.keys import Key, Material
from labs_helpers.cloud.services.shared import unrequested_events

_INTERNAL = "AWS Internal"


def record_deletion(state: State, key: Key, when: datetime) -> None:
    """Record DeleteKey at the end of a key's waiting period.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html
    """
    _record(state, key, when, "DeleteKey", _of_service(key))


def record_expiration(state: State, key: Key, when: datetime, material_id: str) -> None:
    """Record DeleteExpiredKeyMaterial at the expiration of imported key material.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-deleteexpiredkeymaterial.html
    """
    details = {"keyId": key.id, "keyMaterialId": material_id}
    _record(state, key, when, "DeleteExpiredKeyMaterial", _of_service(key, details))


def record_rotation(
    state: State, key: Key, when: datetime, rotation_type: str, previous: Material | None, new: Material
) -> None:
    """Record RotateKey for a key, and SynchronizeMultiRegionKey for each of its replicas.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html
    """
    details: dict[str, Any] = {"rotationType": rotation_type, "keyOrigin": key.origin}
    if previous is not None:
        details["previousKeyMaterialId"] = previous.id
    details |= {"currentKeyMaterialId": new.id, "keyId": key.id}
    _record(state, key, when, "RotateKey", _of_service(key, details))
    for member in key.family.members.values():
        if member is not key:
            record_synchronization(state, member, when)


def _of_service(key: Key, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the fields that mark an event as the service's own."""
    shown = {"eventType": "AwsServiceEvent", "resources": [("AWS::KMS::Key", key.arn)]}
    return shown if details is None else shown | {"serviceEventDetails": details}


def record_synchronization(state: State, replica: Key, when: datetime) -> None:
    """Record SynchronizeMultiRegionKey, an API call by KMS itself, with the primary key as the resource.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-synchronize-multi-region-key.html
    """
    shown = {
        "userIdentity": {"accountId": replica.account, "invokedBy": _INTERNAL},
        "resources": [("AWS::KMS::Key", replica.family.primary.arn)],
    }
    _record(state, replica, when, "SynchronizeMultiRegionKey", shown)


def _record(state: State, key: Key, when: datetime, name: str, shown: Mapping[str, Any]) -> None:
    unrequested_events.record(
        state, "kms", name, when, account=key.account, region=key.region, by=_INTERNAL, shown=shown
    )  # fmt: skip
