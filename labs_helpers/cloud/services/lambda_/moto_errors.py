"""The errors that Lambda returns if moto fails because a parameter is missing or malformed.

https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
"""

from __future__ import annotations

from json import JSONDecodeError

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.lambda_.table import TABLE
from labs_helpers.cloud.services.shared.moto_errors import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """Return Lambda's error for a call on which moto failed, or None if the cause is unknown.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html and the other operations
    """
    if call.operation == "UpdateFunctionUrlConfig":
        message = "The resource you requested does not exist."
        return ServiceError("ResourceNotFoundException", message, 404, Type="User")
    if isinstance(failure, JSONDecodeError):
        message = f"Could not parse request body into json: {failure}"
        return ServiceError("InvalidRequestContentException", message, 400, Type="User")
    # moto fails on a parameter that it needs and that the API's model doesn't require.
    if isinstance(failure, KeyError) and failure.args and str(failure.args[0])[:1].isupper():
        message = f"Please provide {failure.args[0]}."
        return ServiceError("InvalidParameterValueException", message, 400, Type="User")
    return None
