"""The errors of Account Management.

https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal

not_found = refusal("ResourceNotFoundException", 404)
conflict = refusal("ConflictException", 409)
wrong_region = refusal("ValidationException", 400, reason="invalidRegionOptTarget")
"""Return ValidationException for a Region that can't be enabled or disabled."""


def denied(call: Call, why: str) -> ServiceError:
    """Return AccessDeniedException for an account that the caller isn't allowed to manage."""
    message = f"User: {call.principal.arn} is not authorized to perform: account:{call.operation} ({why})"
    return ServiceError("AccessDeniedException", message, 403)


def wrong_field(name: str, message: str) -> ServiceError:
    """Return ValidationException for an invalid parameter."""
    fields = [{"name": name, "message": message}]
    return ServiceError("ValidationException", message, 400, reason="fieldValidationFailed", fieldList=fields)
