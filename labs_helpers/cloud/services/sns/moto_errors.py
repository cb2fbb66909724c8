"""The errors that SNS returns if moto fails because of a malformed ARN, an unknown token, or a missing parameter.

https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.moto_errors import explained
from labs_helpers.cloud.services.sns.table import TABLE


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """Return SNS's error for a call on which moto failed, or None if the cause is unknown."""
    parameters = call.parameters
    for name in ("TopicArn", "TargetArn", "SubscriptionArn", "ResourceArn"):
        if parameters.get(name) and parameters[name].count(":") < 5:
            return ServiceError("InvalidParameter", f"Invalid parameter: {name}", 400)
    if call.operation == "Publish" and not any(
        parameters.get(name) for name in ("TopicArn", "TargetArn", "PhoneNumber")
    ):
        reason = "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
        return ServiceError("InvalidParameter", reason, 400)
    if parameters.get("NextToken") and isinstance(failure, ValueError):
        return ServiceError("InvalidParameter", "Invalid parameter: NextToken", 400)
    if isinstance(failure, KeyError) and "PlatformApplicationArn" in parameters:
        return ServiceError("NotFound", "PlatformApplication does not exist", 404)
    return None
