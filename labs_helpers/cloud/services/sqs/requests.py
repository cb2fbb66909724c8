"""Requests that SQS refuses and moto accepts: attributes that are unknown or out of range, messages without a body.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage

_RANGES = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
"""Attributes with a number → its least and greatest value."""
_CHOICES = {
    "FifoQueue": ("true",),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
"""Attributes with a choice → the values to choose from."""
_OTHERS = frozenset(("Policy", "RedriveAllowPolicy", "KmsMasterKeyId"))
_FIFO_ONLY = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


@around("sqs", "CreateQueue", "SetQueueAttributes", stage=Stage.VALIDATED)
def check_attributes(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject unknown attributes and values, queue names of the wrong form, and FifoQueue for an existing queue."""
    attributes: Mapping[str, str] = call.parameters.get("Attributes") or {}
    for name, value in attributes.items():
        _check_attribute(name, value)
    if call.operation == "CreateQueue":
        _check_name(call.parameters["QueueName"], attributes)
    elif "FifoQueue" in attributes:
        raise ServiceError("InvalidAttributeName", "Unknown Attribute FifoQueue.", 400)
    return perform()


def _check_attribute(name: str, value: str) -> None:
    if name in _RANGES:
        least, most = _RANGES[name]
        valid = value.isascii() and value.isdigit() and least <= int(value) <= most
    elif name in _CHOICES:
        valid = value in _CHOICES[name]
    elif name == "RedrivePolicy":
        valid = not value or _is_json(value)
    elif name in _OTHERS:
        valid = True
    else:
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.", 400)
    if not valid:
        raise ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.", 400)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _check_name(name: str, attributes: Mapping[str, str]) -> None:
    """Refuse a malformed queue name, and attributes of FIFO queues for a standard queue."""
    fifo = attributes.get("FifoQueue") == "true"
    if fifo and not name.endswith(".fifo"):
        message = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must "
        raise ServiceError(
            "InvalidParameterValue", message + "end with .fifo suffix and be 1 to 80 in length.", 400
        )
    if len(name) > 80 or not _QUEUE_NAME.fullmatch(name.removesuffix(".fifo") if fifo else name):
        message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise ServiceError("InvalidParameterValue", message, 400)
    fifo_attribute = next((each for each in _FIFO_ONLY if each in attributes and not fifo), None)
    if fifo_attribute is not None:
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {fifo_attribute}.", 400)


@around("sqs", "SendMessage", stage=Stage.VALIDATED)
def check_message(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a message without a character.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    if not call.parameters["MessageBody"]:
        raise ServiceError("MissingParameter", "The request must contain the parameter MessageBody.", 400)
    return perform()
