"""SSE-KMS for topics: SNS calls KMS on behalf of the message's publisher.

https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.kms import reuse
from labs_helpers.cloud.services.sns import moto_view as sns

_REUSED_FOR = timedelta(minutes=5)
"""The time for which SNS reuses a data key for a publisher.

https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-estimate-kms-usage-costs
"""
_ERRORS = {
    "AccessDeniedException": "KMSAccessDenied",
    "DisabledException": "KMSDisabled",
    "KMSInvalidStateException": "KMSInvalidState",
    "NotFoundException": "KMSNotFound",
}
"""KMS's error → the error that SNS returns: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors"""


@around("sns", "Publish", "PublishBatch", stage=Stage.ENCRYPTED)
def publish(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require that the publisher has permission for kms:GenerateDataKey and, to verify a new data key, kms:Decrypt."""
    arn = call.parameters.get("TopicArn") or call.parameters.get("TargetArn") or ""
    key = sns.kms_key(arn)
    if key is not None:
        try:
            reuse.for_sender(call, arn, key, {"aws:sns:topicArn": arn}, _REUSED_FOR)
        except ServiceError as error:
            raise ServiceError(_ERRORS.get(error.code, "InvalidParameter"), error.message, 400) from error
    return perform()
