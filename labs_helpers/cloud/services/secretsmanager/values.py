"""Making secrets, writing and reading their values.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html and the pages of the others
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager import kms_encryption, listing, replication, rotation, tags
from labs_helpers.cloud.services.secretsmanager.access import (
    invalid,
    invalid_parameter,
    invalid_request,
    living,
    not_found,
    primary,
)
from labs_helpers.cloud.services.secretsmanager.secret import CURRENT, Content, Secret, Version
from labs_helpers.cloud.services.secretsmanager.vault import vault, watch
from labs_helpers.cloud.services.shared import unrequested_events

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_MOST_SECRETS = 500_000
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""
_MOST_BYTES = 65_536


# --- making ---------------------------------------------------------------------------------------------------


@operation("secretsmanager", "CreateSecret")
def create_secret(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"""
    given = call.parameters
    _refuse_name(given["Name"])
    _refuse_long(given)
    if given.get("CrossAccountPrimaryARN"):
        raise NotModelled("secretsmanager:CreateSecret is not modelled for replicas in other accounts")
    existing = vault(call.state).secrets(call.account, call.region).get(given["Name"])
    if existing is not None:
        return _made_before(call, existing)
    if len(vault(call.state).secrets(call.account, call.region)) >= _MOST_SECRETS:
        raise ServiceError("LimitExceededException", f"The account has {_MOST_SECRETS} secrets already.", 400)
    content = Content(
        given["Name"], call.state.ids.token(6), call.region, call.time, call.time,
        description=given.get("Description") or "", type=given.get("Type"), tags=tags.new(given.get("Tags"), {}),
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


def _refuse_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise invalid(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )


def _refuse_long(given: Mapping[str, Any]) -> None:
    """A value has 65,536 bytes at most: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""
    if len((given.get("SecretString") or "").encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        raise invalid(
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have "
            f"length less than or equal to {_MOST_BYTES}"
        )


def _made_before(call: Call, existing: Secret) -> Mapping[str, Any]:
    """The answer to a request that is made again. Raises `ServiceError` for a name that is taken."""
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
    """The version that a request brings, None for a request without a value. Raises `ServiceError` for one without a
    token: SDKs send one by themselves."""
    given = call.parameters
    string, binary = given.get("SecretString"), given.get("SecretBinary")
    if string is None and binary is None:
        return None
    if not given.get("ClientRequestToken"):
        raise invalid_request("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
    return Version(given["ClientRequestToken"], call.time, string=string, binary=binary)


# --- writing --------------------------------------------------------------------------------------------------


@operation("secretsmanager", "PutSecretValue")
def put_secret_value(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""
    given = call.parameters
    secret = primary(call)
    content = secret.content
    _refuse_long(given)
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
        else:  # a rotation began it
            version.string, version.binary = new.string, new.binary
        for stage in stages:
            content.attach(stage, version)
        rotation.abandon(call, secret, version)
        content.changed = call.time
    return {
        "ARN": secret.arn,
        "Name": content.name,
        "VersionId": version.id,
        "VersionStages": list(version.stages),
    }


def _refuse_other_value(version: Version, given: Mapping[str, Any]) -> None:
    if not version.holds(given):
        raise _exists()


def _exists() -> ServiceError:
    """ResourceExistsException for a version that is there already."""
    message = "You can't modify an existing version, you can only create a new version."
    return ServiceError("ResourceExistsException", message, 400)


@operation("secretsmanager", "UpdateSecret")
def update_secret(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html"""
    given = call.parameters
    secret = primary(call)
    content = secret.content
    _refuse_long(given)
    version = _new_version(call)
    if version is not None and version.id in content.versions:
        raise _exists()
    key = secret.key if given.get("KmsKeyId") is None else kms_encryption.customers_key(given["KmsKeyId"])
    sealed = {}
    if key != secret.key:
        if key is not None:
            kms_encryption.try_key(call, secret, key)
        sealed = kms_encryption.sealed_anew(call, secret, key)
    if version is not None:
        sealed[version.id] = kms_encryption.seal(call, secret, key, version.id)
        content.add(version)
        content.attach(CURRENT, version)
        rotation.abandon(call, secret, version)
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
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html"""
    return _value(call)


def _value(call: Call) -> dict[str, Any]:
    """The value that a call asks for, decrypted for its caller. Raises `ServiceError`."""
    secret = living(call)
    return _read(call, secret, _version(secret, call.parameters))


def _version(secret: Secret, given: Mapping[str, Any]) -> Version:
    """The version that a request names by id, label or both. Raises `ServiceError`."""
    content, wanted, stage = secret.content, given.get("VersionId"), given.get("VersionStage")
    stage = stage or (None if wanted else CURRENT)
    by_id = content.versions.get(wanted) if wanted else None
    if wanted and (by_id is None or not by_id.has_value):
        raise not_found(f" value for VersionId: {wanted}")
    if stage is None:
        assert by_id is not None
        return by_id
    found = content.labelled(stage)
    if found is None or not found.has_value:
        raise not_found(f" value for staging label: {stage}")
    if by_id is not None and by_id is not found:
        raise invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
    return found


def _read(call: Call, secret: Secret, version: Version) -> dict[str, Any]:
    kms_encryption.open_version(call, secret, version)
    secret.read(version.id, call.time)
    return {
        "ARN": secret.arn, "Name": secret.content.name, "VersionId": version.id, **version.value(),
        "VersionStages": list(version.stages), "CreatedDate": version.created,
    }  # fmt: skip


@operation("secretsmanager", "BatchGetSecretValue")
def batch_get_secret_value(call: Call) -> Mapping[str, Any]:
    """Each secret is answered for itself: what goes wrong with one is an entry of Errors.

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
        found, token = listing.PAGES.cut(call, listing.matching(call), most=20)
        wanted = [secret.arn for secret in found]
    values, errors = [], []
    for secret_id in wanted:
        try:
            values.append(_one_of_a_batch(call, secret_id))
        except ServiceError as error:
            errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
    answer: dict[str, Any] = {"SecretValues": values, "Errors": errors}
    return answer | listing.PAGES.following(token)


def _one_of_a_batch(call: Call, secret_id: str) -> dict[str, Any]:
    """One value, with an event of GetSecretValue that tells of it. Raises `ServiceError`."""
    found = vault(call.state).find(call.caller_account, call.region, secret_id)
    refused = call.refused.get(secret_id)
    if refused is not None:
        where = found.arn if found is not None else secret_id
        who = f"User: {call.principal.arn} is not authorized to perform: secretsmanager:GetSecretValue"
        message = f"{who} on resource: {where} {refused.reason}"
        raise ServiceError("AccessDeniedException", message, 400)
    if found is None:
        raise not_found()
    own = replace(
        call, operation="GetSecretValue", parameters={"SecretId": secret_id}, account=found.account,
        request_id=call.state.ids.uuid(), shown={},
    )  # fmt: skip
    answer = _value(own)
    unrequested_events.record_for(own, read_only=True)
    return answer
