"""Publish and PublishBatch.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.core.mailbox import Mailboxes
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.sns import message_attributes
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns.errors import check_arn, invalid, not_found

_MOST_BYTES = 262_144
_MOST_SMS = 1_600
_MOST_ENTRIES = 10
_E164 = re.compile(r"\+?[1-9][0-9 ()./-]{5,20}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
_FIFO_ID = re.compile(r"[\x21-\x7e]{1,128}")
_REMEMBERED = timedelta(minutes=5)


@dataclass(slots=True)
class Ordered:
    """The state of FIFO topics: the last sequence number, and the messages from the last five minutes."""

    last: int = 10_000_000_000_000_000_000
    sent: dict[tuple[str, str], tuple[datetime, dict[str, str]]] = field(default_factory=dict)
    """The time at which each message was sent, and the response, by topic and deduplication ID."""


@operation("sns", "Publish")
def publish(call: Call) -> Mapping[str, Any]:
    """Publish to a topic, a device, or a phone number."""
    given = call.parameters
    if given.get("PhoneNumber"):
        return _text(call)
    target = given.get("TopicArn") or given.get("TargetArn")
    if not target:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    name = "TopicArn" if given.get("TopicArn") else "TargetArn"
    check_arn(target, name, call.region)
    _check(given)
    if ":endpoint/" in target:
        return {"MessageId": _to_device(call, target, name)}
    topic = sns.topic(target)
    if topic is None:
        raise not_found("Topic does not exist")
    return _published(call, topic, given)


def _text(call: Call) -> Mapping[str, Any]:
    """Send a text message to a phone number, whose mailbox keeps it."""
    number, message = call.parameters["PhoneNumber"], call.parameters["Message"]
    if not _E164.fullmatch(number):
        raise invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    if not message:
        raise invalid("Empty message")
    if len(message) > _MOST_SMS:
        raise invalid("Message too long")
    call.state.part(Mailboxes).send(number, message, medium="SMS", sent=call.time)
    return {"MessageId": call.state.ids.uuid()}


def _to_device(call: Call, target: str, name: str) -> str:
    endpoint = backend("sns", call.account, call.region).platform_endpoints.get(target)
    if endpoint is None:
        raise invalid(f"{name} Reason: No endpoint found for the target arn specified")
    if str(endpoint.attributes.get("Enabled", True)).lower() != "true":
        raise ServiceError("EndpointDisabled", "Endpoint is disabled", 400)
    sent: str = endpoint.publish(call.parameters["Message"])
    return sent


def _check(given: Mapping[str, Any]) -> None:
    """Reject a message that is empty, too long, or not of the declared structure."""
    message, subject, structure = given.get("Message"), given.get("Subject"), given.get("MessageStructure")
    if not message:
        raise invalid("Empty message")
    if subject is not None and not (1 <= len(subject) <= 100 and subject.isprintable()):
        raise invalid("Subject")
    if structure is not None and structure != "json":
        raise invalid("MessageStructure Reason: Invalid parameter value")
    if structure == "json":
        _check_structure(message)
    attributes = message_attributes.as_sent(given.get("MessageAttributes") or {})
    if len(message.encode("utf-8", "surrogatepass")) + message_attributes.size(attributes) > _MOST_BYTES:
        raise invalid("Message too long")


def _check_structure(message: str) -> None:
    try:
        structured = parsed(message)
    except ValueError as error:
        raise invalid("Message Structure - JSON message body failed to parse") from error
    if not isinstance(structured, dict):
        raise invalid("Message Structure - JSON message body failed to parse")
    if not isinstance(structured.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")


def _check_order(topic: Any, given: Mapping[str, Any]) -> None:
    """Reject FIFO parameters for a standard topic, and their absence for a FIFO topic."""
    group, deduplication = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    if topic.fifo_topic and not group:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if topic.fifo_topic and not deduplication and not topic.content_based_deduplication:
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )
    if deduplication and not topic.fifo_topic:
        raise invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid "
            "for this topic type"
        )
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", deduplication)):
        if value is not None and not _FIFO_ID.fullmatch(value):
            raise invalid(
                f"{name} Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length"
            )


def _published(call: Call, topic: Any, given: Mapping[str, Any]) -> dict[str, str]:
    """Deliver a message to the subscribers of a topic, unless a FIFO topic has already received it."""
    _check_order(topic, given)
    more = {
        "subject": given.get("Subject"), "message_structure": given.get("MessageStructure"),
        "message_attributes": message_attributes.as_sent(given.get("MessageAttributes") or {}),
        "group_id": given.get("MessageGroupId"),
    }  # fmt: skip
    if not topic.fifo_topic:
        message_id = sns.publish(topic.arn, given["Message"], **more)
        assert message_id is not None, "the topic exists"
        return {"MessageId": message_id}
    kept = call.state.part(Ordered)
    name = given.get("MessageDeduplicationId") or hashlib.sha256(given["Message"].encode()).hexdigest()
    before = kept.sent.get((topic.arn, name))
    if before is not None and call.time - before[0] < _REMEMBERED:
        return before[1]
    kept.last += 1
    sequence = f"{kept.last:020d}"
    message_id = sns.publish(
        topic.arn, given["Message"], **more, deduplication_id=name, sequence_number=sequence
    )
    answer = {"MessageId": str(message_id), "SequenceNumber": sequence}
    kept.sent[topic.arn, name] = (call.time, answer)
    return answer


@operation("sns", "PublishBatch")
def publish_batch(call: Call) -> Mapping[str, Any]:
    """Publish up to ten messages to a topic. Each message is accepted or rejected individually."""
    arn, entries = call.parameters["TopicArn"], call.parameters["PublishBatchRequestEntries"]
    check_arn(arn, "TopicArn", call.region)
    topic = sns.topic(arn)
    if topic is None:
        raise not_found("Topic does not exist")
    _check_batch(topic, entries)
    taken, failed = [], []
    for entry in entries:
        try:
            _check(entry)
            taken.append({"Id": entry["Id"], **_published(call, topic, entry)})
        except ServiceError as error:
            failed.append(
                {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
            )
    return {"Successful": taken, "Failed": failed}


def _check_batch(topic: Any, entries: Any) -> None:
    """Reject a batch as a whole: no entries or too many, malformed or duplicate IDs, or too many bytes."""
    if not entries:
        raise ServiceError("EmptyBatchRequest", "The batch request doesn't contain any entries.", 400)
    if len(entries) > _MOST_ENTRIES:
        raise ServiceError(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.", 400
        )
    ids = [entry["Id"] for entry in entries]
    if not all(map(_ID.fullmatch, ids)):
        raise ServiceError(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
            400,
        )
    if len(set(ids)) < len(ids):
        raise ServiceError(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.", 400
        )
    if sum(len(entry["Message"].encode("utf-8", "surrogatepass")) for entry in entries) > _MOST_BYTES:
        raise ServiceError(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit.", 400
        )
    if topic.fifo_topic and not all(entry.get("MessageGroupId") for entry in entries):
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
