"""Details of CloudTrail events for calls to KMS: data besides the parameters and responses, and omitted members.

https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.shared.trail_facts import OMIT, TrailFacts
from labs_helpers.engine.policy.arn import Arn

_CRYPTOGRAPHIC = frozenset((
    "Decapsulate", "Decrypt", "DeriveSharedSecret", "Encapsulate", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom",
    "ReEncrypt", "Sign", "Verify", "VerifyMac",
))  # fmt: skip
"""Cryptographic operations are read-only, whatever their names suggest, and events don't show their responses."""

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
"""Default values that events show for parameters that the request leaves out."""


_WITH_KEY = frozenset((
    "CreateAlias", "CreateGrant", "DeleteAlias", "DeleteKey", "DisableKey", "EnableKey", "EnableKeyRotation",
    "ImportKeyMaterial", "SynchronizeMultiRegionKey", "UntagResource", "UpdateAlias", "UpdatePrimaryRegion",
))  # fmt: skip
"""Operations whose events show the ARN of the affected key although the response doesn't contain it.

https://docs.aws.amazon.com/kms/latest/developerguide/ct-createalias.html and the pages of the other operations
"""


def _affected_key(entry: Entry) -> dict[str, Any]:
    """Return `keyId`, the ARN of the key in the event's own Region."""
    if entry.operation not in _WITH_KEY:
        return {}
    named = (arn for _, arn in entry.shown.get("resources", entry.allowed))
    keys = [arn for arn in map(Arn.parse, named) if arn.kind == "key"]
    return {"keyId": str(keys[0]._replace(region=entry.region))} if keys else {}


def _with_defaults(operation: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Return requestParameters with the defaults that KMS's events show. Events of GenerateRandom show no parameters.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-generaterandom.html
    """
    if operation == "GenerateRandom":
        return {}
    spec = shown.get("keySpec") or shown.get("customerMasterKeySpec")
    same = {"keySpec": spec, "customerMasterKeySpec": spec} if operation == "CreateKey" and spec else {}
    return {**_DEFAULTS.get(operation, {}), **same, **shown}


TRAIL = TrailFacts(
    read_only=_CRYPTOGRAPHIC,
    # OBSERVED in August 2024: the event of DescribeKey for a missing key shows no parameters.
    unshown_errors=frozenset({"NotFoundException"}),
    unanswered=_CRYPTOGRAPHIC,
    # A call that KMS denies to an external principal isn't logged in the key's account.
    keeps_refusal=lambda error: error == "AccessDeniedException",
    # https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html: neither ciphertext nor plaintext.
    members=dict.fromkeys(
        ("CiphertextBlob", "Plaintext", "CiphertextForRecipient", "PrivateKeyCiphertextBlob", "PrivateKeyPlaintext",
         "EncryptedKeyMaterial", "ImportToken", "Message", "Mac", "Signature", "GrantTokens", "GrantToken",
         "PublicKey", "SharedSecret", "SharedSecretCiphertextBlob", "Recipient", "Ciphertext"), OMIT,
    ),
    defaults=_with_defaults,
    beyond=_affected_key,
    types={"key": "AWS::KMS::Key", "alias": "AWS::KMS::Key"},
    resources_in_record=True,
)  # fmt: skip
