"""Polling of queues by Lambda: functions receive messages in batches, and Lambda deletes processed messages.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.moto.backends import existing
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.engine.detection import event_patterns

_LARGEST_BATCH = 10_000


def poll(queue: Any, mapping: Any, invoke: Callable[[str, Any], Any]) -> None:
    """Pass a queue's visible messages to the function in an event source mapping."""
    backend = existing("sqs", queue.account_id, queue.region)
    received = backend.receive_message(
        queue.name, min(mapping.batch_size, _LARGEST_BATCH), 0, queue.visibility_timeout, ["All"]
    )
    wanted = [message for message in received if _passes(mapping, message)]
    failed: set[str] = set()
    if wanted:
        event = {"Records": [_record(message, queue) for message in wanted]}
        failed = _failures(mapping, invoke(mapping.function_arn, event), {each.id for each in wanted})
    for message in received:
        if message.id in failed:
            backend.change_message_visibility(queue.name, message.receipt_handle, 0)
        else:
            queue.delete_message(message.receipt_handle)


def _failures(mapping: Any, result: Any, ids: set[str]) -> set[str]:
    """Return the IDs of the messages that the function failed to process. They become visible again."""
    if result is None or result.failed:
        return ids
    if "ReportBatchItemFailures" not in (mapping.function_response_types or ()):
        return set()
    answer = json.loads(result.payload)
    listed = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    if not listed:
        return set()
    named = {str(each.get("itemIdentifier")) for each in listed if isinstance(each, Mapping)}
    return named if named <= ids else ids


def _passes(mapping: Any, message: Any) -> bool:
    """Return True if a message passes one of the mapping's filters. Other messages are dropped.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
    """
    filters = (mapping.filter_criteria or {}).get("Filters") or ()
    if not filters:
        return True
    try:
        body: Any = event_patterns.read(message.body)
    except event_patterns.Unreadable:
        body = message.body
    event = {"body": body if isinstance(body, Mapping) else message.body}
    return any(event_patterns.pattern_in(each["Pattern"]).matches(event) for each in filters)


def _record(message: Any, queue: Any) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp), "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }  # fmt: skip
    if queue.fifo_queue:
        attributes |= {
            "SequenceNumber": message.sequence_number, "MessageGroupId": message.group_id,
            "MessageDeduplicationId": message.deduplication_id,
        }  # fmt: skip
    source = sqs.source_of(message)
    if source is not None:
        attributes["DeadLetterQueueSourceArn"] = source
    return {
        "messageId": message.id, "receiptHandle": message.receipt_handle, "body": message.body,
        "attributes": attributes,
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs", "eventSourceARN": queue.queue_arn, "awsRegion": queue.region,
    }  # fmt: skip


def _attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    binary = given.get("BinaryValue")
    shown = {"stringListValues": [], "binaryListValues": [], "dataType": given["DataType"]}
    if binary is not None:
        return {"binaryValue": base64.b64encode(binary).decode(), **shown}
    return {"stringValue": given.get("StringValue"), **shown}
