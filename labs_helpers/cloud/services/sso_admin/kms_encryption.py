"""The KMS key that encrypts an instance: an AWS owned key, or a customer managed key.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_EncryptionConfiguration.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/encryption-at-rest.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.identitystore.customer_key import (
    Reasons,
    context_of,
    refused,
    seal,
    unseal,
    unseal_for_itself,
)
from labs_helpers.cloud.services.kms import for_services
from labs_helpers.cloud.services.sso_admin.errors import invalid
from labs_helpers.cloud.services.sso_admin.state import Instance
from labs_helpers.engine.policy.arn import Arn

_OWNED, _CUSTOMERS = "AWS_OWNED_KMS_KEY", "CUSTOMER_MANAGED_KEY"
_REASONS: Reasons = {
    "AccessDeniedException": ("AccessDeniedException", "KMS_AccessDeniedException"),
    "NotFoundException": ("ResourceNotFoundException", "KMS_NotFoundException"),
    "DisabledException": ("ValidationException", "KMS_DisabledException"),
    "KMSInvalidStateException": ("ValidationException", "KMS_InvalidStateException"),
    "InvalidKeyUsageException": ("ValidationException", "KMS_InvalidKeyUsageException"),
}
_AT_SIGN_IN = {
    "AccessDeniedException": ("AccessDeniedException", "access_denied", "KMS_AccessDeniedException"),
    "NotFoundException": ("InvalidRequestException", "invalid_request", "KMS_NotFoundException"),
    "DisabledException": ("InvalidRequestException", "invalid_request", "KMS_DisabledException"),
    "KMSInvalidStateException": ("InvalidRequestException", "invalid_request", "KMS_InvalidStateException"),
}
"""KMS's error code → the error at sign-in, its OAuth code, and its reason.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors
"""
_WITHOUT_KEY = ("DescribeInstance", "UpdateInstance", "DeleteInstance")
"""Operations that don't read encrypted data, so that an administrator who lost the key can choose another key."""


def configure(call: Call, instance: Instance, configuration: Mapping[str, Any]) -> None:
    """Change an instance's KMS key.

    Raises `ServiceError` for a key that the caller isn't allowed to use. If the services aren't allowed to use the key,
    the status becomes UPDATE_FAILED, and the previous key stays in use.
    """
    arn = configuration.get("KmsKeyArn")
    if (configuration["KeyType"] == _CUSTOMERS) != bool(arn):
        raise invalid(f"KmsKeyArn is required for {_CUSTOMERS}, and can't be used with other key types.")
    if arn is None:
        instance.sealed, instance.store.sealed, instance.encryption_failure = None, None, None
        return
    _check(call, instance, arn)
    try:
        sealed = seal(call.state, "sso", arn, instance.arn)
        of_store = seal(call.state, "identitystore", arn, instance.store.arn)
    except ServiceError as error:
        instance.encryption_failure = error.message
        return
    instance.sealed, instance.store.sealed, instance.encryption_failure = sealed, of_store, None


def _check(call: Call, instance: Instance, arn: str) -> None:
    """Raise `ServiceError` unless the key is a symmetric customer managed key that the caller can use.

    The key must be in the instance's account and Region.
    """
    if not instance.of_organization:
        raise invalid("Customer managed keys are for organization instances.")
    where = Arn.parse(arn)
    if (where.region, where.account) != (instance.region, instance.account):
        raise invalid("The KMS key must be in the account and Region of the instance.")
    asking = replace(call, service="sso")
    parameters = {"KeyId": arn, "KeySpec": "AES_256", "EncryptionContext": context_of("sso", instance.arn)}
    try:
        key = for_services.ask(asking, "DescribeKey", KeyId=arn)["KeyMetadata"]
        if key["KeyManager"] != "CUSTOMER" or key["KeySpec"] != "SYMMETRIC_DEFAULT":
            raise ServiceError("InvalidKeyUsageException", "The key isn't a symmetric customer managed key.")
        for_services.ask(asking, "GenerateDataKeyWithoutPlaintext", **parameters)
    except ServiceError as error:
        raise refused(error, _REASONS) from error


def check(call: Call, instance: Instance) -> None:
    """Raise `ServiceError` if the caller isn't allowed to use the customer managed key."""
    if instance.sealed is not None and call.operation not in _WITHOUT_KEY:
        unseal(call, instance.sealed, _REASONS)


def check_sign_in(call: Call, instance: Instance) -> None:
    """Raise `ServiceError` if Identity Center or its identity store isn't allowed to use the customer managed key.

    In that case, no user can sign in.
    """
    try:
        for sealed in (instance.sealed, instance.store.sealed):
            if sealed is not None:
                unseal_for_itself(call.state, sealed)
    except ServiceError as error:
        code, word, reason = _AT_SIGN_IN.get(error.code) or _AT_SIGN_IN["KMSInvalidStateException"]
        raise ServiceError(
            code, error.message, 400, error=word, error_description=error.message, reason=reason
        ) from error


def details(instance: Instance) -> dict[str, str]:
    """Return an instance's EncryptionConfigurationDetails."""
    sealed, failure = instance.sealed, instance.encryption_failure
    key = {"KeyType": _OWNED} if sealed is None else {"KeyType": _CUSTOMERS, "KmsKeyArn": sealed.key_arn}
    if failure is None:
        return key | {"EncryptionStatus": "ENABLED"}
    return key | {"EncryptionStatus": "UPDATE_FAILED", "EncryptionStatusReason": failure}
