"""Access to SQS data in moto: the policies, tags, and KMS keys of queues; and messages sent for services."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from moto.moto_api._internal import mock_random

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.policy.arn import Arn


def queue(arn: str) -> Any:
    """Return the queue with this ARN, or None if there isn't one."""
    parts = Arn.read(arn)
    backend = existing("sqs", parts.account, parts.region) if parts is not None else None
    return backend.queues.get(parts.resource) if parts is not None and backend is not None else None


def policy(arn: str) -> str | None:
    """Return a queue's policy as JSON text, or None. A new queue has no policy, so only its account has access."""
    known = queue(arn)
    return (known.policy or None) if known is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """Return a queue's tags."""
    known = queue(arn)
    return dict(known.tags) if known is not None else {}


def send(arn: str, body: str, **more: Any) -> None:
    """Send a message to a queue on behalf of a service. An unknown queue is ignored.

    `more` is passed to moto: message_attributes, group_id, deduplication_id.
    """
    if queue(arn) is None:
        return
    known = queue(arn)
    if known.fifo_queue and not more.get("group_id"):
        return
    put(known, body, sender=SERVICE_SENDER, **more)


SERVICE_SENDER = "AIDAIT2UOQQY3AUEKVGXU"
"""The SenderId of messages that SNS and other services send.

On AWS, these services use IAM users of their own accounts.
"""


def put(
    known: Any,
    body: str,
    *,
    sender: str,
    delay: int | None = None,
    message_attributes: Mapping[str, Any] | None = None,
    system_attributes: Mapping[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    sequence_number: str | None = None,
) -> Any:
    """Add a message to a queue in the form that moto stores, and return it."""
    from moto.sqs.models import Message

    message = Message(str(mock_random.uuid4()), body, dict(system_attributes or {}))
    message.sender_id = sender
    message.group_id, message.sequence_number = group_id, sequence_number
    message.message_attributes = dict(message_attributes or {})
    if known.fifo_queue:
        message.deduplication_id = deduplication_id or hashlib.sha256(body.encode()).hexdigest()
        message.sequence_number = sequence_number or f"{mock_random.getrandbits(60) + 10**19}"
    message.mark_sent(delay_seconds=known.delay_seconds if delay is None else delay)
    known.add_message(message)
    return message


def received(known: Any, handle: str) -> Any:
    """Return the message that was received with this receipt handle, or None if there isn't one."""
    return next((each for each in known._messages if each.had_receipt_handle(handle)), None)


def delete(known: Any, handle: str) -> bool:
    """Delete the message that was received with this receipt handle.

    Returns False for a receipt handle that this queue never issued.
    """
    if received(known, handle) is None and handle not in known.deleted_messages:
        return False
    known.delete_message(handle)
    return True


_MINUTE = timedelta(seconds=60)


def purge(known: Any, now: datetime) -> bool:
    """Delete all messages in a queue. Returns False if this was already done within the last minute."""
    last = known.__dict__.get("labs_purged")
    if last is not None and now - last < _MINUTE:
        return False
    known.__dict__["labs_purged"] = now
    known._messages, known._pending_messages = [], set()
    return True


def source_of(message: Any) -> str | None:
    """Return the ARN of a dead letter's source queue, or None for other messages."""
    arn: str | None = message.__dict__.get(_SOURCE)
    return arn


def note_queue(message: Any, arn: str) -> None:
    """Store a message's queue and, for a dead letter, the source queue, with the message."""
    before = message.__dict__.get(_QUEUE)
    if before is not None and before != arn:
        message.__dict__[_SOURCE] = before
    message.__dict__[_QUEUE] = arn


_QUEUE, _SOURCE = "labs_queue", "labs_dead_letter_source"


def put_allow_policy(known: Any, text: str) -> None:
    """Store a queue's RedriveAllowPolicy. An empty string removes the policy."""
    known.__dict__["labs_redrive_allow_policy"] = text


def allow_policy(known: Any) -> str:
    """Return a queue's RedriveAllowPolicy, or "" if it has none."""
    return str(known.__dict__.get("labs_redrive_allow_policy", ""))


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all queues."""
    for backend in backends.everywhere("sqs"):
        for each in backend.queues.values():
            if each.policy:
                yield Kept(each.queue_arn, each.policy, partial(setattr, each, "policy"))


# Encryption with KMS keys: the key in moto's own attribute, and wrapped data keys in our own attribute


def kms_key(arn: str) -> str | None:
    """Return the KMS key that encrypts a queue's messages, as specified by the queue's owner, or None."""
    known = queue(arn)
    return (known.kms_master_key_id or None) if known is not None else None


def reuse_period(arn: str) -> timedelta:
    """Return the period for which a queue's data key is reused."""
    return timedelta(seconds=int(queue(arn).kms_data_key_reuse_period_seconds))


def seal_messages(arn: str, ids: Collection[str], sealed: Any) -> None:
    """Store the encrypted data key of messages in a queue."""
    for message in queue(arn)._messages:
        if message.id in ids:
            message.__dict__[_SEALED] = sealed


def next_messages(arn: str, count: int) -> list[tuple[str, Any | None]]:
    """Return the IDs of the messages that would be received next, each with its stored data key or None."""
    known = queue(arn)
    messages = known.messages[:count] if known is not None else []
    return [(message.id, message.__dict__.get(_SEALED)) for message in messages]


_SEALED = "labs_sealed"
