"""CloudWatch Logs errors that several operations raise.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("InvalidParameterException", 400)
not_found = refusal("ResourceNotFoundException", 400)
exists_already = refusal("ResourceAlreadyExistsException", 400)
not_valid = refusal("ValidationException", 400)
over_limit = refusal("LimitExceededException", 400)


def group_of(call: Call, name: str | None) -> Any:
    """Return the log group with a given name or ARN, without its expired events.

    Raises ResourceNotFoundException if it doesn't exist, or InvalidParameterException if the request doesn't name one.
    """
    if not name:
        raise invalid("You must include one of the parameters logGroupName and logGroupIdentifier.")
    found = logs.group(call.account, call.region, logs.named(name))
    if found is None:
        raise not_found("The specified log group does not exist.")
    logs.expire(found, call.time)
    return found
