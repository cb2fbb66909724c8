"""Access to the key that a call specifies, with checks of the key identifier and of the key's state and kind.

Key states: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html#key-state-table
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import AccessDenied, NotModelled, ServiceError
from labs_helpers.cloud.services.kms import timeline
from labs_helpers.cloud.services.kms.keyring import KEY_ID, Name, parse_identifier
from labs_helpers.cloud.services.kms.keys import (
    CREATING,
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    UPDATING,
    Key,
    Use,
)
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.engine.policy.arn import Arn

invalid_state = refusal("KMSInvalidStateException", 400)
unsupported = refusal("UnsupportedOperationException", 400)


CROSS_ACCOUNT = frozenset((
    "CreateGrant", "Decapsulate", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encapsulate", "Encrypt",
    "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext",
    "GenerateMac", "GetKeyRotationStatus", "GetPublicKey", "ListGrants", "ReEncrypt", "RetireGrant", "RevokeGrant",
    "Sign", "Verify", "VerifyMac",
))  # fmt: skip
"""Operations that can use keys of other accounts. All other operations fail for such keys, regardless of policies.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""
CRYPTOGRAPHIC = frozenset((
    "Decapsulate", "Decrypt", "DeriveSharedSecret", "Encapsulate", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "ReEncrypt", "Sign",
    "Verify", "VerifyMac",
))  # fmt: skip
"""Cryptographic operations on keys.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-cryptography.html#cryptographic-operations
"""
_BY_ALIAS = CRYPTOGRAPHIC | {"DescribeKey", "GetPublicKey"}
"""Operations that accept an alias as a key identifier.

https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html
"""

_DELETING = frozenset((PENDING_DELETION, PENDING_REPLICA_DELETION))
_UNUSABLE = _DELETING | {DISABLED, PENDING_IMPORT, CREATING}
_REFUSED_IN: Mapping[str, frozenset[str]] = {
    **dict.fromkeys((*CRYPTOGRAPHIC, "CreateGrant", "GetPublicKey", "UpdatePrimaryRegion"), _UNUSABLE),
    "ReplicateKey": _UNUSABLE | {UPDATING},
    **dict.fromkeys(
        ("CreateAlias", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"), _DELETING
    ),
    **dict.fromkeys(("DisableKey", "EnableKey"), _DELETING | {PENDING_IMPORT, CREATING, UPDATING}),
    **dict.fromkeys(("DisableKeyRotation", "EnableKeyRotation"), _DELETING | {DISABLED, CREATING}),
    "RotateKeyOnDemand": _DELETING | {DISABLED, CREATING, UPDATING, PENDING_IMPORT},
    "ScheduleKeyDeletion": _DELETING | {UPDATING},
    "CancelKeyDeletion": frozenset((ENABLED, DISABLED, PENDING_IMPORT, CREATING, UPDATING)),
    "DeleteImportedKeyMaterial": frozenset((CREATING, UPDATING)),
    "GetParametersForImport": _DELETING | {CREATING, UPDATING},
    "ImportKeyMaterial": _DELETING | {CREATING},
}
"""The key states in which an operation fails, by operation. Operations without a row work in every state."""
_WORDS = {
    PENDING_DELETION: "is pending deletion.",
    PENDING_REPLICA_DELETION: "is pending replica deletion.",
    PENDING_IMPORT: "is pending import.",
    CREATING: "is creating.",
    UPDATING: "is updating.",
}


def owner_of(call: Call, identifier: str) -> str:
    """Return the account that owns the key that an identifier specifies.

    Raises `ServiceError` for a malformed identifier, and for a key that doesn't exist in the caller's account.
    KMS rejects both before it evaluates policies. In other accounts, a nonexistent key results in the same
    error as a key that the caller can't use.
    """
    named = parse_identifier(call.caller_account, call.region, identifier)
    _refuse_name(call, identifier, named)
    if named.region != call.region:
        raise ServiceError("NotFoundException", f"Invalid arn {named.region}", 400)
    if named.account != call.caller_account:
        if call.operation not in CROSS_ACCOUNT:
            raise denied(call, named.arn)
        return named.account
    if timeline.ring(call.state).named(named) is None:
        raise _missing(named)
    return named.account


def _refuse_name(call: Call, identifier: str, named: Name) -> None:
    """Raise `ServiceError` for an identifier that doesn't name a key, or whose form the operation rejects."""
    if identifier.startswith("arn:"):
        arn = Arn.read(identifier)
        if arn is None or arn.service != "kms" or not arn.resource.startswith(("key/", "alias/")):
            raise ServiceError("InvalidArnException", f"Invalid arn {identifier}", 400)
    if named.alias is not None and call.operation not in _BY_ALIAS and not _names_alias(call, identifier):
        if identifier.startswith("arn:"):
            message = "Key Aliases are not supported for this operation"
            raise ServiceError("InvalidArnException", message, 400)
        raise ServiceError("NotFoundException", f"Invalid keyId '{identifier}'", 400)
    if named.alias is None and not KEY_ID.fullmatch(named.path.removeprefix("key/")):
        raise ServiceError("NotFoundException", f"Invalid keyId '{identifier}'", 400)


def _names_alias(call: Call, identifier: str) -> bool:
    """Return True if the identifier is the alias that the operation creates, updates, or deletes."""
    return call.parameters.get("AliasName") == identifier


def _missing(named: Name) -> ServiceError:
    message = f"Alias {named.arn} is not found." if named.alias else f"Key '{named.arn}' does not exist"
    return ServiceError("NotFoundException", message, 400)


def denied(call: Call, resource: str) -> AccessDenied:
    """Return AccessDeniedException for a call that no policy could allow."""
    message = f"User: {call.principal.arn} is not authorized to perform: kms:{call.operation}"
    return AccessDenied("AccessDeniedException", f"{message} on resource: {resource}", 400)


def key_of(call: Call, parameter: str = "KeyId") -> Key:
    """Return the key that a parameter identifies. Raises `ServiceError` if its state doesn't permit the operation."""
    key = find(call, call.parameters[parameter])
    refuse_state(call, key)
    return key


def find(call: Call, identifier: str) -> Key:
    """Return the key that an identifier specifies.

    Raises `ServiceError` (NotFoundException) if there isn't one.
    """
    named = parse_identifier(call.caller_account, call.region, identifier)
    key = timeline.ring(call.state).named(named)
    if key is None:
        raise _missing(named)
    return key


def refuse_state(call: Call, key: Key, operation: str | None = None) -> None:
    """Raise `ServiceError` if the key's state doesn't permit the operation (by default, the call's operation)."""
    state = key.state
    if state not in _REFUSED_IN.get(operation or call.operation, ()):
        return
    if call.operation == "CancelKeyDeletion":
        raise invalid_state(f"{key.arn} is not pending deletion.")
    if state == DISABLED:
        raise ServiceError("DisabledException", f"{key.arn} is disabled.", 400)
    raise invalid_state(f"{key.arn} {_WORDS[state]}")


def refuse_usage(call: Call, key: Key, usage: str, operation: str | None = None) -> None:
    """Raise `ServiceError` (InvalidKeyUsageException) unless the key has the given usage.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html#API_Encrypt_Errors
    """
    if key.usage != usage:
        message = f"{key.arn} key usage is {key.usage} which is not valid for {operation or call.operation}."
        raise ServiceError("InvalidKeyUsageException", message, 400)


def refuse_algorithm(key: Key, algorithm: str) -> None:
    """Raise `ServiceError` (InvalidKeyUsageException) for an algorithm that the key doesn't support."""
    if algorithm not in key.algorithms:
        message = f"Algorithm {algorithm} is incompatible with key spec {key.spec}."
        raise ServiceError("InvalidKeyUsageException", message, 400)


def refuse_recipient(call: Call) -> None:
    """Raise `NotModelled` for a request from an attested environment, because this cloud has no enclaves."""
    if call.parameters.get("Recipient") is not None:
        raise NotModelled(
            f"kms:{call.operation} with Recipient isn't modeled: it needs an attestation document from a Nitro enclave "
            "or a NitroTPM, and this cloud has neither"
        )


def end_dry_run(call: Call) -> None:
    """Raise `ServiceError` (DryRunOperationException) if the call is a dry run that has passed every check.

    https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
    """
    if call.parameters.get("DryRun"):
        message = "The request would have succeeded, but the DryRun option is set."
        raise ServiceError("DryRunOperationException", message, 400)


def record_use(call: Call, key: Key, material_id: str | None = None) -> None:
    """Record a successful cryptographic operation for GetKeyLastUsage.

    Also record the key material that it used, for the trail.
    """
    key.last_use = Use(call.operation, call.time, call.request_id)
    if material_id is not None:
        call.shown.setdefault("additionalEventData", {})["keyMaterialId"] = material_id
