"""A customer's KMS key for what Identity Center and its identity store hold.

https://docs.aws.amazon.com/singlesignon/latest/userguide/encryption-at-rest.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/baseline-KMS-key-policy.html
Each of the two services has a data key of its own, with its own encryption context. Whoever calls them has it decrypted
in their own name; at sign-in the services do it themselves.
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
"""By KMS's code: the service's own, and the Reason that goes with it."""
REASONS: Reasons = {
    "AccessDeniedException": ("AccessDeniedException", "KMS_ACCESS_DENIED"),
    "NotFoundException": ("ResourceNotFoundException", "KMS_KEY_NOT_FOUND"),
    "DisabledException": ("ValidationException", "KMS_DISABLED"),
    "KMSInvalidStateException": ("ValidationException", "KMS_INVALID_STATE"),
    "InvalidKeyUsageException": ("ValidationException", "KMS_INVALID_KEY_USAGE"),
}
"""The identity store's: https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeUser.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey(for_services.Sealed):
    """A data key of a service (sso, identitystore) for its resource, which the encryption context names."""

    service: str
    resource: str

    @property
    def context(self) -> dict[str, str]:
        return context_of(self.service, self.resource)


def context_of(service: str, resource: str) -> dict[str, str]:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/advanced-kms-policy.html"""
    name = {"sso": "aws:sso:instance-arn", "identitystore": "aws:identitystore:identitystore-arn"}[service]
    return {name: resource}


def seal(state: State, service: str, key: str, resource: str) -> ServiceKey:
    """A data key for a service, which asks in its own name. Raises `ServiceError` as KMS refuses."""
    given = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context_of(service, resource)}
    answer = _as_service(state, service, "GenerateDataKeyWithoutPlaintext", given, key, resource)
    sealed = ServiceKey(answer["CiphertextBlob"], key, service=service, resource=resource)
    unseal_for_itself(state, sealed)
    return sealed


def unseal_for_itself(state: State, sealed: ServiceKey) -> None:
    """Have it decrypted for the service. Raises `ServiceError` as KMS refuses."""
    given = {"CiphertextBlob": sealed.blob, "EncryptionContext": sealed.context}
    _as_service(state, sealed.service, "Decrypt", given, sealed.key_arn, sealed.resource)


def unseal(call: Call, sealed: ServiceKey, reasons: Reasons = REASONS) -> None:
    """Have it decrypted for who calls: kms:ViaService is the service. Raises `ServiceError` with KMS's reason."""
    try:
        for_services.unwrap(replace(call, service=sealed.service), sealed.blob, sealed.context)
    except ServiceError as error:
        raise refused(error, reasons) from error


def refused(error: ServiceError, reasons: Reasons) -> ServiceError:
    """KMS's refusal in the service's words, where it has any."""
    if error.code not in reasons:
        return error
    code, reason = reasons[error.code]
    return ServiceError(code, error.message, 400, Reason=reason)


def _as_service(
    state: State, service: str, operation: str, given: Mapping[str, Any], key: str, resource: str
) -> Mapping[str, Any]:
    """The key is in the instance's own account and Region."""
    where = Arn.parse(key)
    return for_services.ask_as(
        state, f"{service}.amazonaws.com", operation, given, account=where.account, region=where.region,
        source_arn=resource,
    )  # fmt: skip
