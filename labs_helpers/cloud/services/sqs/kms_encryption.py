"""SSE-KMS for queues: SQS calls KMS on behalf of a message's producer and consumer.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.kms import for_services, reuse
from labs_helpers.cloud.services.kms.for_services import Sealed
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.cloud.services.sqs.table import queue_arn

_T = TypeVar("_T")

_ERRORS = {
    "AccessDeniedException": ("KmsAccessDenied", "KMS.AccessDeniedException"),
    "DisabledException": ("KmsDisabled", "KMS.DisabledException"),
    "InvalidKeyUsageException": ("KmsInvalidKeyUsage", "KMS.InvalidKeyUsageException"),
    "KMSInvalidStateException": ("KmsInvalidState", "KMS.InvalidStateException"),
    "NotFoundException": ("KmsNotFound", "KMS.NotFoundException"),
}
"""KMS's error → the error that SQS returns, and its code in the query protocol.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors
"""
_SENT = re.compile(r"""MessageId(?:>|":\s*")([^"<]+)""")
"""The ID of each message in a response, in JSON or XML."""


@around("sqs", "SendMessage", "SendMessageBatch", stage=Stage.ENCRYPTED)
def send(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require that the producer has permission for kms:GenerateDataKey and, to verify a new data key, kms:Decrypt."""
    arn = queue_arn(call)
    key = sqs.kms_key(arn)
    sealed = _as_sqs(lambda: _data_key(call, arn, key)) if key is not None else None
    answer = perform()
    if sealed is not None and answer.status < 300:
        sqs.seal_messages(arn, set(_SENT.findall(answer.text)), sealed)
    return answer


@around("sqs", "ReceiveMessage", stage=Stage.ENCRYPTED)
def receive(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require that the consumer has permission for kms:Decrypt on the KMS keys of the messages about to be received."""
    arn = queue_arn(call)
    for message, stored in sqs.next_messages(arn, call.parameters.get("MaxNumberOfMessages") or 1):
        # A message without a data key was sent by another service, or before the queue was encrypted.
        sealed = stored or _data_key_of_service(call, arn, message)
        if sealed is not None:
            _as_sqs(partial(_open, call, arn, sealed))
    return perform()


def _context(arn: str) -> dict[str, str]:
    return {"aws:sqs:arn": arn}


def _data_key(call: Call, arn: str, key: str) -> Sealed:
    """Return the data key for a producer's messages: the one in use, or a new one.

    The producer can reuse it for reading messages as well. Raises `ServiceError` if KMS denies the call.
    """
    sealed = reuse.for_sender(call, arn, key, _context(arn), sqs.reuse_period(arn))
    purpose = _purpose_of_reading(arn, sealed.blob)
    if reuse.known(call, purpose, sealed.key_arn) is None:
        reuse.keep(call, purpose, sealed.key_arn, sealed.blob, sqs.reuse_period(arn))
    return sealed


def _open(call: Call, arn: str, sealed: Sealed) -> None:
    """Have KMS decrypt a data key for the caller, unless the caller can still reuse it for reading."""
    purpose = _purpose_of_reading(arn, sealed.blob)
    if reuse.known(call, purpose, sealed.key_arn) is None:
        for_services.unwrap(call, sealed.blob, _context(arn))
        reuse.keep(call, purpose, sealed.key_arn, sealed.blob, sqs.reuse_period(arn))


def _purpose_of_reading(arn: str, blob: bytes) -> str:
    """Return the purpose under which a data key is cached for reading; each data key is cached separately."""
    return f"{arn} {blob.hex()}"


def _data_key_of_service(call: Call, arn: str, message: str) -> Sealed | None:
    """Create and store the data key for a message that lacks one, as the sending service would have done.

    Returns None for a queue without an enabled KMS key.
    """
    identifier = sqs.kms_key(arn)
    key = for_services.key_for(call.state, arn, identifier) if identifier is not None else None
    if key is None or not for_services.usable(call.state, key.arn):
        return None
    sealed = Sealed(for_services.made_by_service(call, key, _context(arn)), key.arn)
    sqs.seal_messages(arn, {message}, sealed)
    return sealed


def _as_sqs(function: Callable[[], _T]) -> _T:
    """Call a function and raise SQS's error for an error of KMS."""
    try:
        return function()
    except ServiceError as error:
        code, query_code = _ERRORS.get(error.code, (error.code, error.code))
        raise ServiceError(code, error.message, 400, query_code=query_code) from error
