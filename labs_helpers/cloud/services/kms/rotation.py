"""The operations that rotate key material, on a schedule and on demand.

https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms import service_events, timeline
from labs_helpers.cloud.services.kms.access import find, invalid_state, refuse_state, unsupported
from labs_helpers.cloud.services.kms.keys import (
    IMPORTED,
    PENDING_DELETION,
    PENDING_IMPORTS,
    PENDING_REPLICA_DELETION,
    Key,
    Material,
)
from labs_helpers.cloud.services.kms.pages import PAGES

_YEAR = 365
_ON_DEMAND_LIMIT = 25
"""On-demand rotations per key: https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html"""
_BEFORE_AUTOMATIC = timedelta(minutes=20)


def _refuse_kind(key: Key, *, imported: bool) -> None:
    """Raise `ServiceError` (UnsupportedOperationException) for a key that can't be rotated this way.

    OBSERVED: the error has no message for asymmetric keys (2025), but has one for imported key material (2020,
    https://github.com/ansible-collections/community.aws/pull/311).
    """
    if not key.family.rotatable:
        raise unsupported("")
    if key.origin == IMPORTED and not imported:
        raise unsupported(f"{key.arn} origin is EXTERNAL which is not valid for this operation.")


def _primary(key: Key) -> Key:
    """Return the key. Raises `ServiceError` for a replica, because only the primary key is rotated."""
    if not key.is_primary:
        raise unsupported(f"{key.arn} is not a multi-region primary key.")
    return key


def _scheduled_key(call: Call) -> Key:
    key = find(call, call.parameters["KeyId"])
    refuse_state(call, key)
    _refuse_kind(key, imported=False)
    return _primary(key)


@operation("kms", "EnableKeyRotation")
def enable_key_rotation(call: Call) -> Mapping[str, Any]:
    """Enable automatic rotation. If the period stays the same, so does the next rotation date.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
    """
    key = _scheduled_key(call)
    family, period = key.family, call.parameters.get("RotationPeriodInDays") or _YEAR
    if family.rotation_period == period:
        return {}
    family.rotation_period, family.rotates = period, call.time + timedelta(days=period)
    timeline.plan(call.state, key)
    return {}


@operation("kms", "DisableKeyRotation")
def disable_key_rotation(call: Call) -> Mapping[str, Any]:
    """Disable automatic rotation.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html
    """
    family = _scheduled_key(call).family
    family.rotation_period = family.rotates = None
    return {}


@operation("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call) -> Mapping[str, Any]:
    """Return the rotation period and the next rotation date. A key that is pending deletion isn't rotated.

    OBSERVED in 2020: for asymmetric keys, which can't be rotated, the response is false, not an error.
    https://github.com/ansible-collections/community.aws/pull/311
    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
    """
    key = find(call, call.parameters["KeyId"])
    if key.family.rotatable:
        _refuse_kind(key, imported=False)
    family = key.family
    deleting = key.state in (PENDING_DELETION, PENDING_REPLICA_DELETION)
    enabled = family.rotation_period is not None and not deleting
    answer: dict[str, Any] = {"KeyId": call.parameters["KeyId"], "KeyRotationEnabled": enabled}
    if enabled:
        answer |= {"RotationPeriodInDays": family.rotation_period, "NextRotationDate": family.rotates}
    return answer


@operation("kms", "RotateKeyOnDemand")
def rotate_key_on_demand(call: Call) -> Mapping[str, Any]:
    """Rotate key material now, at most 25 times per key, and never within 20 minutes before an automatic rotation.

    OBSERVED in 2025: the state is checked before the kind of key, and the response contains the key's ARN.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
    """
    key = find(call, call.parameters["KeyId"])
    refuse_state(call, key)
    _refuse_kind(key, imported=True)
    family = _primary(key).family
    if family.rotates is not None and family.rotates - call.time <= _BEFORE_AUTOMATIC:
        message = f"An automatic rotation of {key.arn} is scheduled to begin within the next 20 minutes."
        raise ServiceError("ConflictException", message, 400)
    if family.rotations_on_demand >= _ON_DEMAND_LIMIT:
        message = f"{key.arn} has reached the limit of {_ON_DEMAND_LIMIT} on-demand rotations."
        raise ServiceError("LimitExceededException", message, 400)
    previous = family.current
    new = _waiting_import(key) if key.origin == IMPORTED else family.renew()
    family.adopt(new, call.time, "ON_DEMAND")
    family.rotations_on_demand += 1
    when = call.time
    call.afterwards.append(
        lambda: service_events.record_rotation(call.state, key, when, "ON_DEMAND", previous, new)
    )
    return {"KeyId": key.arn}


def _waiting_import(key: Key) -> Material:
    """Return the imported material that is waiting for this rotation. Raises `ServiceError` if there isn't one."""
    waiting = next((each for each in key.family.materials if not each.permanent), None)
    if waiting is None:
        raise invalid_state(f"No available key material pending rotation for the key: {key.arn}.")
    if waiting.state == PENDING_IMPORTS:
        raise invalid_state(f"{key.arn}: the new key material is not imported into every replica key yet.")
    return waiting


@operation("kms", "ListKeyRotations")
def list_key_rotations(call: Call) -> Mapping[str, Any]:
    """List a key's rotations or, with ALL_KEY_MATERIAL, all its key materials.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html
    """
    key = find(call, call.parameters["KeyId"])
    _refuse_kind(key, imported=True)
    everything = call.parameters.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    rotations = [
        _rotation(key, each) for each in key.family.materials if everything or each.rotated is not None
    ]
    return PAGES.page(call, "Rotations", rotations)


def _rotation(key: Key, rotated: Material) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "KeyId": key.id, "KeyMaterialId": rotated.id, "KeyMaterialState": rotated.state,
        "RotationDate": rotated.rotated, "RotationType": rotated.rotation_type,
    }  # fmt: skip
    if key.origin == IMPORTED:
        held = key.imports.get(rotated.id)
        present = held is not None and held.secret is not None
        shown["ImportState"] = "IMPORTED" if present else "PENDING_IMPORT"
        if held is not None:
            expires = held.valid_to is not None
            shown["ExpirationModel"] = f"KEY_MATERIAL_{'EXPIRES' if expires else 'DOES_NOT_EXPIRE'}"
            shown |= {"ValidTo": held.valid_to, "KeyMaterialDescription": held.description or None}
    return {name: value for name, value in shown.items() if value is not None}
