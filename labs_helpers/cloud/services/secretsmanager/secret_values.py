"""The operations that create secrets, and write and read their values.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html and the other operations' pages
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager import kms_encryption, listing, replication, rotation, tags
from labs_helpers.cloud.services.secretsmanager.access import (
    active_secret,
    invalid,
    invalid_parameter,
    invalid_request,
    not_found,
    primary_secret,
    refuse_replica,
)
from labs_helpers.cloud.services.secretsmanager.secret import CURRENT, Content, Secret, Version
from labs_helpers.cloud.services.secretsmanager.vault import vault, watch
from labs_helpers.cloud.services.shared import unrequested_events

_MAX_SECRETS = 500_000
"""Secrets per account and Region.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
"""
_MAX_BYTES = 65_536


# --- creating -------------------------------------------------------------------------------------------------


@operation("secretsmanager", "CreateSecret")
def create_secret(call: Call) -> Mapping[str, Any]:
    """Create a secret with its first version and replicas. A repeated request gets the same response.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    given = call.parameters
    _refuse_too_long(given)
    if given.get("CrossAccountPrimaryARN"):
        raise NotModelled("secretsmanager:CreateSecret isn't modeled for replicas in other accounts")
    existing = vault(call.state).secrets(call.account, call.region).get(given["Name"])
    if existing is not None:
        return _repeated_answer(call, existing)
    if len(vault(call.state).secrets(call.account, call.region)) >= _MAX_SECRETS:
        raise ServiceError("LimitExceededException", f"The account already has {_MAX_SECRETS} secrets.", 400)
    content = Content(
        given["Name"], call.state.ids.token(6), call.region, call.time, call.time,
        description=given.get("Description") or "", type=given.get("Type"), tags=tags.new(given.get("Tags"), {}),
        was_tagged=bool(given.get("Tags")),
    )  # fmt: skip
    secret = Secret(content, call.account, call.region, kms_encryption.customers_key(given.get("KmsKeyId")))
    if secret.key is not None:
        kms_encryption.try_key(call, secret, secret.key)
    version = _new_version(call)
    if version is not None:
        secret.sealed[version.id] = kms_encryption.seal(call, secret, secret.key, version.id)
        content.add(version)
        content.attach(CURRENT, version)
    regions = given.get("AddReplicaRegions") or ()
    replication.refuse_regions(secret, regions)
    vault(call.state).add(secret)
    watch(call.state)
    answer: dict[str, Any] = {"ARN": secret.arn, "Name": content.name}
    answer |= {"VersionId": version.id} if version is not None else {}
    if regions:
        answer["ReplicationStatus"] = replication.replicate(call, secret, regions)
    return answer


def _refuse_too_long(given: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for a string of more than 65,536 bytes.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
    """
    if len((given.get("SecretString") or "").encode("utf-8", "surrogatepass")) > _MAX_BYTES:
        raise invalid(
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have "
            f"length less than or equal to {_MAX_BYTES}"
        )


def _repeated_answer(call: Call, existing: Secret) -> Mapping[str, Any]:
    """Return the response to a request that was sent before.

    Raises `ServiceError` for a different request with the same token.
    """
    content = existing.content
    if content.deletion is not None:
        raise invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for deletion."
        )
    same = content.versions.get(call.parameters.get("ClientRequestToken") or "")
    if same is None or not same.holds(call.parameters):
        message = f"The operation failed because the secret {content.name} already exists."
        raise ServiceError("ResourceExistsException", message, 400)
    return {"ARN": existing.arn, "Name": content.name, "VersionId": same.id}


def _new_version(call: Call) -> Version | None:
    """Return the version in a request, or None if the request has no value."""
    given = call.parameters
    string, binary = given.get("SecretString"), given.get("SecretBinary")
    if string is None and binary is None:
        return None
    token = given.get("ClientRequestToken") or call.state.ids.uuid()
    return Version(token, call.time, string=string, binary=binary)


# --- writing --------------------------------------------------------------------------------------------------


@operation("secretsmanager", "PutSecretValue")
def put_secret_value(call: Call) -> Mapping[str, Any]:
    """Add a version with a value and labels (by default, AWSCURRENT). An existing version's value can't be changed.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    """
    given = call.parameters
    secret = primary_secret(call)
    content = secret.content
    _refuse_too_long(given)
    new = _new_version(call)
    if new is None:
        raise invalid_request("You must provide either SecretString or SecretBinary.")
    stages = list(dict.fromkeys(given.get("VersionStages") or (CURRENT,)))
    version = content.versions.get(new.id)
    if version is not None and version.has_value:
        _refuse_other_value(version, given)
    else:
        secret.sealed[new.id] = kms_encryption.seal(call, secret, secret.key, new.id)
        if version is None:
            first = not any(each.has_value for each in content.versions.values())
            stages += [CURRENT] if first and CURRENT not in stages else []
            content.add(version := new)
        else:  # a rotation created the version without a value
            version.string, version.binary = new.string, new.binary
        content.attach_to_new(stages, version)
        rotation.abandon_pending(call, secret, version)
        content.changed = call.time
    return {
        "ARN": secret.arn,
        "Name": content.name,
        "VersionId": version.id,
        "VersionStages": list(version.stages),
    }


def _refuse_other_value(version: Version, given: Mapping[str, Any]) -> None:
    if not version.holds(given):
        raise _existing_version()


def _existing_version() -> ServiceError:
    """Return the ResourceExistsException for a version that already exists."""
    message = "You can't modify an existing version, you can only create a new version."
    return ServiceError("ResourceExistsException", message, 400)


@operation("secretsmanager", "UpdateSecret")
def update_secret(call: Call) -> Mapping[str, Any]:
    """Change a secret's description, type, value, or KMS key. For a replica, only the KMS key can be changed.

    If the key changes, the versions in use are encrypted again.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/standalone-secret.html
    """
    given = call.parameters
    secret = active_secret(call)
    if given.keys() - {"SecretId", "KmsKeyId", "ClientRequestToken"}:
        refuse_replica(secret)
    content = secret.content
    _refuse_too_long(given)
    version = _new_version(call)
    if version is not None and version.id in content.versions:
        raise _existing_version()
    key = secret.key if given.get("KmsKeyId") is None else kms_encryption.customers_key(given["KmsKeyId"])
    sealed = {}
    if key != secret.key:
        if key is not None:
            kms_encryption.try_key(call, secret, key)
        sealed = kms_encryption.seal_again(call, secret, key)
    if version is not None:
        sealed[version.id] = kms_encryption.seal(call, secret, key, version.id)
        content.add(version)
        content.attach_to_new((CURRENT,), version)
        rotation.abandon_pending(call, secret, version)
    secret.key, content.changed = key, call.time
    secret.sealed |= sealed
    if given.get("Description") is not None:
        content.description = given["Description"]
    if given.get("Type") is not None:
        content.type = given["Type"]
    answer = {"ARN": secret.arn, "Name": content.name}
    return answer | ({"VersionId": version.id} if version is not None else {})


# --- reading --------------------------------------------------------------------------------------------------


@operation("secretsmanager", "GetSecretValue")
def get_secret_value(call: Call) -> Mapping[str, Any]:
    """Return the value of a version (by default, AWSCURRENT) if the caller can decrypt it.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    return _value(call)


def _value(call: Call) -> dict[str, Any]:
    """Return the requested value, decrypted for the caller. Raises `ServiceError`."""
    secret = active_secret(call)
    return _read(call, secret, _version(secret, call.parameters))


def _version(secret: Secret, given: Mapping[str, Any]) -> Version:
    """Return the version that a request names by ID, label, or both. Raises `ServiceError`."""
    content, wanted, stage = secret.content, given.get("VersionId"), given.get("VersionStage")
    by_id = content.versions.get(wanted) if wanted else None
    if wanted and (by_id is None or not by_id.has_value):
        raise not_found(f" value for VersionId: {wanted}")
    if by_id is not None:
        if (
            stage is not None and stage not in by_id.stages
        ):  # OBSERVED in 2024: the error is the same if no version has the label
            raise invalid_request(
                "You provided a VersionStage that is not associated to the provided VersionId."
            )
        return by_id
    labelled = content.labelled(stage or CURRENT)
    if labelled is None or not labelled.has_value:
        raise not_found(f" value for staging label: {stage or CURRENT}")
    return labelled


def _read(call: Call, secret: Secret, version: Version) -> dict[str, Any]:
    kms_encryption.open_version(call, secret, version)
    secret.read(version.id, call.time)
    return {
        "ARN": secret.arn, "Name": secret.content.name, "VersionId": version.id, **version.value(),
        "VersionStages": list(version.stages), "CreatedDate": version.created,
    }  # fmt: skip


@operation("secretsmanager", "BatchGetSecretValue")
def batch_get_secret_value(call: Call) -> Mapping[str, Any]:
    """Return the values of several secrets. For a secret that can't be read, Errors contains an entry.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
    """
    given = call.parameters
    if not given.get("SecretIdList") and not given.get("Filters"):
        raise invalid_parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    if given.get("MaxResults") is not None and not given.get("Filters"):
        raise invalid_parameter(
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."
        )
    wanted, token = list(given.get("SecretIdList") or ()), None
    if not wanted:
        page, token = listing.PAGES.cut(call, listing.matching(call), most=20)
        wanted = [secret.arn for secret in page]
    values, errors = [], []
    for secret_id in wanted:
        try:
            values.append(_batch_value(call, secret_id))
        except ServiceError as error:
            errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
    answer: dict[str, Any] = {"SecretValues": values, "Errors": errors}
    return answer | listing.PAGES.following(token)


def _batch_value(call: Call, secret_id: str) -> dict[str, Any]:
    """Return one value and record its GetSecretValue event. Raises `ServiceError`."""
    secret = vault(call.state).find(call.caller_account, call.region, secret_id)
    refused = call.refused.get(secret_id)
    if refused is not None:
        arn = secret.arn if secret is not None else secret_id
        denial = f"User: {call.principal.arn} is not authorized to perform: secretsmanager:GetSecretValue"
        message = f"{denial} on resource: {arn} {refused.reason}"
        raise ServiceError("AccessDeniedException", message, 400)
    if secret is None:
        raise not_found()
    own = replace(
        call, operation="GetSecretValue", parameters={"SecretId": secret_id}, account=secret.account,
        request_id=call.state.ids.uuid(), shown={},
    )  # fmt: skip
    answer = _value(own)
    unrequested_events.record_for(own, read_only=True)
    return answer
