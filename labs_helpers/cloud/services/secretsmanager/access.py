"""Which secret a call is about, and whether its state lets the call go on."""

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
    """The secret that a parameter names. Raises `ServiceError` (ResourceNotFoundException)."""
    found = vault(call.state).find(call.caller_account, call.region, call.parameters[parameter])
    if found is None:
        raise not_found()
    return found


def living(call: Call) -> Secret:
    """The call's secret, unless it is scheduled for deletion: then it can only be described and restored.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    secret = find(call)
    if secret.content.deletion is not None:
        raise invalid_request(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    return secret


def primary(call: Call) -> Secret:
    """The call's secret, which must not be a replica: those are changed with their primary secret.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
    """
    secret = living(call)
    refuse_replica(secret)
    return secret


def refuse_replica(secret: Secret) -> None:
    """Raise `ServiceError` (InvalidRequestException) for a replica."""
    if secret.is_replica:
        raise invalid_request(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region."
        )


def not_found(what: str = "") -> ServiceError:
    """ResourceNotFoundException."""
    message = f"Secrets Manager can't find the specified secret{what}."
    return ServiceError("ResourceNotFoundException", message, 400)
