"""The operations that create, describe, enable, disable, and delete keys.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html and the pages of the other operations
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms import key_policies, material, specs, tags, timeline
from labs_helpers.cloud.services.kms.access import find, key_of, unsupported
from labs_helpers.cloud.services.kms.keyring import new_id
from labs_helpers.cloud.services.kms.keys import OURS, Family, Key
from labs_helpers.cloud.services.kms.pages import PAGES
from labs_helpers.cloud.services.kms.parameter_validation import invalid

_WAITING_DAYS = (7, 30)
_MAX_KEYS = 100_000
"""Keys per account: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html#kms-keys-limit"""


@operation("kms", "CreateKey")
def create_key(call: Call) -> Mapping[str, Any]:
    """Create a customer managed key. Rejects an unsuitable spec, usage, origin, or policy.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
    """
    given = call.parameters
    spec, usage = _spec_and_usage(given)
    origin = _origin(given)
    multi_region = bool(given.get("MultiRegion"))
    if spec in specs.ML_DSA or spec in specs.ML_KEM:
        material.refuse_unknown(spec)
    ring = timeline.ring(call.state)
    own = (key for key in ring.keys(call.account, call.region).values() if key.service is None)
    if sum(1 for _ in own) >= _MAX_KEYS:
        raise ServiceError("LimitExceededException", f"The account already has {_MAX_KEYS} KMS keys.", 400)
    family = Family(new_id(call.state.ids, multi_region), spec, usage, origin, call.region, multi_region)
    key = Key(family, call.account, call.region, call.time, "", given.get("Description") or "")
    key.tags = tags.new(given.get("Tags"))
    key.policy = key_policies.accepted(call, key, given.get("Policy"))
    if origin == OURS and specs.kind(spec) != "asymmetric":
        family.renew()
    ring.add(key)
    timeline.plan(call.state, key)
    call.shown["resources"] = [("AWS::KMS::Key", key.arn)]
    return {"KeyMetadata": key.metadata()}


def _spec_and_usage(given: Mapping[str, Any]) -> tuple[str, str]:
    """Return the spec and usage that the parameters specify for a new key, or the defaults.

    Raises `ServiceError` if they are incompatible.
    """
    spec, older = given.get("KeySpec"), given.get("CustomerMasterKeySpec")
    if spec is not None and older is not None:
        raise invalid(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is "
            "deprecated."
        )
    spec = spec or older or specs.SYMMETRIC
    if spec == specs.SM2:
        raise unsupported("KeySpec SM2 is supported in China Regions only.")
    usage = given.get("KeyUsage")
    if usage is None and spec != specs.SYMMETRIC:
        raise invalid(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    usage = usage or specs.ENCRYPT
    if usage not in specs.USAGES[spec]:
        raise invalid(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    return spec, usage


def _origin(given: Mapping[str, Any]) -> str:
    """Return the origin of a new key's material.

    Raises `ServiceError` for any custom key store, because none exists.
    """
    origin, store = given.get("Origin") or OURS, given.get("CustomKeyStoreId")
    in_a_store = origin in ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")
    if in_a_store and store is None:
        raise invalid(f"Origin {origin} requires a CustomKeyStoreId.")
    if given.get("XksKeyId") is not None and origin != "EXTERNAL_KEY_STORE":
        raise invalid("XksKeyId is valid only for keys with Origin EXTERNAL_KEY_STORE.")
    if store is not None:
        if given.get("MultiRegion"):
            raise unsupported("Multi-Region keys cannot be created in a custom key store.")
        if not in_a_store:
            raise invalid(f"CustomKeyStoreId is not valid with Origin {origin}.")
        raise ServiceError("CustomKeyStoreNotFoundException", f"Custom key store {store} is not found.", 400)
    return str(origin)


@operation("kms", "DescribeKey")
def describe_key(call: Call) -> Mapping[str, Any]:
    """Return a key's metadata. An AWS managed key is created when it is first described by its alias.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
    """
    return {"KeyMetadata": key_of(call).metadata()}


@operation("kms", "ListKeys")
def list_keys(call: Call) -> Mapping[str, Any]:
    """List the keys in the caller's account. In this cloud, no keys are shared through RAM.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
    """
    owners = call.parameters.get("ResourceOwners") or ["SELF"]
    keys = timeline.ring(call.state).keys(call.account, call.region) if "SELF" in owners else {}
    listed = [{"KeyId": key.id, "KeyArn": key.arn} for key in keys.values()]
    return PAGES.page(call, "Keys", listed)


@operation("kms", "EnableKey")
def enable_key(call: Call) -> Mapping[str, Any]:
    """Enable a key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html
    """
    key = key_of(call)
    key.enabled = True
    timeline.plan(call.state, key)
    return {}


@operation("kms", "DisableKey")
def disable_key(call: Call) -> Mapping[str, Any]:
    """Disable a key, so that it can't be used until it is enabled again.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html
    """
    key_of(call).enabled = False
    return {}


@operation("kms", "UpdateKeyDescription")
def update_key_description(call: Call) -> Mapping[str, Any]:
    """Replace the description of a key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html
    """
    key_of(call).description = call.parameters["Description"]
    return {}


@operation("kms", "ScheduleKeyDeletion")
def schedule_key_deletion(call: Call) -> Mapping[str, Any]:
    """Schedule the deletion of a key in 7 to 30 days.

    The waiting period of a primary key with replicas starts when the last replica has been deleted.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    """
    days = call.parameters.get("PendingWindowInDays")
    days = _WAITING_DAYS[1] if days is None else days
    if not _WAITING_DAYS[0] <= days <= _WAITING_DAYS[1]:
        raise invalid(
            f"PendingWindowInDays must be between {_WAITING_DAYS[0]} and {_WAITING_DAYS[1]}, inclusive."
        )
    key = key_of(call)
    key.pending_window = days
    waits_for_replicas = key.is_primary and len(key.family.members) > 1
    if not waits_for_replicas:
        key.deletion = call.time + timedelta(days=days)
    timeline.plan(call.state, key)
    answer = {"KeyId": key.arn, "KeyState": key.state, "PendingWindowInDays": days}
    return answer if waits_for_replicas else answer | {"DeletionDate": key.deletion}


@operation("kms", "CancelKeyDeletion")
def cancel_key_deletion(call: Call) -> Mapping[str, Any]:
    """Cancel a scheduled deletion. The key is disabled afterward.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
    """
    key = key_of(call)
    key.pending_window = key.deletion = None
    key.enabled = False
    return {"KeyId": key.arn}


@operation("kms", "GetKeyLastUsage")
def get_key_last_usage(call: Call) -> Mapping[str, Any]:
    """Return the key's last successful cryptographic operation, tracked since the key was created.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
    """
    key = find(call, call.parameters["KeyId"])
    answer: dict[str, Any] = {
        "KeyId": key.id, "KeyLastUsage": {}, "TrackingStartDate": key.created, "KeyCreationDate": key.created,
    }  # fmt: skip
    use = key.last_use
    if use is not None:
        event = next(
            (e.event_id for e in reversed(call.state.record) if e.request_id == use.request_id), None
        )
        answer["KeyLastUsage"] = {
            "Operation": use.operation, "Timestamp": use.time, "KmsRequestId": use.request_id,
        } | ({"CloudTrailEventId": event} if event else {})  # fmt: skip
    return answer
