"""The operations on multi-Region keys, which create replicas and change the primary key.

https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.kms import key_policies, service_events, tags, timeline
from labs_helpers.cloud.services.kms.access import find, refuse_state, unsupported
from labs_helpers.cloud.services.kms.keys import CREATING, UPDATING, Key
from labs_helpers.cloud.services.kms.parameter_validation import invalid
from labs_helpers.cloud.services.shared import unrequested_events


def _primary_key(call: Call) -> Key:
    """Return the call's key. Raises `ServiceError` unless it is a multi-Region primary key."""
    key = find(call, call.parameters["KeyId"])
    refuse_state(call, key)
    if not (key.family.multi_region and key.is_primary):
        raise unsupported(f"{key.arn} is not a multi-region primary key.")
    return key


def _refuse_region(region: str) -> None:
    if region not in protocols.regions():
        raise invalid(f"{region} is not a Region in which KMS is available.")


@operation("kms", "ReplicateKey")
def replicate_key(call: Call) -> Mapping[str, Any]:
    """Create a key in another Region with the same ID and key material. Its initial state is Creating.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
    """
    given, region = call.parameters, call.parameters["ReplicaRegion"]
    primary = _primary_key(call)
    _refuse_region(region)
    if region in primary.family.members:
        if region == primary.region:
            raise invalid("The replica must be in a different Region than its primary key.")
        existing = primary.family.members[region]
        raise ServiceError("AlreadyExistsException", f"Key {existing.arn} already exists", 400)
    ring = timeline.ring(call.state)
    replica = Key(primary.family, call.account, region, call.time, "", given.get("Description") or "")
    replica.tags = tags.new(given.get("Tags"))
    replica.policy = key_policies.accepted(call, replica, given.get("Policy"))
    replica.transient = (CREATING, call.time + ring.transient)
    ring.add(replica)
    answer: dict[str, Any] = {"ReplicaKeyMetadata": replica.metadata(), "ReplicaPolicy": replica.policy}
    if replica.tags:  # OBSERVED in 2025: without tags, the response has no ReplicaTags
        answer["ReplicaTags"] = tags.listed(replica.tags)
    timeline.plan(call.state, replica)
    call.shown["resources"] = [("AWS::KMS::Key", primary.arn)]
    call.afterwards += [
        lambda: _record_creation(call, replica),
        lambda: service_events.record_synchronization(call.state, replica, call.time),
    ]
    return answer


def _record_creation(call: Call, replica: Key) -> None:
    """Record a CreateKey in the replica's Region, called by KMS for the caller.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-replicate-key.html
    """
    given = call.parameters
    parameters = {name: given[name] for name in ("Policy", "Description", "Tags") if given.get(name)}
    shared = {
        "MultiRegion": True, "Origin": replica.origin, "KeySpec": replica.spec, "KeyUsage": replica.usage,
        "CustomerMasterKeySpec": replica.spec,
        "BypassPolicyLockoutSafetyCheck": bool(given.get("BypassPolicyLockoutSafetyCheck")),
    }  # fmt: skip
    _record(call, "CreateKey", replica, parameters | shared)


def _record(call: Call, operation_name: str, key: Key, parameters: Mapping[str, Any]) -> None:
    """Record an event in the key's Region for what KMS does there on the caller's behalf."""
    unrequested_events.record_for(
        replace(
            call, operation=operation_name, region=key.region, parameters=parameters, via_service="kms.amazonaws.com",
            shown={"resources": [("AWS::KMS::Key", key.arn)]},
        )
    )  # fmt: skip


@operation("kms", "UpdatePrimaryRegion")
def update_primary_region(call: Call) -> Mapping[str, Any]:
    """Make the replica in a Region the primary key, and the current primary key a replica.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html
    """
    region = call.parameters["PrimaryRegion"]
    key = _primary_key(call)
    _refuse_region(region)
    if region == key.region:
        raise unsupported(f"{key.arn} is already the primary key.")
    new = key.family.members.get(region)
    if new is None:
        arn = key.arn.replace(f":{key.region}:", f":{region}:")
        raise ServiceError("NotFoundException", f"Key '{arn}' does not exist", 400)
    refuse_state(call, new)
    key.family.primary_region = region
    ends = call.time + timeline.ring(call.state).transient
    for each in (key, new):
        each.transient = (UPDATING, ends)
        timeline.plan(call.state, each)
    call.shown["resources"] = [("AWS::KMS::Key", key.arn)]
    parameters = {"KeyId": new.arn, "PrimaryRegion": region}
    call.afterwards.append(lambda: _record(call, "UpdatePrimaryRegion", new, parameters))
    return {}
