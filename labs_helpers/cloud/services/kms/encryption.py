"""The operations Encrypt, Decrypt, and ReEncrypt, with symmetric and RSA keys.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html, API_Decrypt.html, API_ReEncrypt.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms import ciphertext, grant_tokens, material, specs, timeline
from labs_helpers.cloud.services.kms.access import (
    end_dry_run,
    find,
    record_use,
    refuse_algorithm,
    refuse_recipient,
    refuse_state,
    refuse_usage,
)
from labs_helpers.cloud.services.kms.keys import Key
from labs_helpers.cloud.services.kms.parameter_validation import invalid


class Opened(NamedTuple):
    """A plaintext, and the ID of the key material that decrypted it (None for key pairs)."""

    plaintext: bytes
    material_id: str | None


@operation("kms", "Encrypt")
def encrypt(call: Call) -> Mapping[str, Any]:
    """Encrypt a plaintext. Rejects a plaintext that is too long for the key and algorithm.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
    """
    given = call.parameters
    grant_tokens.refuse_unknown(call)
    key = find(call, given["KeyId"])
    algorithm = given.get("EncryptionAlgorithm") or specs.SYMMETRIC
    context = _checked_context(call, key, algorithm, given.get("EncryptionContext"), "Encrypt")
    _refuse_too_long(key, algorithm, given["Plaintext"])
    end_dry_run(call)
    sealed, material_id = seal(key, algorithm, given["Plaintext"], context)
    record_use(call, key, material_id)
    return {"CiphertextBlob": sealed, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}


@operation("kms", "Decrypt")
def decrypt(call: Call) -> Mapping[str, Any]:
    """Decrypt a ciphertext with the key that it identifies. Rejects a request that specifies another key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    """
    given = call.parameters
    refuse_recipient(call)
    grant_tokens.refuse_unknown(call)
    ignored = _ignores_ciphertext(call, "KeyId")
    algorithm = given.get("EncryptionAlgorithm") or specs.SYMMETRIC
    key = decrypting_key(call, "KeyId", algorithm, ignored=ignored)
    context = _checked_context(call, key, algorithm, given.get("EncryptionContext"), "Decrypt")
    if ignored:
        end_dry_run(call)
    opened = unseal(key, algorithm, given["CiphertextBlob"], context)
    end_dry_run(call)
    record_use(call, key, opened.material_id)
    answer = {"KeyId": key.arn, "Plaintext": opened.plaintext, "EncryptionAlgorithm": algorithm}
    return answer | ({"KeyMaterialId": opened.material_id} if opened.material_id else {})


@operation("kms", "ReEncrypt")
def re_encrypt(call: Call) -> Mapping[str, Any]:
    """Decrypt a ciphertext with the source key and encrypt the plaintext with the destination key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
    """
    given = call.parameters
    grant_tokens.refuse_unknown(call)
    ignored = _ignores_ciphertext(call, "SourceKeyId")
    old_algorithm = given.get("SourceEncryptionAlgorithm") or specs.SYMMETRIC
    new_algorithm = given.get("DestinationEncryptionAlgorithm") or specs.SYMMETRIC
    source = decrypting_key(call, "SourceKeyId", old_algorithm, ignored=ignored)
    destination = find(call, given["DestinationKeyId"])
    old = _checked_context(call, source, old_algorithm, given.get("SourceEncryptionContext"), "ReEncryptFrom")
    new = _checked_context(
        call, destination, new_algorithm, given.get("DestinationEncryptionContext"), "ReEncryptTo"
    )
    if ignored:
        end_dry_run(call)
    opened = unseal(source, old_algorithm, given["CiphertextBlob"], old)
    _refuse_too_long(destination, new_algorithm, opened.plaintext)
    end_dry_run(call)
    sealed, material_id = seal(destination, new_algorithm, opened.plaintext, new)
    record_use(call, source)
    record_use(call, destination)
    answer = {
        "CiphertextBlob": sealed, "SourceKeyId": source.arn, "KeyId": destination.arn,
        "SourceEncryptionAlgorithm": old_algorithm, "DestinationEncryptionAlgorithm": new_algorithm,
    }  # fmt: skip
    materials = {"SourceKeyMaterialId": opened.material_id, "DestinationKeyMaterialId": material_id}
    known = {name: value for name, value in materials.items() if value is not None}
    if known:
        shown = {f"{name[:1].lower()}{name[1:]}": value for name, value in known.items()}
        call.shown["additionalEventData"] = shown
    return answer | known


def _checked_context(
    call: Call, key: Key, algorithm: str, context: Mapping[str, str] | None, usage_name: str
) -> Mapping[str, str]:
    """Return the encryption context. Raises `ServiceError` if the key's state, usage, algorithm or spec forbids it."""
    refuse_state(call, key)
    refuse_usage(call, key, specs.ENCRYPT, usage_name)
    refuse_algorithm(key, algorithm)
    if context and key.spec != specs.SYMMETRIC:
        raise invalid(f"EncryptionContext is not supported for key spec {key.spec}.")
    return context or {}


def _refuse_too_long(key: Key, algorithm: str, plaintext: bytes) -> None:
    most = specs.longest_plaintext(key.spec, algorithm)
    if len(plaintext) > most:
        raise invalid(
            f"Algorithm {algorithm} and key spec {key.spec} cannot encrypt data larger than {most} bytes."
        )


def _ignores_ciphertext(call: Call, key_parameter: str) -> bool:
    """Return True if a dry run checks only permissions. Raises `ServiceError` if a required ciphertext is missing.

    https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
    """
    given = call.parameters
    modifiers = given.get("DryRunModifiers")
    if modifiers and not given.get("DryRun"):
        raise invalid("DryRunModifiers is valid only when DryRun is true.")
    if modifiers:
        if given.get(key_parameter) is None:
            raise invalid(f"{key_parameter} is required when DryRunModifiers is IGNORE_CIPHERTEXT.")
        return True
    if given.get("CiphertextBlob") is None:
        raise invalid(
            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not "
            "be null"
        )
    return False


def named_by_ciphertext(call: Call) -> Key | None:
    """Return the key that the header of the request's ciphertext identifies, or None if this Region doesn't have it.

    Symmetric ciphertexts identify their key: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    """
    try:
        header = ciphertext.read_header(call.parameters.get("CiphertextBlob") or b"")
    except ciphertext.NotACiphertext:
        return None
    return timeline.ring(call.state).with_id(header.key_id, call.region)


def decrypting_key(call: Call, parameter: str, algorithm: str, *, ignored: bool) -> Key:
    """Return the key that a request specifies for decryption, or the key that its ciphertext identifies.

    Raises `ServiceError` (IncorrectKeyException) if they are different keys. OBSERVED in 2024 and 2025: the error
    occurs for any kind of key that a request specifies, even an HMAC key.
    """
    identifier = call.parameters.get(parameter)
    named = None if ignored else named_by_ciphertext(call)
    if identifier is None:
        if named is None:
            raise not_decryptable()
        return named
    # A bare key ID can belong to another account's key; the ciphertext shows whose key it is.
    key = named if named is not None and named.id == identifier else find(call, identifier)
    if algorithm == specs.SYMMETRIC and named is not None and named.id != key.id:
        refuse_state(call, key)
        message = "The key ID in the request does not identify a CMK that can perform this operation."
        raise ServiceError("IncorrectKeyException", message, 400)
    return key


def not_decryptable() -> ServiceError:
    """Return InvalidCiphertextException. It has no message, because KMS doesn't reveal the reason."""
    return ServiceError("InvalidCiphertextException", "", 400)


def seal(key: Key, algorithm: str, plaintext: bytes, context: Mapping[str, str]) -> tuple[bytes, str | None]:
    """Return the ciphertext, and the ID of the key material that encrypted it (None for key pairs)."""
    material_id, secret = key.current()
    if key.spec != specs.SYMMETRIC:
        return material.rsa_encrypt(secret, algorithm, plaintext), None
    return ciphertext.encrypt(key.id, material_id, secret, plaintext, context), material_id


def unseal(key: Key, algorithm: str, sealed: bytes, context: Mapping[str, str]) -> Opened:
    """Decrypt a ciphertext from `seal`. Raises `ServiceError` (InvalidCiphertextException)."""
    if key.spec != specs.SYMMETRIC:
        try:
            return Opened(material.rsa_decrypt(key.current()[1], algorithm, sealed), None)
        except ValueError as error:
            raise not_decryptable() from error
    try:
        header = ciphertext.read_header(sealed)
        secret = key.secret(header.material_id) if header.key_id == key.id else None
        if secret is None:
            raise not_decryptable()
        return Opened(ciphertext.decrypt(sealed, secret, context), header.material_id)
    except ciphertext.NotACiphertext as error:
        raise not_decryptable() from error
