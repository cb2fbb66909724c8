"""The errors that CloudWatch Logs returns if moto fails because a parameter is missing or a resource doesn't exist.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.logs.table import TABLE
from labs_helpers.cloud.services.shared.moto_errors import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """Return the error from CloudWatch Logs for a call on which moto failed, or None if the cause is unknown.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html and others
    """
    parameters = call.parameters
    if call.operation == "GetQueryResults":
        return ServiceError("ResourceNotFoundException", "The specified query does not exist.", 400)
    if call.operation == "StartQuery":
        return ServiceError(
            "InvalidParameterException", "Please specify at least one log group to be queried.", 400
        )
    if call.operation in ("PutDeliverySource", "PutDeliveryDestination"):
        configuration = parameters.get("deliveryDestinationConfiguration") or {}
        arn = parameters.get("resourceArn") or configuration.get("destinationResourceArn")
        return ServiceError("ValidationException", f"{arn or 'The resource'} is not a valid ARN.", 400)
    return None
