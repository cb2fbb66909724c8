"""Views of moto's SQS: policies, tags and KMS keys of queues; and sending a message on behalf of a service."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.policy.arn import Arn


def queue(arn: str) -> Any:
    """Return a queue by its ARN, or None if there is none."""
    parts = Arn.read(arn)
    backend = existing("sqs", parts.account, parts.region) if parts is not None else None
    return backend.queues.get(parts.resource) if parts is not None and backend is not None else None


def policy(arn: str) -> str | None:
    """Return a queue's policy as JSON text. A new queue has none: only its account has access."""
    known = queue(arn)
    return (known.policy or None) if known is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """Return a queue's tags."""
    known = queue(arn)
    return dict(known.tags) if known is not None else {}


def send(arn: str, body: str, **more: Any) -> None:
    """Send a message to a queue on behalf of a service; do nothing for an unknown queue.

    `more` is passed to moto: message_attributes, group_id, deduplication_id.
    """
    if queue(arn) is None:
        return
    parts = Arn.parse(arn)
    existing("sqs", parts.account, parts.region).send_message(parts.resource, body, **more)


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all queues."""
    for backend in backends.everywhere("sqs"):
        for each in backend.queues.values():
            if each.policy:
                yield Kept(each.queue_arn, each.policy, partial(setattr, each, "policy"))


# Encryption with KMS keys: the key in moto's own attribute, and wrapped data keys in an attribute of ours


def kms_key(arn: str) -> str | None:
    """Return the KMS key that encrypts a queue's messages, as its owner named it; None without one."""
    known = queue(arn)
    return (known.kms_master_key_id or None) if known is not None else None


def reuse_period(arn: str) -> timedelta:
    """Return the time for which a data key of a queue is reused."""
    return timedelta(seconds=int(queue(arn).kms_data_key_reuse_period_seconds))


def seal_messages(arn: str, ids: Collection[str], sealed: Any) -> None:
    """Store a wrapped data key with messages of a queue."""
    for message in queue(arn)._messages:
        if message.id in ids:
            message.__dict__[_SEALED] = sealed


def next_messages(arn: str, count: int) -> list[tuple[str, Any | None]]:
    """Return the IDs of the messages that would be received next, each with its stored data key, None without one."""
    known = queue(arn)
    messages = known.messages[:count] if known is not None else []
    return [(message.id, message.__dict__.get(_SEALED)) for message in messages]


_SEALED = "labs_sealed"
