"""Secret values are encrypted with KMS keys: Secrets Manager asks KMS for whoever writes or reads one.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
_VALIDATION = "RequestToValidateKeyAccess"
"""Stands for a version in the encryption context where only the access to a key is tried."""
_IN_USE = frozenset((CURRENT, PENDING, PREVIOUS))
_UNREADABLE = "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
_UNWRITABLE = (
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state."
)


def customers_key(identifier: str | None) -> str | None:
    """The KMS key that a request names, None for the AWS managed one: by its alias, or by nothing at all."""
    named = identifier or DEFAULT
    return None if named == DEFAULT or named.endswith(f":{DEFAULT}") else named


def seal(call: Call, secret: Secret, key: str | None, version: str) -> VersionKeys:
    """A data key for a version. Raises `ServiceError` where KMS refuses."""
    return VersionKeys((_data_key(call, key, _context(secret, version)),), key is None)


def try_key(call: Call, secret: Secret, key: str) -> None:
    """Raises `ServiceError` for a key that the caller may not both encrypt and decrypt with."""
    context = _context(secret, _VALIDATION)
    blob = _data_key(call, key, context)
    _asked(lambda: for_services.unwrap(call, blob, context), "EncryptionFailure", _UNWRITABLE)


def sealed_anew(call: Call, secret: Secret, key: str | None) -> dict[str, VersionKeys]:
    """The versions in use under another key. One that the caller may not decrypt stays as it is.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
    """
    found = {}
    for version in secret.content.versions.values():
        kept = secret.sealed.get(version.id)
        if kept is None or not _IN_USE & set(version.stages) or not _opens(call, secret, version):
            continue
        new = seal(call, secret, key, version.id)
        found[version.id] = VersionKeys((*new.blobs, *kept.blobs), new.default_key)
    return found


def open_version(call: Call, secret: Secret, version: Version) -> None:
    """Have the data key of a version decrypted. Raises `ServiceError` where KMS refuses."""
    if version.id not in secret.sealed:
        secret.sealed[version.id] = _brought(call, secret, version)
    sealed = secret.sealed[version.id]
    if sealed.default_key and call.caller_account != call.account:
        raise ServiceError(
            "InvalidRequestException",
            "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
            "service key.",
            400,
        )
    context = _context(secret, version.id)
    for blob in sealed.blobs[:-1]:
        try:
            return for_services.unwrap(call, blob, context)
        except ServiceError:
            continue  # what it was encrypted with before opens it, too
    return _asked(
        lambda: for_services.unwrap(call, sealed.blobs[-1], context), "DecryptionFailure", _UNREADABLE
    )


def _opens(call: Call, secret: Secret, version: Version) -> bool:
    try:
        open_version(call, secret, version)
    except ServiceError:
        return False
    return True


def _brought(call: Call, secret: Secret, version: Version) -> VersionKeys:
    """The data key of a version that no request wrote here: a replica's."""
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
    return _asked(
        lambda: for_services.data_key(call, key or default.arn, context)[0], "EncryptionFailure", _UNWRITABLE
    )


def _asked(question: Callable[[], Any], code: str, message: str) -> Any:
    """What KMS answers. Its refusals are Secrets Manager's own, everything else its `code`."""
    try:
        return question()
    except ServiceError as error:
        if error.code == "AccessDeniedException":
            raise ServiceError("AccessDeniedException", "Access to KMS is not allowed", 400) from error
        raise ServiceError(code, message, 400) from error
