"""A customer managed KMS key for the data in Identity Center and its identity store.

https://docs.aws.amazon.com/singlesignon/latest/userguide/encryption-at-rest.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/baseline-KMS-key-policy.html
Each of the two services has a separate data key with a separate encryption context. For a call, the data key is
decrypted on behalf of the caller. At sign-in, the services decrypt it as service principals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.kms import for_services
from labs_helpers.engine.policy.arn import Arn

Reasons = Mapping[str, tuple[str, str]]
"""The error code and the Reason that a service returns, by the error code from KMS."""
REASONS: Reasons = {
    "AccessDeniedException": ("AccessDeniedException", "KMS_ACCESS_DENIED"),
    "NotFoundException": ("ResourceNotFoundException", "KMS_KEY_NOT_FOUND"),
    "DisabledException": ("ValidationException", "KMS_DISABLED"),
    "KMSInvalidStateException": ("ValidationException", "KMS_INVALID_STATE"),
    "InvalidKeyUsageException": ("ValidationException", "KMS_INVALID_KEY_USAGE"),
}
"""The identity store's error codes and reasons.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeUser.html
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey(for_services.Sealed):
    """The data key of a service (sso or identitystore) for a resource, which the encryption context identifies."""

    service: str
    resource: str

    @property
    def context(self) -> dict[str, str]:
        """The encryption context of the data key."""
        return context_of(self.service, self.resource)


def context_of(service: str, resource: str) -> dict[str, str]:
    """Return a service's encryption context for a resource.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/advanced-kms-policy.html
    """
    name = {"sso": "aws:sso:instance-arn", "identitystore": "aws:identitystore:identitystore-arn"}[service]
    return {name: resource}


def seal(state: State, service: str, key: str, resource: str) -> ServiceKey:
    """Return a new data key for a service. The service requests the key as a service principal.

    Raises the `ServiceError` from KMS if the service can't use the key.
    """
    parameters = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context_of(service, resource)}
    answer = _as_service(state, service, "GenerateDataKeyWithoutPlaintext", parameters, key, resource)
    sealed = ServiceKey(answer["CiphertextBlob"], key, service=service, resource=resource)
    unseal_for_itself(state, sealed)
    return sealed


def unseal_for_itself(state: State, sealed: ServiceKey) -> None:
    """Decrypt the data key as the service principal. Raises the `ServiceError` from KMS if KMS denies the call."""
    parameters = {"CiphertextBlob": sealed.blob, "EncryptionContext": sealed.context}
    _as_service(state, sealed.service, "Decrypt", parameters, sealed.key_arn, sealed.resource)


def unseal(call: Call, sealed: ServiceKey, reasons: Reasons = REASONS) -> None:
    """Decrypt the data key on behalf of the caller, with the service as kms:ViaService.

    If KMS denies the call, raises `ServiceError` with the service's own error code and reason.
    """
    try:
        for_services.unwrap(replace(call, service=sealed.service), sealed.blob, sealed.context)
    except ServiceError as error:
        raise refused(error, reasons) from error


def refused(error: ServiceError, reasons: Reasons) -> ServiceError:
    """Return the service's error for an error from KMS, or KMS's error if the service has no corresponding error."""
    if error.code not in reasons:
        return error
    code, reason = reasons[error.code]
    return ServiceError(code, error.message, 400, Reason=reason)


def _as_service(
    state: State, service: str, operation: str, parameters: Mapping[str, Any], key: str, resource: str
) -> Mapping[str, Any]:
    """Call KMS as the service, in the account and Region of the key."""
    where = Arn.parse(key)
    return for_services.ask_as(
        state, f"{service}.amazonaws.com", operation, parameters, account=where.account, region=where.region,
        source_arn=resource,
    )  # fmt: skip
