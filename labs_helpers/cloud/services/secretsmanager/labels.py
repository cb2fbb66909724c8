"""The operation on staging labels: AWSCURRENT, AWSPENDING, AWSPREVIOUS, and custom labels.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager.access import invalid_parameter, not_found, primary_secret
from labs_helpers.cloud.services.secretsmanager.secret import CURRENT, Secret, Version

_MAX_LABELS = 20
"""Labels per version: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""


@operation("secretsmanager", "UpdateSecretVersionStage")
def update_secret_version_stage(call: Call) -> Mapping[str, Any]:
    """Move, attach, or remove a staging label. AWSCURRENT can only be moved.

    A request that moves another version's label must specify that version.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
    """
    given, secret = call.parameters, primary_secret(call)
    stage, from_id, to_id = (
        given["VersionStage"],
        given.get("RemoveFromVersionId"),
        given.get("MoveToVersionId"),
    )
    if from_id is None and to_id is None:
        raise invalid_parameter("You must provide RemoveFromVersionId, MoveToVersionId, or both.")
    _refuse_unknown(secret, from_id, to_id)
    holder = secret.content.labelled(stage)
    _refuse_holder(stage, holder, from_id, to_id)
    if to_id is None:
        if stage == CURRENT:
            raise invalid_parameter(
                f"You can only move staging label {CURRENT} to a different secret version. It can't be completely "
                "removed."
            )
        assert holder is not None
        holder.stages.remove(stage)
    else:
        new = secret.content.versions[to_id]
        if stage not in new.stages and len(new.stages) >= _MAX_LABELS:
            message = f"A version can have at most {_MAX_LABELS} staging labels."
            raise ServiceError("LimitExceededException", message, 400)
        secret.content.attach(stage, new)
    secret.content.changed = call.time
    return {"ARN": secret.arn, "Name": secret.content.name}


def _refuse_unknown(secret: Secret, *version_ids: str | None) -> None:
    for version_id in version_ids:
        if version_id is not None and version_id not in secret.content.versions:
            raise not_found(f" version: {version_id}")


def _refuse_holder(stage: str, holder: Version | None, from_id: str | None, to_id: str | None) -> None:
    """If another version has the label, raise `ServiceError` unless the request names that version."""
    if holder is not None and holder.id != to_id and from_id is None:
        raise invalid_parameter(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version "
            f"{holder.id}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    if from_id is not None and (holder is None or holder.id != from_id):
        raise invalid_parameter(f"Staging label {stage} is not attached to version {from_id}.")
