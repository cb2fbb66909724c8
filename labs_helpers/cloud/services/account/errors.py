"""Account Management's errors: https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html."""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError


def denied(call: Call, why: str) -> ServiceError:
    """AccessDeniedException for an account that is not the caller's to see to."""
    message = f"User: {call.principal.arn} is not authorized to perform: account:{call.operation} ({why})"
    return ServiceError("AccessDeniedException", message, 403)


def not_found(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message, 404)


def conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message, 409)


def wrong_field(name: str, message: str) -> ServiceError:
    """ValidationException for a parameter."""
    fields = [{"name": name, "message": message}]
    return ServiceError("ValidationException", message, 400, reason="fieldValidationFailed", fieldList=fields)


def wrong_region(message: str) -> ServiceError:
    """ValidationException for a Region that can't be opted into or out of."""
    return ServiceError("ValidationException", message, 400, reason="invalidRegionOptTarget")
