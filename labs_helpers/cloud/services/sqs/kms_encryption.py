"""SSE-KMS of queues: SQS asks KMS for the producer of a message and for its consumer.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.kms import for_services, reuse
from labs_helpers.cloud.services.kms.for_services import Sealed
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.cloud.services.sqs.table import queue_arn

_ERRORS = {
    "AccessDeniedException": ("KmsAccessDenied", "KMS.AccessDeniedException"),
    "DisabledException": ("KmsDisabled", "KMS.DisabledException"),
    "InvalidKeyUsageException": ("KmsInvalidKeyUsage", "KMS.InvalidKeyUsageException"),
    "KMSInvalidStateException": ("KmsInvalidState", "KMS.InvalidStateException"),
    "NotFoundException": ("KmsNotFound", "KMS.NotFoundException"),
}
"""KMS's errors as SQS gives them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors
"""
_SENT = re.compile(r"""MessageId(?:>|":\s*")([^"<]+)""")
"""The messages that an answer tells of, in JSON or XML."""


@around("sqs", "SendMessage", "SendMessageBatch", stage=Stage.ENCRYPTED)
def send(call: Call, perform: Callable[[], Answer]) -> Answer:
    """A producer needs kms:GenerateDataKey and, to prove the new key, kms:Decrypt."""
    arn = queue_arn(call)
    key = sqs.kms_key(arn)
    sealed = _asked(lambda: _data_key(call, arn, key)) if key is not None else None
    answer = perform()
    if sealed is not None and answer.status < 300:
        body = answer.body if isinstance(answer.body, str) else answer.body.decode()
        sqs.seal_messages(arn, set(_SENT.findall(body)), sealed)
    return answer


@around("sqs", "ReceiveMessage", stage=Stage.ENCRYPTED)
def receive(call: Call, perform: Callable[[], Answer]) -> Answer:
    """A consumer needs kms:Decrypt with the keys that the messages were encrypted with."""
    arn = queue_arn(call)
    for message, sealed in sqs.waiting(arn, call.parameters.get("MaxNumberOfMessages") or 1):
        sealed = sealed or _brought(call, arn, message)
        if sealed is not None:
            _asked(partial(_open, call, arn, sealed))
    return perform()


def _context(arn: str) -> dict[str, str]:
    return {"aws:sqs:arn": arn}


def _data_key(call: Call, arn: str, named: str) -> Sealed:
    """A data key of the producer's: one in use, or a new one. Raises `ServiceError` where KMS refuses."""
    sealed = reuse.for_sender(call, arn, named, _context(arn), sqs.reuse_period(arn))
    reading = _reading(arn, sealed.blob)
    if reuse.known(call, reading, sealed.key_arn) is None:
        reuse.keep(call, reading, sealed.key_arn, sealed.blob, sqs.reuse_period(arn))
    return sealed


def _open(call: Call, arn: str, sealed: Sealed) -> None:
    if reuse.known(call, _reading(arn, sealed.blob), sealed.key_arn) is None:
        for_services.unwrap(call, sealed.blob, _context(arn))
        reuse.keep(call, _reading(arn, sealed.blob), sealed.key_arn, sealed.blob, sqs.reuse_period(arn))


def _reading(arn: str, blob: bytes) -> str:
    return f"{arn} {blob.hex()}"


def _brought(call: Call, arn: str, message: str) -> Sealed | None:
    """The data key of a message that another service brought, made by that service."""
    named = sqs.kms_key(arn)
    key = for_services.key_for(call.state, arn, named) if named is not None else None
    if key is None or not for_services.usable(call.state, key.arn):
        return None
    sealed = Sealed(for_services.made_by_service(call, key, _context(arn)), key.arn)
    sqs.seal_messages(arn, {message}, sealed)
    return sealed


def _asked(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except ServiceError as error:
        code, query_code = _ERRORS.get(error.code, (error.code, error.code))
        raise ServiceError(code, error.message, 400, query_code=query_code) from error
