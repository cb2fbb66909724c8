"""Access to the secret that a call specifies, with a check of the secret's state."""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.secretsmanager.vault import vault
from labs_helpers.cloud.services.shared.refusals import refusal

invalid_request = refusal("InvalidRequestException", 400)
invalid_parameter = refusal("InvalidParameterException", 400)
invalid = refusal("ValidationException", 400)


def find(call: Call, parameter: str = "SecretId") -> Secret:
    """Return the secret that a parameter specifies.

    Raises `ServiceError` (ResourceNotFoundException) if there isn't one.
    """
    secret = vault(call.state).find(call.caller_account, call.region, call.parameters[parameter])
    if secret is None:
        raise not_found()
    return secret


def active_secret(call: Call) -> Secret:
    """Return the secret that the call specifies. Raises `ServiceError` if it is scheduled for deletion.

    A secret that is scheduled for deletion can only be described and restored.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    secret = find(call)
    if secret.content.deletion is not None:
        raise invalid_request(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    return secret


def primary_secret(call: Call) -> Secret:
    """Return the secret that the call specifies.

    Raises `ServiceError` for a replica, which can be changed only through its primary secret.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
    """
    secret = active_secret(call)
    refuse_replica(secret)
    return secret


def refuse_replica(secret: Secret) -> None:
    """Raise `ServiceError` (InvalidRequestException) for a replica."""
    if secret.is_replica:
        raise invalid_request(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region."
        )


def not_found(what: str = "") -> ServiceError:
    """Return ResourceNotFoundException. `what` is the missing item, by default the secret.

    OBSERVED in 2022 and 2024: only the message about the secret itself ends with a period.
    """
    message = f"Secrets Manager can't find the specified secret{what or '.'}"
    return ServiceError("ResourceNotFoundException", message, 400)
