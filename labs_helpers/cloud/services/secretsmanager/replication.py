"""The operations that replicate secrets to other Regions.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.secretsmanager import kms_encryption, service_events
from labs_helpers.cloud.services.secretsmanager.access import (
    active_secret,
    invalid_parameter,
    invalid_request,
    primary_secret,
)
from labs_helpers.cloud.services.secretsmanager.lifecycle import replicas
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.secretsmanager.vault import vault


@operation("secretsmanager", "ReplicateSecretToRegions")
def replicate_secret_to_regions(call: Call) -> Mapping[str, Any]:
    """Create replicas in other Regions, for a caller who can decrypt the values in use.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html
    """
    secret, regions = primary_secret(call), call.parameters["AddReplicaRegions"]
    refuse_regions(secret, regions)
    kms_encryption.open_to_replicate(call, secret)
    return {"ARN": secret.arn, "ReplicationStatus": replicate(call, secret, regions)}


def refuse_regions(secret: Secret, regions: Iterable[Mapping[str, str]]) -> None:
    """Raise `ServiceError` for a Region that can't have a replica of the secret."""
    for each in regions:
        region = each.get("Region")
        if region == secret.region or region not in protocols.regions():
            raise invalid_parameter("Invalid replica region.")


def replicate(call: Call, secret: Secret, regions: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Create replicas and return the ReplicationStatus, which shows the new replicas as in progress.

    DescribeSecret then shows the outcome. An existing secret with the same name is overwritten only on request.
    https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/replicate-secret-to-regions.html
    """
    content, overwrite = secret.content, bool(call.parameters.get("ForceOverwriteReplicaSecret"))
    begun = set()
    for each in regions:
        region = each["Region"]
        if region in content.members:
            continue
        begun.add(region)
        _record_event(call, secret, "ReplicationStarted", region)
        existing = vault(call.state).secrets(secret.account, region).get(content.name)
        if existing is not None and (not overwrite or existing.is_replicated):
            message = f"Replication failed: Secret name {content.name} already exists in region {region}."
            content.failed[region] = {
                "Region": region, "KmsKeyId": each.get("KmsKeyId") or kms_encryption.DEFAULT, "Status": "Failed",
                "StatusMessage": message,
            }  # fmt: skip
            _record_event(call, secret, "ReplicationFailed", region, ErrorMessage=message)
            continue
        content.failed.pop(region, None)
        key = kms_encryption.customers_key(each.get("KmsKeyId"))
        vault(call.state).add(Secret(content, secret.account, region, key))
        _record_event(call, secret, "ReplicationSucceeded", region)
    return [
        {"Region": each["Region"], "KmsKeyId": each["KmsKeyId"], "Status": "InProgress"}
        if each["Region"] in begun
        else each
        for each in replicas(secret)
    ]


def _record_event(call: Call, secret: Secret, name: str, region: str, **details: str) -> None:
    when = call.time
    call.afterwards.append(
        lambda: service_events.of_replication(call.state, secret, name, when, ReplicaRegion=region, **details)
    )


@operation("secretsmanager", "RemoveRegionsFromReplication")
def remove_regions_from_replication(call: Call) -> Mapping[str, Any]:
    """Delete replicas, including those that couldn't be created.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RemoveRegionsFromReplication.html
    """
    secret = primary_secret(call)
    content, removed = secret.content, list(dict.fromkeys(call.parameters["RemoveReplicaRegions"]))
    for region in removed:
        if region == secret.region or (region not in content.members and region not in content.failed):
            raise invalid_parameter(f"The secret is not replicated to the Region {region}.")
    for region in removed:
        content.failed.pop(region, None)
        if region in content.members:
            vault(call.state).remove(content.members[region])
    return {"ARN": secret.arn, "ReplicationStatus": replicas(secret)}


@operation("secretsmanager", "StopReplicationToReplica")
def stop_replication_to_replica(call: Call) -> Mapping[str, Any]:
    """Make a replica an independent secret.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_StopReplicationToReplica.html
    """
    replica = active_secret(call)
    if not replica.is_replica:
        raise invalid_request("Operation is only permitted on a replica secret.")
    shared = replica.content
    shared.members.pop(replica.region)
    members, shared.members = shared.members, {}
    own = copy.deepcopy(shared)
    shared.members = members
    own.primary_region, own.members, own.failed, own.changed = (
        replica.region,
        {replica.region: replica},
        {},
        call.time,
    )
    replica.content = own
    return {"ARN": replica.arn}
