"""Views on moto's SQS: queues' policies and tags, and how another service sends to a queue."""

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
    """A queue by ARN, None if there is none."""
    named = Arn.read(arn)
    found = existing("sqs", named.account, named.region) if named is not None else None
    return found.queues.get(named.resource) if named is not None and found is not None else None


def policy(arn: str) -> str | None:
    """A queue's policy as JSON text. A new queue has none: only its account has access."""
    found = queue(arn)
    return (found.policy or None) if found is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """A queue's tags."""
    found = queue(arn)
    return dict(found.tags) if found is not None else {}


def send(arn: str, body: str, **more: Any) -> None:
    """Put a message into a queue; `more` is moto's (message_attributes, group_id, deduplication_id)."""
    if queue(arn) is None:
        return
    named = Arn.parse(arn)
    existing("sqs", named.account, named.region).send_message(named.resource, body, **more)


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The policies of all queues."""
    for backend in backends.everywhere("sqs"):
        for each in backend.queues.values():
            if each.policy:
                yield Kept(each.queue_arn, each.policy, partial(setattr, each, "policy"))


# Encryption with KMS keys: what moto keeps of it, and what the service remembers beside it


def kms_key(arn: str) -> str | None:
    """The KMS key that a queue's messages are encrypted with, as its owner named it."""
    found = queue(arn)
    return (found.kms_master_key_id or None) if found is not None else None


def reuse_period(arn: str) -> timedelta:
    """How long a data key of a queue may be used again."""
    return timedelta(seconds=int(queue(arn).kms_data_key_reuse_period_seconds))


def seal_messages(arn: str, ids: Collection[str], sealed: Any) -> None:
    """Remember with messages of a queue how they are encrypted."""
    for message in queue(arn)._messages:
        if message.id in ids:
            message.__dict__[_SEALED] = sealed


def waiting(arn: str, count: int) -> list[tuple[str, Any | None]]:
    """The ids of the messages that would be received next, and what `seal_messages` kept with them."""
    found = queue(arn)
    messages = found.messages[:count] if found is not None else []
    return [(message.id, message.__dict__.get(_SEALED)) for message in messages]


_SEALED = "labs_sealed"
