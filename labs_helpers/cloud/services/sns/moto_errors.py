"""What SNS says of an ARN that is none, and of a token that it did not give.

https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.moto_errors import explained
from labs_helpers.cloud.services.sns.table import TABLE


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """InvalidParameter with the parameter's name, as SNS words all of them."""
    given = call.parameters
    for name in ("TopicArn", "TargetArn", "SubscriptionArn", "ResourceArn"):
        if given.get(name) and given[name].count(":") < 5:
            return ServiceError("InvalidParameter", f"Invalid parameter: {name}", 400)
    if call.operation == "Publish" and not any(
        given.get(name) for name in ("TopicArn", "TargetArn", "PhoneNumber")
    ):
        reason = "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
        return ServiceError("InvalidParameter", reason, 400)
    if given.get("NextToken") and isinstance(failure, ValueError):
        return ServiceError("InvalidParameter", "Invalid parameter: NextToken", 400)
    if isinstance(failure, KeyError) and "PlatformApplicationArn" in given:
        return ServiceError("NotFound", "PlatformApplication does not exist", 404)
    return None
