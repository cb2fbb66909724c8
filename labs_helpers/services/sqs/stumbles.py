"""What SQS says of an attribute that is no number.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from labs_helpers.core.call import Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.services.sqs.table import TABLE
from labs_helpers.services.stumbles import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """InvalidAttributeValue with the attribute's name."""
    if not isinstance(failure, ValueError):
        return None
    for name, value in (call.parameters.get("Attributes") or {}).items():
        if (
            name not in ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
            and not value.isdigit()
        ):
            return ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.", 400)
    return None
