"""The errors that EventBridge returns if moto fails because a parameter is missing or a resource doesn't exist.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.events.table import TABLE
from labs_helpers.cloud.services.shared.moto_errors import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """Return EventBridge's error for a call on which moto failed, or None if the cause is unknown.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventSource.html and the other operations
    """
    name = call.parameters.get("Name")
    if isinstance(failure, KeyError) and failure.args and failure.args[0] == name:
        return ServiceError("ResourceNotFoundException", f"Event source {name} does not exist.", 400)
    # moto fails without some parameters that the API's model doesn't require.
    if isinstance(failure, KeyError) and failure.args and str(failure.args[0])[:1].isupper():
        return ServiceError("ValidationException", f"Parameter {failure.args[0]} is not valid.", 400)
    return None
