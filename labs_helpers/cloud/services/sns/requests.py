"""Requests that SNS refuses and moto accepts: unknown protocols and attributes, empty messages, malformed numbers.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.sns import moto_view as sns

_PROTOCOLS = {
    "http": re.compile(r"http://\S+"), "https": re.compile(r"https://\S+"), "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "email-json": re.compile(r"[^@\s]+@[^@\s]+"), "sms": re.compile(r"\+?[0-9][0-9 ()./-]{3,30}"),
    "sqs": re.compile(r"arn:[\w-]+:sqs:\S+"), "application": re.compile(r"arn:[\w-]+:sns:\S+"),
    "lambda": re.compile(r"arn:[\w-]+:lambda:\S+"), "firehose": re.compile(r"arn:[\w-]+:firehose:\S+"),
}  # fmt: skip
"""The form of an endpoint, by protocol: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
_TOPIC_ATTRIBUTES = frozenset(
    """ApplicationSuccessFeedbackRoleArn ApplicationSuccessFeedbackSampleRate ApplicationFailureFeedbackRoleArn
    ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryPolicy DisplayName FifoThroughputScope
    FirehoseSuccessFeedbackRoleArn FirehoseSuccessFeedbackSampleRate FirehoseFailureFeedbackRoleArn
    HTTPSuccessFeedbackRoleArn HTTPSuccessFeedbackSampleRate HTTPFailureFeedbackRoleArn KmsMasterKeyId
    LambdaSuccessFeedbackRoleArn LambdaSuccessFeedbackSampleRate LambdaFailureFeedbackRoleArn Policy
    SQSSuccessFeedbackRoleArn SQSSuccessFeedbackSampleRate SQSFailureFeedbackRoleArn SignatureVersion
    TracingConfig""".split()
)
"""The attributes of a topic that can be set: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html"""
_E164 = re.compile(r"\+?[1-9][0-9 ()./-]{5,20}")


def _invalid(reason: str) -> ServiceError:
    return ServiceError("InvalidParameter", f"Invalid parameter: {reason}", 400)


@around("sns", "Subscribe", stage=Stage.VALIDATED)
def check_subscription(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an unknown protocol, and an endpoint that does not have the protocol's form."""
    protocol, endpoint = call.parameters["Protocol"], call.parameters.get("Endpoint") or ""
    if protocol not in _PROTOCOLS:
        raise _invalid(f"Does not support this protocol string: {protocol}")
    if not _PROTOCOLS[protocol].fullmatch(endpoint):
        raise _invalid(
            f"{protocol.upper()} endpoint" if protocol != "sms" else f"Invalid SMS endpoint: {endpoint}"
        )
    return perform()


@around("sns", "Publish", stage=Stage.VALIDATED)
def check_message(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an empty message, a subject of the wrong length, a malformed phone number, and an unknown topic.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    parameters = call.parameters
    if not parameters["Message"]:
        raise _invalid("Empty message")
    subject, phone_number = parameters.get("Subject"), parameters.get("PhoneNumber")
    if subject is not None and not 1 <= len(subject) <= 100:
        raise _invalid("Subject")
    if phone_number and not _E164.fullmatch(phone_number):
        raise _invalid(f"PhoneNumber Reason: {phone_number} is not valid to publish to")
    # moto_errors explains an ARN with fewer parts.
    topic = parameters.get("TopicArn") or ""
    if topic.count(":") == 5 and sns.topic(topic) is None:
        raise ServiceError("NotFound", "Topic does not exist", 404)
    return perform()


@around("sns", "SetTopicAttributes", stage=Stage.VALIDATED)
def check_attribute(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an attribute that topics do not have."""
    if call.parameters["AttributeName"] not in _TOPIC_ATTRIBUTES:
        raise _invalid("AttributeName")
    return perform()
