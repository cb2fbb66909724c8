"""Operations that send, receive, and delete messages.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html and the other operations'
pages
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.sqs import message_attributes
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.cloud.services.sqs.attributes import NAMES, check_names
from labs_helpers.cloud.services.sqs.errors import invalid, missing, of_service, queue_of
from labs_helpers.engine.policy import PrincipalKind

_MOST_ENTRIES = 10
_MOST_BATCH_BYTES = 1_048_576
_LONGEST_DELAY, _LONGEST_INVISIBLE = 900, 43_200
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
_FIFO_ID = re.compile(r"[\x21-\x7e]{1,128}")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REMEMBERED = timedelta(minutes=5)
_NOT_IN_FLIGHT = "Message does not exist or is not available for visibility timeout change."
_contents = refusal("InvalidMessageContents", 400)
_no_handle = refusal("ReceiptHandleIsInvalid", 400)


@dataclass(slots=True)
class Ordered:
    """The state of FIFO queues: the last sequence number, and the messages from the last five minutes."""

    last: int = 18_850_000_000_000_000_000
    sent: dict[tuple[str, str], tuple[datetime, dict[str, Any]]] = field(default_factory=dict)
    """The time and response by queue and deduplication ID.

    If a queue deduplicates by message group, the group is part of the key.
    """


# Sending


@operation("sqs", "SendMessage")
def send_message(call: Call) -> Mapping[str, Any]:
    """Send a message to a queue."""
    queue = queue_of(call)
    return _send(call, queue, call.parameters)


@operation("sqs", "SendMessageBatch")
def send_message_batch(call: Call) -> Mapping[str, Any]:
    """Send up to ten messages. Each message is accepted or rejected individually."""
    queue, entries = queue_of(call), call.parameters.get("Entries") or ()
    _check_batch("Send", entries)
    size = sum(map(_size, entries))
    if size > _MOST_BATCH_BYTES:
        raise of_service(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {_MOST_BATCH_BYTES} bytes. You have sent {size} bytes.",
        )
    return _one_by_one(entries, lambda entry: _send(call, queue, entry))


def _check_batch(what: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Reject a batch as a whole: no entries or too many, or malformed or duplicate IDs."""
    if not entries:
        raise of_service(
            "EmptyBatchRequest",
            f"There should be at least one {what}MessageBatchRequestEntry in the request.",
        )
    if len(entries) > _MOST_ENTRIES:
        raise of_service(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {_MOST_ENTRIES}. You have sent {len(entries)}.",
        )
    ids = [entry["Id"] for entry in entries]
    if not all(map(_ID.fullmatch, ids)):
        raise of_service(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
            "letters long.",
        )
    twice = next((each for index, each in enumerate(ids) if each in ids[:index]), None)
    if twice is not None:
        raise of_service("BatchEntryIdsNotDistinct", f"Id {twice} repeated.")


def _one_by_one(
    entries: Sequence[Mapping[str, Any]], do: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the response to a batch: for each entry, the result of `do` or the error that it raises."""
    taken, failed = [], []
    for entry in entries:
        try:
            taken.append({"Id": entry["Id"], **do(entry)})
        except ServiceError as error:
            failed.append(
                {
                    "Id": entry["Id"],
                    "Code": getattr(error, "query_code", error.code),
                    "Message": error.message,
                    "SenderFault": True,
                }
            )
    return {"Successful": taken, "Failed": failed}


def _size(given: Mapping[str, Any]) -> int:
    body = len((given.get("MessageBody") or "").encode("utf-8", "surrogatepass"))
    return body + message_attributes.size(given.get("MessageAttributes") or {})


def _send(call: Call, queue: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check and send one message, and return the response.

    A FIFO queue accepts the same message only once in five minutes.
    """
    _check(queue, given)
    body = given["MessageBody"]
    answer: dict[str, Any] = {
        "MD5OfMessageBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    }
    for name, digest in (
        ("MessageAttributes", "MD5OfMessageAttributes"),
        ("MessageSystemAttributes", "MD5OfMessageSystemAttributes"),
    ):
        if given.get(name):
            answer[digest] = message_attributes.digest(given[name])
    if not queue.fifo_queue:
        return answer | {"MessageId": _put(call, queue, given).id}
    kept, name = call.state.part(Ordered), _deduplication_id(queue, given)
    scope = queue.queue_arn
    if queue.deduplication_scope == "messageGroup":
        scope += f" {given['MessageGroupId']}"
    before = kept.sent.get((scope, name))
    if before is not None and call.time - before[0] < _REMEMBERED:
        return answer | before[1]
    kept.last += 1
    message = _put(call, queue, given, deduplication_id=name, sequence_number=str(kept.last))
    known = {"MessageId": message.id, "SequenceNumber": str(kept.last)}
    kept.sent[scope, name] = (call.time, known)
    return answer | known


def _deduplication_id(queue: Any, given: Mapping[str, Any]) -> str:
    named: str | None = given.get("MessageDeduplicationId")
    return named or hashlib.sha256(given["MessageBody"].encode()).hexdigest()


def _put(call: Call, queue: Any, given: Mapping[str, Any], **fifo: str) -> Any:
    """Add a message to a queue, with the ID of its sender."""
    message = sqs.put(
        queue, given["MessageBody"], delay=given.get("DelaySeconds"), sender=_sender(call),
        message_attributes=given.get("MessageAttributes") or {},
        system_attributes=given.get("MessageSystemAttributes") or {}, group_id=given.get("MessageGroupId"), **fifo,
    )  # fmt: skip
    return message


def _sender(call: Call) -> str:
    """Return SenderId: the ID of a user, the ID of a role with the session's name, or otherwise the account.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    if call.principal.kind is PrincipalKind.ANONYMOUS:
        return "Anonymous"
    credentials = call.credentials
    return (
        (credentials.user_id if credentials is not None else "")
        or call.principal.account
        or call.principal.arn
    )


def _check(queue: Any, given: Mapping[str, Any]) -> None:
    """Reject a message that is empty or too long, or has a parameter that isn't valid for the queue."""
    body = given.get("MessageBody")
    if not body:
        raise missing("MessageBody")
    if _FORBIDDEN.search(body):
        raise _contents(
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
            "#xFFFD | #x10000 to #x10FFFF"
        )
    message_attributes.check(given.get("MessageAttributes") or {})
    message_attributes.check_system(given.get("MessageSystemAttributes") or {})
    if _size(given) > queue.maximum_message_size:
        raise invalid(
            "One or more parameters are invalid. Reason: Message must be shorter than "
            f"{queue.maximum_message_size} bytes."
        )
    delay = given.get("DelaySeconds")
    if delay is not None and not 0 <= delay <= _LONGEST_DELAY:
        raise invalid(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
            f"{_LONGEST_DELAY}."
        )
    _check_order(queue, given, delay)


def _check_order(queue: Any, given: Mapping[str, Any], delay: int | None) -> None:
    """Reject FIFO parameters for a standard queue, and their absence for a FIFO queue."""
    group, deduplication = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", deduplication)):
        if value is not None and not _FIFO_ID.fullmatch(value):
            raise invalid(
                f"Value {value} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and "
                "punctuation characters. 1 to 128 in length."
            )
    if not queue.fifo_queue:
        if deduplication is not None:
            raise invalid(
                f"Value {deduplication} for parameter MessageDeduplicationId is invalid. Reason: The request includes "
                "a parameter that is not valid for this queue type."
            )
        return
    if not group:
        raise missing("MessageGroupId")
    if delay:
        raise invalid(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not "
            "valid for this queue type."
        )
    if deduplication is None and not queue.content_based_deduplication:
        raise invalid(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )


# Receiving


_SYSTEM_NAMES = frozenset(
    """AWSTraceHeader ApproximateFirstReceiveTimestamp ApproximateReceiveCount DeadLetterQueueSourceArn
    MessageDeduplicationId MessageGroupId SenderId SentTimestamp SequenceNumber""".split()
)
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""


@operation("sqs", "ReceiveMessage")
def receive_message(call: Call) -> Mapping[str, Any]:
    """Receive messages, which are then invisible to other consumers for the visibility timeout."""
    given, queue = call.parameters, queue_of(call)
    count = _in_range(call, "MaxNumberOfMessages", 1, 10, 1)
    wait = _in_range(call, "WaitTimeSeconds", 0, 20, int(queue.receive_message_wait_time_seconds))
    invisible = given.get("VisibilityTimeout")
    if invisible is not None and not 0 <= invisible <= _LONGEST_INVISIBLE:
        raise _wrong_timeout(invisible)
    wanted = list(given.get("MessageAttributeNames") or ())
    system = {*(given.get("AttributeNames") or ()), *(given.get("MessageSystemAttributeNames") or ())}
    check_names(sorted(system), _SYSTEM_NAMES | NAMES)
    received = backend("sqs", call.account, call.region).receive_message(
        queue.name, count, wait, queue.visibility_timeout if invisible is None else invisible, wanted
    )
    messages = [_received(each, system) for each in received]
    return {"Messages": messages} if messages else {}


def _in_range(call: Call, name: str, least: int, most: int, default: int) -> int:
    value = call.parameters.get(name)
    if value is None:
        return default
    if not least <= value <= most:
        bound = "<= 0 and >= 20" if name == "WaitTimeSeconds" else f"between {least} and {most}"
        raise invalid(f"Value {value} for parameter {name} is invalid. Reason: Must be {bound}, if provided.")
    return int(value)


def _wrong_timeout(value: int) -> ServiceError:
    return invalid(
        f"Value {value} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer "
        f"between 0 and {_LONGEST_INVISIBLE}"
    )


def _received(message: Any, wanted: set[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "MessageId": message.id, "ReceiptHandle": message.receipt_handle, "MD5OfBody": message.body_md5,
        "Body": message.body,
    }  # fmt: skip
    if message.message_attributes:
        shown["MD5OfMessageAttributes"] = message_attributes.digest(message.message_attributes)
        shown["MessageAttributes"] = message.message_attributes
    attributes = {
        name: value
        for name, value in _system_attributes(message).items()
        if "All" in wanted or name in wanted
    }
    return shown | ({"Attributes": attributes} if attributes else {})


def _system_attributes(message: Any) -> dict[str, str]:
    found = {
        "SenderId": message.sender_id, "SentTimestamp": message.sent_timestamp,
        "ApproximateReceiveCount": message.approximate_receive_count,
        "ApproximateFirstReceiveTimestamp": message.approximate_first_receive_timestamp,
        "SequenceNumber": message.sequence_number, "MessageDeduplicationId": message.deduplication_id,
        "MessageGroupId": message.group_id, "DeadLetterQueueSourceArn": sqs.source_of(message),
        "AWSTraceHeader": (message.system_attributes.get("AWSTraceHeader") or {}).get("StringValue"),
    }  # fmt: skip
    return {name: str(value) for name, value in found.items() if value is not None}


# Deleting messages and changing their visibility


@operation("sqs", "DeleteMessage")
def delete_message(call: Call) -> Mapping[str, Any]:
    """Delete a received message. Deleting it again succeeds."""
    _delete(queue_of(call), call.parameters["ReceiptHandle"])
    return {}


@operation("sqs", "DeleteMessageBatch")
def delete_message_batch(call: Call) -> Mapping[str, Any]:
    """Delete up to ten received messages."""
    queue, entries = queue_of(call), call.parameters.get("Entries") or ()
    _check_batch("Delete", entries)

    def delete(entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Delete one entry's message."""
        _delete(queue, entry["ReceiptHandle"])
        return {}

    return _one_by_one(entries, delete)


def _delete(queue: Any, handle: str) -> None:
    if not sqs.delete(queue, handle):
        raise _no_handle(f'The input receipt handle "{handle}" is not a valid receipt handle.')


@operation("sqs", "ChangeMessageVisibility")
def change_message_visibility(call: Call) -> Mapping[str, Any]:
    """Change the visibility timeout of a received message."""
    _change_visibility(call, queue_of(call), call.parameters)
    return {}


@operation("sqs", "ChangeMessageVisibilityBatch")
def change_message_visibility_batch(call: Call) -> Mapping[str, Any]:
    """Change the visibility timeouts of up to ten received messages."""
    queue, entries = queue_of(call), call.parameters.get("Entries") or ()
    _check_batch("ChangeVisibility", entries)

    def change(entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change the visibility of one entry's message."""
        _change_visibility(call, queue, {"VisibilityTimeout": 0, **entry})
        return {}

    return _one_by_one(entries, change)


def _change_visibility(call: Call, queue: Any, given: Mapping[str, Any]) -> None:
    handle, timeout = given["ReceiptHandle"], given["VisibilityTimeout"]
    if not 0 <= timeout <= _LONGEST_INVISIBLE:
        raise _wrong_timeout(timeout)
    message = sqs.received(queue, handle)
    if message is None and handle not in queue.deleted_messages:
        raise _no_handle(f'The input receipt handle "{handle}" is not a valid receipt handle.')
    if message is not None and message.visible:
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
        raise of_service("MessageNotInflight", "The specified message isn't in flight.")
    if message is None:
        raise invalid(f"Value {handle} for parameter ReceiptHandle is invalid. Reason: {_NOT_IN_FLIGHT}")
    backend("sqs", call.account, call.region).change_message_visibility(queue.name, handle, timeout)


@operation("sqs", "PurgeQueue")
def purge_queue(call: Call) -> Mapping[str, Any]:
    """Delete all messages in a queue, at most once a minute.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
    """
    queue = queue_of(call)
    if not sqs.purge(queue, call.time):
        raise of_service(
            "PurgeQueueInProgress",
            f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds.",
        )
    return {}
