"""The operations that generate data keys, data key pairs, and random bytes.

https://docs.aws.amazon.com/kms/latest/developerguide/data-keys.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms import encryption, grant_tokens, material, specs
from labs_helpers.cloud.services.kms.access import (
    end_dry_run,
    find,
    record_use,
    refuse_recipient,
    refuse_state,
    refuse_usage,
    unsupported,
)
from labs_helpers.cloud.services.kms.keys import Key
from labs_helpers.cloud.services.kms.parameter_validation import invalid

_BYTES = {"AES_128": 16, "AES_256": 32}


def _wrapping_key(call: Call) -> Key:
    """Return the symmetric key that wraps the generated key.

    Raises `ServiceError` if the key has a different kind or state.
    """
    refuse_recipient(call)
    grant_tokens.refuse_unknown(call)
    key = find(call, call.parameters["KeyId"])
    refuse_state(call, key)
    refuse_usage(call, key, specs.ENCRYPT)
    if key.spec != specs.SYMMETRIC:
        message = f"{key.arn} key spec is {key.spec} which is not valid for {call.operation}."
        raise ServiceError("InvalidKeyUsageException", message, 400)
    return key


def _wrapped(call: Call, key: Key, secret: bytes) -> tuple[bytes, str]:
    context = call.parameters.get("EncryptionContext") or {}
    sealed, material_id = encryption.seal(key, specs.SYMMETRIC, secret, context)
    assert material_id is not None, "symmetric keys have material with an ID"
    record_use(call, key, material_id)
    return sealed, material_id


@operation("kms", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
def generate_data_key(call: Call) -> Mapping[str, Any]:
    """Generate a data key with the size in KeySpec or NumberOfBytes.

    The data key is returned encrypted and, except by GenerateDataKeyWithoutPlaintext, also in plaintext.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html, …WithoutPlaintext.html
    """
    given = call.parameters
    spec, number = given.get("KeySpec"), given.get("NumberOfBytes")
    if (spec is None) == (number is None):
        raise invalid("Please specify either number of bytes or key spec.")
    key = _wrapping_key(call)
    end_dry_run(call)
    secret = os.urandom(number if number is not None else _BYTES[str(spec)])
    sealed, material_id = _wrapped(call, key, secret)
    answer = {"CiphertextBlob": sealed, "KeyId": key.arn, "KeyMaterialId": material_id}
    return answer | ({"Plaintext": secret} if call.operation == "GenerateDataKey" else {})


@operation("kms", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
def generate_data_key_pair(call: Call) -> Mapping[str, Any]:
    """Generate a data key pair with an encrypted private key. Rejects SM2, which only China Regions support.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html, …WithoutPlaintext.html
    """
    spec = call.parameters["KeyPairSpec"]
    if spec == specs.SM2:
        raise unsupported("KeyPairSpec SM2 is supported in China Regions only.")
    key = _wrapping_key(call)
    end_dry_run(call)
    private = material.generate(spec)
    sealed, material_id = _wrapped(call, key, private)
    answer = {
        "PrivateKeyCiphertextBlob": sealed, "PublicKey": material.public_der(private), "KeyId": key.arn,
        "KeyPairSpec": spec, "KeyMaterialId": material_id,
    }  # fmt: skip
    return answer | ({"PrivateKeyPlaintext": private} if call.operation == "GenerateDataKeyPair" else {})


@operation("kms", "GenerateRandom")
def generate_random(call: Call) -> Mapping[str, Any]:
    """Generate random bytes. Rejects a request without NumberOfBytes or with a custom key store.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
    """
    call.shown["resources"] = []
    refuse_recipient(call)
    store = call.parameters.get("CustomKeyStoreId")
    if store is not None:
        raise ServiceError("CustomKeyStoreNotFoundException", f"Custom key store {store} is not found.", 400)
    number = call.parameters.get("NumberOfBytes")
    if number is None:
        raise invalid("NumberOfBytes is required.")
    return {"Plaintext": os.urandom(number)}
