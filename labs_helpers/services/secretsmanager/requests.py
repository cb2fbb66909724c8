"""What Secrets Manager refuses that moto takes, in its own words: names, deletions, rotation, versions.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import around
from labs_helpers.services.secretsmanager import moto_view as secrets

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_USES_A_LIVING_SECRET = (
    "CancelRotateSecret", "DeleteResourcePolicy", "GetResourcePolicy", "GetSecretValue", "PutResourcePolicy",
    "PutSecretValue", "ReplicateSecretToRegions", "RotateSecret", "TagResource", "UntagResource", "UpdateSecret",
    "UpdateSecretVersionStage", "DeleteSecret",
)  # fmt: skip


def _not_found(what: str = "") -> ServiceError:
    return ServiceError(
        "ResourceNotFoundException", f"Secrets Manager can't find the specified secret{what}.", 400
    )


@around("secretsmanager", "CreateSecret")
def check_name(call: Call, deed: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"""
    name = call.parameters["Name"]
    if not _NAME.fullmatch(name):
        raise ServiceError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            400,
        )
    if secrets.is_deleted(call.account, call.region, name):
        raise ServiceError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
            400,
        )
    return deed()


@around("secretsmanager", *_USES_A_LIVING_SECRET)
def check_living(call: Call, deed: Callable[[], Answer]) -> Answer:
    """A secret that is scheduled for deletion can be described and restored, and nothing else.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    named = call.parameters.get("SecretId")
    if named and secrets.is_deleted(call.account, call.region, named) and not _deleted_at_once(call):
        raise ServiceError(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
            400,
        )
    return deed()


def _deleted_at_once(call: Call) -> bool:
    return call.operation == "DeleteSecret" and bool(call.parameters.get("ForceDeleteWithoutRecovery"))


@around("secretsmanager", "GetSecretValue")
def check_version(call: Call, deed: Callable[[], Answer]) -> Answer:
    """A version and a staging label must be of the same version.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    given = call.parameters
    versions = secrets.versions(call.account, call.region, given["SecretId"])
    version, stage = given.get("VersionId"), given.get("VersionStage")
    if secrets.find(call.account, call.region, given["SecretId"]) is None:
        raise _not_found()
    if version is not None and version not in {each.id for each in versions}:
        raise _not_found(f" value for VersionId: {version}")
    label = stage or (None if version else "AWSCURRENT")
    of_label = next((each.id for each in versions if label in each.stages), None) if label else version
    if of_label is None:
        raise _not_found(f" value for staging label: {label}")
    if version is not None and of_label != version:
        message = "You provided a VersionStage that is not associated to the provided VersionId."
        raise ServiceError("InvalidRequestException", message, 400)
    return deed()


@around("secretsmanager", "RotateSecret")
def check_rotation(call: Call, deed: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html"""
    found = secrets.find(call.account, call.region, call.parameters["SecretId"])
    if found is not None and not call.parameters.get("RotationLambdaARN") and not found.rotation_lambda:
        raise ServiceError(
            "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.", 400
        )
    return deed()
