"""What SQS refuses that moto takes: attributes that there are not or that are out of range, messages without a body.

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
_CHOICES = {
    "FifoQueue": ("true",),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_OTHERS = frozenset(("Policy", "RedriveAllowPolicy", "KmsMasterKeyId"))
_FIFO_ONLY = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


@around("sqs", "CreateQueue", "SetQueueAttributes", stage=Stage.VALIDATED)
def check_attributes(call: Call, deed: Callable[[], Answer]) -> Answer:
    """Raises `ServiceError` for the first attribute that SQS would not take."""
    given: Mapping[str, str] = call.parameters.get("Attributes") or {}
    for name, value in given.items():
        _check_attribute(name, value)
    if call.operation == "CreateQueue":
        _check_name(call.parameters["QueueName"], given)
    elif "FifoQueue" in given:
        raise ServiceError("InvalidAttributeName", "Unknown Attribute FifoQueue.", 400)
    return deed()


def _check_attribute(name: str, value: str) -> None:
    if name in _RANGES:
        least, most = _RANGES[name]
        good = value.isascii() and value.isdigit() and least <= int(value) <= most
    elif name in _CHOICES:
        good = value in _CHOICES[name]
    elif name == "RedrivePolicy":
        good = not value or _is_json(value)
    elif name in _OTHERS:
        good = True
    else:
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.", 400)
    if not good:
        raise ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.", 400)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _check_name(name: str, attributes: Mapping[str, str]) -> None:
    fifo = attributes.get("FifoQueue") == "true"
    if fifo and not name.endswith(".fifo"):
        message = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must "
        raise ServiceError(
            "InvalidParameterValue", message + "end with .fifo suffix and be 1 to 80 in length.", 400
        )
    if len(name) > 80 or not _QUEUE_NAME.fullmatch(name.removesuffix(".fifo") if fifo else name):
        message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise ServiceError("InvalidParameterValue", message, 400)
    only = next((each for each in _FIFO_ONLY if each in attributes and not fifo), None)
    if only is not None:
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {only}.", 400)


@around("sqs", "SendMessage", stage=Stage.VALIDATED)
def check_message(call: Call, deed: Callable[[], Answer]) -> Answer:
    """The least length of a message is one character.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    if not call.parameters["MessageBody"]:
        raise ServiceError("MissingParameter", "The request must contain the parameter MessageBody.", 400)
    return deed()
