"""Lambda errors that several operations raise.

https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.table import qualified_arn
from labs_helpers.cloud.services.shared.refusals import refusal

not_found = refusal("ResourceNotFoundException", 404, Type="User")
in_conflict = refusal("ResourceConflictException", 409, Type="User")
invalid = refusal("InvalidParameterValueException", 400, Type="User")


def missing() -> ServiceError:
    """Return the error for a policy, a URL, or a configuration that a function doesn't have."""
    return not_found("The resource you requested does not exist.")


def check_revision(call: Call, revision: str) -> None:
    """Reject a change to a function or alias if the request specifies a revision that isn't the current one."""
    if call.parameters.get("RevisionId") not in (None, "", revision):
        message = (
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
            "retrieve the latest Revision Id"
        )
        raise ServiceError("PreconditionFailedException", message, 412, Type="User")


def function_of(call: Call) -> Any:
    """Return the function, version, or alias that a request specifies.

    Raises ResourceNotFoundException if it doesn't exist.
    """
    arn = qualified_arn(call)
    found = lambdas.function(arn)
    if found is None:
        raise not_found(f"Function not found: {arn}")
    return found
