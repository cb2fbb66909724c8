"""Secret values are encrypted with KMS keys: Secrets Manager asks KMS for whoever writes or reads one.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import around
from labs_helpers.services.kms import for_services, managed
from labs_helpers.services.secretsmanager import moto_view as secrets

_VALIDATION = "RequestToValidateKeyAccess"
"""Stands for a version in the encryption context where only the access to a key is tried."""
_REENCRYPTED = frozenset(("AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"))
_UNREADABLE = "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
_UNWRITABLE = (
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state."
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The wrapped data keys of a version, the newest first: one that was encrypted anew keeps the old one's, too."""

    blobs: tuple[bytes, ...] = field(repr=False)
    default_key: bool


@around("secretsmanager", "CreateSecret", "PutSecretValue", "UpdateSecret")
def write(call: Call, perform: Callable[[], Answer]) -> Answer:
    """A new value gets a data key, a new KMS key is tried first. What KMS refuses is not written."""
    given = call.parameters
    name = given.get("Name") or given.get("SecretId") or ""
    own = (call.account, call.region, name)
    before = secrets.key_of(*own)
    bring_back = secrets.undo(*own)
    answer = perform()
    if answer.status >= 300:
        return answer
    try:
        key = secrets.key_of(*own)
        if given.get("KmsKeyId") and key is not None and (call.operation == "CreateSecret" or key != before):
            _try(call, key, json.loads(answer.body)["ARN"])
        for version in secrets.versions(*own):
            if version.sealed is None:
                secrets.seal(*own, version.id, _seal(call, key, version))
            elif key != before and _REENCRYPTED & set(version.stages) and _opens(call, version):
                sealed = _seal(call, key, version)
                older = version.sealed.blobs
                secrets.seal(*own, version.id, replace(sealed, blobs=(*sealed.blobs, *older)))
    except ServiceError:
        bring_back()
        raise
    return answer


@around("secretsmanager", "GetSecretValue")
def read(call: Call, perform: Callable[[], Answer]) -> Answer:
    """A value is decrypted for whoever may use its key."""
    answer = perform()
    if answer.status < 300:
        _open(call, json.loads(answer.body))
    return answer


@around("secretsmanager", "BatchGetSecretValue")
def read_many(call: Call, perform: Callable[[], Answer]) -> Answer:
    """The values that KMS does not decrypt are told of among the errors.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
    """
    answer = perform()
    if answer.status >= 300:
        return answer
    told = json.loads(answer.body)
    readable, errors = [], list(told.get("Errors") or ())
    for value in told.get("SecretValues") or ():
        try:
            _open(call, value)
        except ServiceError as error:
            errors.append({"SecretId": value["ARN"], "ErrorCode": error.code, "Message": error.message})
        else:
            readable.append(value)
    return replace(answer, body=json.dumps(told | {"SecretValues": readable, "Errors": errors}))


# --- asking KMS -----------------------------------------------------------------------------------------------


def _context(arn: str, version: str) -> dict[str, str]:
    return {"SecretARN": arn, "SecretVersionId": version}


def _seal(call: Call, key: str | None, version: secrets.VersionView) -> Sealed:
    blob = _data_key(call, key, _context(version.arn, version.id))
    return Sealed((blob,), key is None)


def _data_key(call: Call, key: str | None, context: dict[str, str]) -> bytes:
    default = managed.managed_key(call.state, call.account, call.region, "secretsmanager")
    assert default is not None, "Secrets Manager has an AWS managed key"
    return _asked(
        lambda: for_services.data_key(call, key or default.arn, context)[0], "EncryptionFailure", _UNWRITABLE
    )


def _try(call: Call, key: str, arn: str) -> None:
    """Raises `ServiceError` for a key that the caller may not both encrypt and decrypt with."""
    context = _context(arn, _VALIDATION)
    blob = _data_key(call, key, context)
    _asked(lambda: for_services.unwrap(call, blob, context), "EncryptionFailure", _UNWRITABLE)


def _opens(call: Call, version: secrets.VersionView) -> bool:
    """Whether a version can be encrypted anew: one that the caller may not decrypt stays as it is."""
    try:
        _unwrap(call, version)
    except ServiceError:
        return False
    return True


def _open(call: Call, value: dict[str, Any]) -> None:
    """Have the data key of what GetSecretValue answers decrypted. Raises `ServiceError` where KMS refuses."""
    own = (call.account, call.region, value["ARN"])
    version = next((each for each in secrets.versions(*own) if each.id == value["VersionId"]), None)
    if version is None:
        return
    if version.sealed is None:
        secrets.seal(*own, version.id, _brought(call, version))
        version = next(each for each in secrets.versions(*own) if each.id == version.id)
    _unwrap(call, version)


def _brought(call: Call, version: secrets.VersionView) -> Sealed:
    """The data key of a version that no request wrote: a replica's, or one that a rotation began."""
    named = secrets.key_of(call.account, call.region, version.arn)
    key = for_services.key_for(call.state, version.arn, named or f"{managed.PREFIX}secretsmanager")
    if key is None:
        raise ServiceError("DecryptionFailure", _UNREADABLE)
    blob = for_services.made_by_service(call, key, _context(version.arn, version.id))
    return Sealed((blob,), named is None)


def _unwrap(call: Call, version: secrets.VersionView) -> None:
    sealed: Any = version.sealed
    if sealed.default_key and call.caller_account != call.account:
        raise ServiceError(
            "InvalidRequestException",
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
            "service key.",
        )
    context = _context(version.arn, version.id)
    for blob in sealed.blobs[:-1]:
        try:
            return for_services.unwrap(call, blob, context)
        except ServiceError:
            continue  # what it was encrypted with before opens it, too
    return _asked(
        lambda: for_services.unwrap(call, sealed.blobs[-1], context), "DecryptionFailure", _UNREADABLE
    )


def _asked(question: Callable[[], Any], code: str, message: str) -> Any:
    """What KMS answers. Its refusals are Secrets Manager's own, everything else its `code`."""
    try:
        return question()
    except ServiceError as error:
        if error.code == "AccessDeniedException":
            raise ServiceError("AccessDeniedException", "Access to KMS is not allowed") from error
        raise ServiceError(code, message) from error
