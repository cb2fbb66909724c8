"""The operations that describe, delete, and restore secrets.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager import service_events, tags
from labs_helpers.cloud.services.secretsmanager.access import (
    active_secret,
    find,
    invalid_parameter,
    refuse_replica,
)
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.secretsmanager.vault import vault, watch
from labs_helpers.engine.policy.arn import Arn

_MIN_DAYS, _MAX_DAYS = 7, 30


@operation("secretsmanager", "DescribeSecret")
def describe_secret(call: Call) -> Mapping[str, Any]:
    """Return a secret's metadata, even if it is scheduled for deletion.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    secret = find(call)
    shown = described(secret, "VersionIdsToStages")
    if not secret.is_replica and (secret.is_replicated or secret.content.failed):
        shown["ReplicationStatus"] = replicas(secret)
    return shown


def described(secret: Secret, versions: str) -> dict[str, Any]:
    """Return a secret as DescribeSecret and ListSecrets do, without empty fields.

    `versions` is the name of the field that lists the versions. OBSERVED in 2024: after a secret's last tag is removed,
    its list of tags is empty, not absent.
    """
    content, rotation = secret.content, secret.content.rotation
    shown: dict[str, Any] = {
        "ARN": secret.arn, "Name": content.name, "Type": content.type, "Description": content.description,
        "OwningService": content.owner,
        "KmsKeyId": secret.key, "LastChangedDate": content.changed, "LastAccessedDate": secret.last_accessed,
        "DeletedDate": content.deletion, "Tags": tags.listed(content.tags), "CreatedDate": content.created,
        versions: {each.id: list(each.stages) for each in content.versions.values() if each.stages},
    }  # fmt: skip
    if rotation is not None:
        shown |= {
            "RotationEnabled": rotation.enabled, "RotationLambdaARN": rotation.function,
            "RotationRules": dict(rotation.rules), "LastRotatedDate": rotation.last if rotation.enabled else None,
            "NextRotationDate": rotation.next if rotation.enabled else None,
        }  # fmt: skip
    if secret.is_replicated:
        shown["PrimaryRegion"] = content.primary_region
    known = {name: value for name, value in shown.items() if value not in (None, "", [], {})}
    return known | ({"Tags": []} if content.was_tagged and not content.tags else {})


def replicas(secret: Secret) -> list[dict[str, Any]]:
    """Return the ReplicationStatus, which lists the replicas, including those that couldn't be created."""
    shown = []
    for region, member in secret.content.members.items():
        if member.is_replica:
            entry: dict[str, Any] = {
                "Region": region, "KmsKeyId": member.key or "alias/aws/secretsmanager", "Status": "InSync",
                "StatusMessage": "Replication succeeded",
            }  # fmt: skip
            shown.append(
                entry
                | ({"LastAccessedDate": member.last_accessed} if member.last_accessed is not None else {})
            )
    return shown + list(secret.content.failed.values())


@operation("secretsmanager", "DeleteSecret")
def delete_secret(call: Call) -> Mapping[str, Any]:
    """Schedule a secret's deletion in 7 to 30 days, or delete it immediately. Rejects a secret with replicas.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    """
    given = call.parameters
    days, forced = given.get("RecoveryWindowInDays"), bool(given.get("ForceDeleteWithoutRecovery"))
    if forced and days is not None:
        raise invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    if days is not None and not _MIN_DAYS <= days <= _MAX_DAYS:
        raise invalid_parameter(
            f"The RecoveryWindowInDays value must be between {_MIN_DAYS} and {_MAX_DAYS} days (inclusive)."
        )
    if forced:
        return _delete_now(call)
    secret = active_secret(call)
    _refuse_replicated(secret)
    ends = call.time + timedelta(days=_MAX_DAYS if days is None else days)
    secret.content.deletion = ends
    watch(call.state)
    _record_afterwards(call, secret, "StartSecretVersionDelete")
    return {"ARN": secret.arn, "Name": secret.content.name, "DeletionDate": ends}


def _delete_now(call: Call) -> Mapping[str, Any]:
    """Delete a secret without a recovery window; a nonexistent secret isn't an error."""
    secret_id = call.parameters["SecretId"]
    secret = vault(call.state).find(call.caller_account, call.region, secret_id)
    if secret is None:
        arn = Arn.read(secret_id)
        name = arn.resource.removeprefix("secret:") if arn is not None else secret_id
        arn_shown = secret_id if arn is not None else f"{_prefix(call)}{name}-{call.state.ids.token(6)}"
        return {"ARN": arn_shown, "Name": name, "DeletionDate": call.time}
    _refuse_replicated(secret)
    vault(call.state).remove(secret)
    _record_afterwards(call, secret, "StartSecretVersionDelete", "EndSecretVersionDelete")
    return {"ARN": secret.arn, "Name": secret.content.name, "DeletionDate": call.time}


def _record_afterwards(call: Call, secret: Secret, *names: str) -> None:
    """Record the service's own events, which follow the event of the call."""
    for name in names:
        call.afterwards.append(partial(service_events.of_versions, call.state, secret, name, call.time))


def _prefix(call: Call) -> str:
    return f"arn:aws:secretsmanager:{call.region}:{call.account}:secret:"


def _refuse_replicated(secret: Secret) -> None:
    refuse_replica(secret)
    regions = [each.region for each in secret.content.members.values() if each.is_replica]
    if regions:
        raise invalid_parameter(
            f"You can't delete secret {secret.content.name} that still has replica regions [{', '.join(regions)}]"
        )


@operation("secretsmanager", "RestoreSecret")
def restore_secret(call: Call) -> Mapping[str, Any]:
    """Cancel a secret's scheduled deletion. A secret that isn't scheduled for deletion is left unchanged.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html
    """
    secret = find(call)
    if secret.content.deletion is not None:
        secret.content.deletion = None
        _record_afterwards(call, secret, "CancelSecretVersionDelete")
    return {"ARN": secret.arn, "Name": secret.content.name}
