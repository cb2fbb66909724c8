"""SQS errors that several operations raise.

Callers that use the query protocol, and SDKs that preserve its codes, expect error codes prefixed with the service's
name.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.cloud.services.sqs.table import queue_arn

invalid = refusal("InvalidParameterValueException", 400, query_code="InvalidParameterValue")
invalid_value = refusal("InvalidAttributeValue", 400)
unknown_attribute = refusal("InvalidAttributeName", 400)
_PREFIX = "AWS.SimpleQueueService"


def missing(parameter: str) -> ServiceError:
    """Return the error for a missing parameter."""
    return ServiceError("MissingParameter", f"The request must contain the parameter {parameter}.", 400)


def of_service(code: str, message: str) -> ServiceError:
    """Return an error whose code in the query protocol begins with the service's name."""
    return ServiceError(code, message, 400, query_code=f"{_PREFIX}.{code}")


def queue_of(call: Call) -> Any:
    """Return the queue that a request specifies. Raises QueueDoesNotExist if there is no such queue."""
    found = sqs.queue(queue_arn(call))
    if found is None:
        raise ServiceError(
            "QueueDoesNotExist", "The specified queue does not exist.", 400,
            query_code=f"{_PREFIX}.NonExistentQueue",
        )  # fmt: skip
    return found
