"""What the trail shows of KMS's events otherwise than their parameters and answers say.

https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

READ_ONLY = frozenset((
    "Decapsulate", "Decrypt", "DeriveSharedSecret", "Encapsulate", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom",
    "ReEncrypt", "Sign", "Verify", "VerifyMac",
))  # fmt: skip
"""Cryptographic operations change nothing, whatever their names say; their answers are not shown."""

_SYMMETRIC = "SYMMETRIC_DEFAULT"
_NOT_BYPASSED = {"bypassPolicyLockoutSafetyCheck": False}
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
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


def with_defaults(operation: str, shown: dict[str, Any]) -> dict[str, Any]:
    """requestParameters with the defaults that KMS's events show."""
    spec = shown.get("keySpec") or shown.get("customerMasterKeySpec")
    same = {"keySpec": spec, "customerMasterKeySpec": spec} if operation == "CreateKey" and spec else {}
    return {**DEFAULTS.get(operation, {}), **same, **shown}
