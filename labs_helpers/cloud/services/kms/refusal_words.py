"""Denial messages from KMS, which don't reveal which key a ciphertext identifies or whether the key exists.

OBSERVED in 2024, through S3: https://github.com/onnela-lab/beiwe-backend/issues/363
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import AccessDenied
from labs_helpers.engine.policy import AccessRequest

_CONCEALED = (
    " on the resource associated with this ciphertext because the resource does not exist in this Region, no "
    "resource-based policies allow access, or a resource-based policy explicitly denies access"
)
_FROM_CIPHERTEXT = {"kms:Decrypt": "KeyId", "kms:ReEncryptFrom": "SourceKeyId"}
"""Action → the parameter that names the key. Without the parameter, the ciphertext names the key."""


def concealed(call: Call, request: AccessRequest) -> str | None:
    """Return the text that replaces the resource and reason if only the ciphertext identifies another account's key."""
    parameter = _FROM_CIPHERTEXT.get(request.action)
    if parameter is None or call.parameters.get(parameter) or request.account == request.principal.account:
        return None
    return _CONCEALED


def no_such_key(call: Call) -> AccessDenied:
    """Return the error for a ciphertext whose key doesn't exist: the same error as for another account's key."""
    action = "kms:ReEncryptFrom" if call.operation == "ReEncrypt" else f"kms:{call.operation}"
    message = f"User: {call.principal.arn} is not authorized to perform: {action}{_CONCEALED}"
    return AccessDenied("AccessDeniedException", message, 400)
