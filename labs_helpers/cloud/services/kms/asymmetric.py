"""The operations that create or verify signatures and MACs, derive or encapsulate secrets, and return public keys.

https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html
https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms import encryption, grant_tokens, material, specs
from labs_helpers.cloud.services.kms.access import (
    end_dry_run,
    find,
    record_use,
    refuse_algorithm,
    refuse_recipient,
    refuse_state,
    refuse_usage,
    unsupported,
)
from labs_helpers.cloud.services.kms.keys import Key
from labs_helpers.cloud.services.kms.parameter_validation import invalid


def _key_for(call: Call, usage: str, algorithm: str) -> Key:
    """Return the call's key.

    Raises `ServiceError` if its state, usage, or algorithms don't permit the operation.
    """
    grant_tokens.refuse_unknown(call)
    key = find(call, call.parameters["KeyId"])
    refuse_state(call, key)
    refuse_usage(call, key, usage)
    refuse_algorithm(key, algorithm)
    return key


# --- signatures -----------------------------------------------------------------------------------------------


def _message_type(call: Call, key: Key, algorithm: str) -> str:
    """Return RAW, DIGEST, or EXTERNAL_MU. Raises `ServiceError` for a type that the algorithm doesn't accept.

    Raises `NotModelled` for Ed25519ph, which `cryptography` doesn't support.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html#KMS-Sign-request-MessageType
    """
    message_type = str(call.parameters.get("MessageType") or "RAW")
    if algorithm == "ML_DSA_SHAKE_256":
        accepted: tuple[str, ...] = ("RAW", "EXTERNAL_MU")
    elif algorithm == "ED25519_SHA_512":
        accepted = ("RAW",)
    elif algorithm == "ED25519_PH_SHA_512":
        accepted = ("DIGEST",)
    else:
        accepted = ("RAW", "DIGEST")
    if message_type not in accepted:
        what = f"key spec {key.spec}" if key.spec != specs.EDWARDS else f"algorithm {algorithm}"
        raise invalid(f"Message type {message_type} is incompatible with {what}.")
    if algorithm == "ED25519_PH_SHA_512":
        raise NotModelled(
            f"kms:{call.operation} isn't modeled with SigningAlgorithm {algorithm}; ED25519_SHA_512 is. "
            "To add it, begin in labs_helpers/cloud/services/kms/material.py"
        )
    return message_type


def _wrong_length(message_type: str, algorithm: str) -> ServiceError:
    if message_type == "EXTERNAL_MU":
        return invalid("The length of the message must be 64 bytes when MessageType is EXTERNAL_MU.")
    return invalid(f"Digest is invalid length for algorithm {algorithm}.")


@operation("kms", "Sign")
def sign(call: Call) -> Mapping[str, Any]:
    """Sign a message or digest with the private key. Rejects input of the wrong length.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
    """
    given = call.parameters
    algorithm = given["SigningAlgorithm"]
    key = _key_for(call, specs.SIGN, algorithm)
    message_type = _message_type(call, key, algorithm)
    try:
        signature = material.sign(key.current()[1], algorithm, given["Message"], message_type)
    except material.WrongLength as error:
        raise _wrong_length(message_type, algorithm) from error
    end_dry_run(call)
    record_use(call, key)
    return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}


@operation("kms", "Verify")
def verify(call: Call) -> Mapping[str, Any]:
    """Verify a signature. Raises KMSInvalidSignatureException for a wrong signature.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
    """
    given = call.parameters
    algorithm = given["SigningAlgorithm"]
    key = _key_for(call, specs.SIGN, algorithm)
    message_type = _message_type(call, key, algorithm)
    try:
        valid = material.verify(
            key.current()[1], algorithm, given["Message"], message_type, given["Signature"]
        )
    except material.WrongLength as error:
        raise _wrong_length(message_type, algorithm) from error
    if not valid:
        raise ServiceError("KMSInvalidSignatureException", "", 400)
    end_dry_run(call)
    record_use(call, key)
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


# --- MACs -----------------------------------------------------------------------------------------------------


@operation("kms", "GenerateMac")
def generate_mac(call: Call) -> Mapping[str, Any]:
    """Compute the HMAC of a message.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
    """
    algorithm = call.parameters["MacAlgorithm"]
    key = _key_for(call, specs.MAC, algorithm)
    end_dry_run(call)
    code = material.mac(key.current()[1], algorithm, call.parameters["Message"])
    record_use(call, key)
    return {"Mac": code, "MacAlgorithm": algorithm, "KeyId": key.arn}


@operation("kms", "VerifyMac")
def verify_mac(call: Call) -> Mapping[str, Any]:
    """Verify an HMAC. Raises KMSInvalidMacException for a wrong HMAC.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html
    """
    given = call.parameters
    algorithm = given["MacAlgorithm"]
    key = _key_for(call, specs.MAC, algorithm)
    expected = material.mac(key.current()[1], algorithm, given["Message"])
    if not hmac.compare_digest(expected, given["Mac"]):
        raise ServiceError("KMSInvalidMacException", "", 400)
    end_dry_run(call)
    record_use(call, key)
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}


# --- key agreement and encapsulation --------------------------------------------------------------------------


@operation("kms", "DeriveSharedSecret")
def derive_shared_secret(call: Call) -> Mapping[str, Any]:
    """Derive the ECDH secret shared with a public key. Rejects a public key on another curve.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html
    """
    refuse_recipient(call)
    algorithm = call.parameters["KeyAgreementAlgorithm"]
    key = _key_for(call, specs.AGREE, algorithm)
    try:
        secret = material.shared_secret(key.current()[1], call.parameters["PublicKey"])
    except material.WrongMaterial as error:
        # OBSERVED in 2024 and 2025: the error has no message, whatever is wrong with the public key
        raise invalid("") from error
    end_dry_run(call)
    record_use(call, key)
    return {
        "KeyId": key.arn, "SharedSecret": secret, "KeyAgreementAlgorithm": algorithm, "KeyOrigin": key.origin,
    }  # fmt: skip


@operation("kms", "Encapsulate")
def encapsulate(call: Call) -> Mapping[str, Any]:
    """Create a shared secret and its ML-KEM encapsulation for the key pair.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html
    """
    algorithm = call.parameters["EncapsulationAlgorithm"]
    key = _key_for(call, specs.ENCAPSULATE, algorithm)
    end_dry_run(call)
    secret, encapsulated = material.encapsulate(key.current()[1])
    record_use(call, key)
    return {
        "KeyId": key.arn, "SharedSecret": secret, "SharedSecretCiphertextBlob": encapsulated,
        "EncapsulationAlgorithm": algorithm,
    }  # fmt: skip


@operation("kms", "Decapsulate")
def decapsulate(call: Call) -> Mapping[str, Any]:
    """Return the shared secret in an encapsulation. Only encapsulations of the wrong length are rejected.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Decapsulate.html
    """
    algorithm = call.parameters["EncapsulationAlgorithm"]
    key = _key_for(call, specs.ENCAPSULATE, algorithm)
    try:
        secret = material.decapsulate(key.current()[1], call.parameters["SharedSecretCiphertextBlob"])
    except ValueError as error:
        raise encryption.not_decryptable() from error
    end_dry_run(call)
    record_use(call, key)
    return {"KeyId": key.arn, "SharedSecret": secret, "EncapsulationAlgorithm": algorithm}


# --- public keys ----------------------------------------------------------------------------------------------


@operation("kms", "GetPublicKey")
def get_public_key(call: Call) -> Mapping[str, Any]:
    """Return a key pair's public key. Rejects symmetric and HMAC keys.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html
    """
    grant_tokens.refuse_unknown(call)
    key = find(call, call.parameters["KeyId"])
    refuse_state(call, key)
    if specs.kind(key.spec) != "asymmetric":
        raise unsupported(f"{key.arn} key spec is {key.spec} which is not valid for GetPublicKey.")
    return {
        "KeyId": key.arn, "PublicKey": material.public_der(key.current()[1]), "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec, "KeyUsage": key.usage, specs.LISTED_AS[key.usage]: list(key.algorithms),
    }  # fmt: skip
