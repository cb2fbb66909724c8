"""What the trail shows of KMS's events otherwise than their parameters and answers say.

https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.services.trail import OMIT, TrailFacts

_CRYPTOGRAPHIC = frozenset((
    "Decapsulate", "Decrypt", "DeriveSharedSecret", "Encapsulate", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom",
    "ReEncrypt", "Sign", "Verify", "VerifyMac",
))  # fmt: skip
"""Cryptographic operations change nothing, whatever their names say; their answers are not shown."""

_SYMMETRIC = "SYMMETRIC_DEFAULT"
_NOT_BYPASSED = {"bypassPolicyLockoutSafetyCheck": False}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "Encrypt": {"encryptionAlgorithm": _SYMMETRIC},
    "Decrypt": {"encryptionAlgorithm": _SYMMETRIC},
    "ReEncrypt": {"sourceEncryptionAlgorithm": _SYMMETRIC, "destinationEncryptionAlgorithm": _SYMMETRIC},
    "Sign": {"messageType": "RAW"},
    "Verify": {"messageType": "RAW"},
    "CreateKey": {
        "description": "", "origin": "AWS_KMS", "keySpec": _SYMMETRIC, "customerMasterKeySpec": _SYMMETRIC,
        "keyUsage": "ENCRYPT_DECRYPT", "multiRegion": False, **_NOT_BYPASSED,
    },
    "ReplicateKey": {"description": "", **_NOT_BYPASSED},
    "PutKeyPolicy": {"policyName": "default", **_NOT_BYPASSED},
    "GetKeyPolicy": {"policyName": "default"},
    "ScheduleKeyDeletion": {"pendingWindowInDays": 30},
}  # fmt: skip
"""Parameters that events show with their defaults where the request leaves them out."""


def _with_defaults(operation: str, shown: dict[str, Any]) -> dict[str, Any]:
    """requestParameters with the defaults that KMS's events show."""
    spec = shown.get("keySpec") or shown.get("customerMasterKeySpec")
    same = {"keySpec": spec, "customerMasterKeySpec": spec} if operation == "CreateKey" and spec else {}
    return {**_DEFAULTS.get(operation, {}), **same, **shown}


TRAIL = TrailFacts(
    read_only=_CRYPTOGRAPHIC,
    unanswered=_CRYPTOGRAPHIC,
    # What KMS denies to a stranger is not logged in the key's account.
    keeps_refusal=lambda error: error == "AccessDeniedException",
    # https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html: neither ciphertext nor plaintext.
    members=dict.fromkeys(
        ("CiphertextBlob", "Plaintext", "CiphertextForRecipient", "PrivateKeyCiphertextBlob", "PrivateKeyPlaintext",
         "EncryptedKeyMaterial", "ImportToken", "Message", "Mac", "Signature", "GrantTokens", "GrantToken",
         "PublicKey", "SharedSecret", "SharedSecretCiphertextBlob", "Recipient", "Ciphertext"), OMIT,
    ),
    defaults=_with_defaults,
    types={"key": "AWS::KMS::Key", "alias": "AWS::KMS::Key"},
    resources_in_record=True,
)  # fmt: skip
