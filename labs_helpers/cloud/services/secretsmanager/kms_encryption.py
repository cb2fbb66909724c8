"""The encryption of secret values: Secrets Manager calls KMS on behalf of the caller who writes or reads a value.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.kms import for_services, managed
from labs_helpers.cloud.services.secretsmanager.secret import (
    CURRENT,
    PENDING,
    PREVIOUS,
    Secret,
    Version,
    VersionKeys,
)

DEFAULT = f"{managed.PREFIX}secretsmanager"
Answered = TypeVar("Answered")
"""The output of a call to KMS."""
_VALIDATION = "RequestToValidateKeyAccess"
"""The version ID in the encryption context of the calls that test whether the caller can use a key."""
_IN_USE = frozenset((CURRENT, PENDING, PREVIOUS))
_UNREADABLE = "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
_UNWRITABLE = (
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state."
)


def customers_key(identifier: str | None) -> str | None:
    """Return the KMS key that a request specifies, or None for the AWS managed key.

    The AWS managed key is the default and can be specified by its alias.
    """
    named = identifier or DEFAULT
    return None if named == DEFAULT or named.endswith(f":{DEFAULT}") else named


def seal(call: Call, secret: Secret, key: str | None, version: str) -> VersionKeys:
    """Return a data key for a version.

    Raises `ServiceError` if KMS denies the call, or if the request would use another account's default key.
    """
    if key is None:
        _refuse_foreign(call)
    return VersionKeys((_data_key(call, key, _context(secret, version)),), key is None)


def try_key(call: Call, secret: Secret, key: str) -> None:
    """Raise `ServiceError` for a key with which the caller can't encrypt and decrypt."""
    context = _context(secret, _VALIDATION)
    blob = _data_key(call, key, context)
    _ask_kms(lambda: for_services.unwrap(call, blob, context), "EncryptionFailure", _UNWRITABLE)


def seal_again(call: Call, secret: Secret, key: str | None) -> dict[str, VersionKeys]:
    """Return new data keys, encrypted with another KMS key, for the versions in use that the caller can decrypt.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
    """
    keys = {}
    for version in secret.content.versions.values():
        kept = secret.sealed.get(version.id)
        if kept is None or not _IN_USE & set(version.stages) or not _can_open(call, secret, version):
            continue
        new = seal(call, secret, key, version.id)
        keys[version.id] = VersionKeys((*new.blobs, *kept.blobs), new.default_key)
    return keys


def open_to_replicate(call: Call, secret: Secret) -> None:
    """Have KMS decrypt the versions in use that are encrypted with a current or earlier customer managed key.

    Raises `ServiceError` if KMS denies a call.
    """
    for version in secret.content.versions.values():
        sealed = secret.sealed.get(version.id)
        default = sealed.default_key if sealed is not None else secret.key is None
        if not default and _IN_USE & set(version.stages):
            open_version(call, secret, version)


def open_version(call: Call, secret: Secret, version: Version) -> None:
    """Have KMS decrypt a version's data key. Raises `ServiceError` if KMS denies the call."""
    if version.id not in secret.sealed:
        secret.sealed[version.id] = _key_of_replica(call, secret, version)
    sealed = secret.sealed[version.id]
    if sealed.default_key:
        _refuse_foreign(call)
    context = _context(secret, version.id)
    for blob in sealed.blobs[:-1]:
        try:
            return for_services.unwrap(call, blob, context)
        except ServiceError:
            continue  # a version that was encrypted again can still be read with its earlier key
    return _ask_kms(
        lambda: for_services.unwrap(call, sealed.blobs[-1], context), "DecryptionFailure", _UNREADABLE
    )


def _refuse_foreign(call: Call) -> None:
    """Raise `ServiceError` for a caller from another account, who can't use the default key.

    OBSERVED in 2024, including for PutSecretValue.
    """
    if call.caller_account != call.account:
        raise ServiceError(
            "InvalidRequestException",
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
            "service key.",
            400,
        )


def _can_open(call: Call, secret: Secret, version: Version) -> bool:
    try:
        open_version(call, secret, version)
    except ServiceError:
        return False
    return True


def _key_of_replica(call: Call, secret: Secret, version: Version) -> VersionKeys:
    """Return a data key for a replica's version, which no request wrote in this Region."""
    key = for_services.key_for(call.state, secret.arn, secret.key or DEFAULT)
    if key is None:
        raise ServiceError("DecryptionFailure", _UNREADABLE, 400)
    blob = for_services.made_by_service(call, key, _context(secret, version.id))
    return VersionKeys((blob,), secret.key is None)


def _context(secret: Secret, version: str) -> Mapping[str, str]:
    return {"SecretARN": secret.arn, "SecretVersionId": version}


def _data_key(call: Call, key: str | None, context: Mapping[str, str]) -> bytes:
    default = managed.managed_key(call.state, call.account, call.region, "secretsmanager")
    assert default is not None, "Secrets Manager has an AWS managed key"
    return _ask_kms(
        lambda: for_services.data_key(call, key or default.arn, context)[0], "EncryptionFailure", _UNWRITABLE
    )


def _ask_kms(request: Callable[[], Answered], code: str, message: str) -> Answered:
    """Return KMS's response.

    Raises `ServiceError`: AccessDeniedException in Secrets Manager's words, otherwise `code`.
    """
    try:
        return request()
    except ServiceError as error:
        if error.code == "AccessDeniedException":
            raise ServiceError("AccessDeniedException", "Access to KMS is not allowed", 400) from error
        raise ServiceError(code, message, 400) from error
