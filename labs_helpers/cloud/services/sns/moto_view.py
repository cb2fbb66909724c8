"""Access to SNS data in moto: the policies, tags, and KMS keys of topics; subscriptions; and publishing to topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from moto.moto_api._internal import mock_random

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.policy.arn import Arn


def topic(arn: str) -> Any:
    """Return the topic with this ARN, or None if there isn't one."""
    parts = Arn.read(arn)
    backend = existing("sns", parts.account, parts.region) if parts is not None else None
    return backend.topics.get(arn) if backend is not None else None


def policy(arn: str) -> str | None:
    """Return a topic's policy as JSON text, or None for an unknown topic. A new topic has SNS's default policy."""
    known = topic(arn)
    return known.policy if known is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """Return a topic's tags."""
    known = topic(arn)
    return dict(known._tags) if known is not None else {}


def publish(arn: str, message: str, **more: Any) -> str | None:
    """Publish to a topic, and return the message ID, or None for an unknown topic.

    `more` contains the other parameters of moto's `Topic.publish`. moto delivers only to the first hundred subscribers.
    """
    known = topic(arn)
    if known is None:
        return None
    message_id = str(mock_random.uuid4())
    for each in subscriptions(arn):
        each.publish(message, message_id, **more)
    known.sent_notifications.append(
        (message_id, message, more.get("subject"), more.get("message_attributes"), more.get("group_id"))
    )
    return message_id


# Subscriptions


def _backend(arn: str) -> Any:
    parts = Arn.read(arn)
    return existing("sns", parts.account, parts.region) if parts is not None else None


def subscriptions(topic_arn: str) -> list[Any]:
    """Return a topic's subscriptions, oldest first."""
    backend = _backend(topic_arn)
    found = backend.subscriptions.values() if backend is not None else ()
    return [each for each in found if each.topic.arn == topic_arn]


def subscription(arn: str) -> Any:
    """Return the subscription with this ARN, or None if there isn't one."""
    backend = _backend(arn)
    return backend.subscriptions.get(arn) if backend is not None else None


def forget_subscription(arn: str) -> None:
    """Remove a subscription and increase its topic's count of deleted subscriptions."""
    gone = _backend(arn).subscriptions.pop(arn)
    gone.topic.subscriptions_deleted += 1


_TOKEN = "labs_token"


def await_confirmation(pending: Any, token: str, sent: datetime) -> None:
    """Set a subscription to pending until the token that was sent to its endpoint is returned."""
    pending.__dict__[_TOKEN] = (token, sent)
    pending.attributes |= {"PendingConfirmation": "true", "ConfirmationWasAuthenticated": "false"}


def token(of: Any) -> tuple[str, datetime] | None:
    """Return the token that was sent to a subscription's endpoint and the time at which it was sent.

    Returns None if no confirmation was required.
    """
    sent: tuple[str, datetime] | None = of.__dict__.get(_TOKEN)
    return sent


def confirm(pending: Any, *, authenticated: bool) -> None:
    """Mark a pending subscription as confirmed."""
    pending.attributes["PendingConfirmation"] = "false"
    pending.attributes["ConfirmationWasAuthenticated"] = "true" if authenticated else "false"


def is_confirmed(of: Any) -> bool:
    """Return True if a subscription is confirmed, or doesn't need confirmation."""
    return str(of.attributes.get("PendingConfirmation", "false")).lower() == "false"


def is_raw(of: Any) -> bool:
    """Return True if raw message delivery is enabled for a subscription."""
    return str(of.attributes.get("RawMessageDelivery", "false")).lower() == "true"


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all topics."""
    for backend in backends.everywhere("sns"):
        for each in backend.topics.values():
            if each.policy:
                yield Kept(each.arn, each.policy, partial(setattr, each, "policy"))


def kms_key(arn: str) -> str | None:
    """Return the KMS key that encrypts a topic's messages, as specified by the topic's owner, or None."""
    known = topic(arn)
    return (known.kms_master_key_id or None) if known is not None else None
