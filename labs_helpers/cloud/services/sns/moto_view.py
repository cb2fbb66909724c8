"""Views of moto's SNS: policies, tags and KMS keys of topics; and publishing to a topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.policy.arn import Arn


def topic(arn: str) -> Any:
    """Return a topic by its ARN, or None if there is none."""
    parts = Arn.read(arn)
    backend = existing("sns", parts.account, parts.region) if parts is not None else None
    return backend.topics.get(arn) if backend is not None else None


def policy(arn: str) -> str | None:
    """Return a topic's policy as JSON text, None for an unknown topic. A new topic has SNS's default policy."""
    known = topic(arn)
    return known.policy if known is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """Return a topic's tags."""
    known = topic(arn)
    return dict(known._tags) if known is not None else {}


def publish(arn: str, message: str) -> None:
    """Publish to a topic on behalf of a service; do nothing for an unknown topic."""
    known = topic(arn)
    if known is not None:
        known.publish(message)


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all topics."""
    for backend in backends.everywhere("sns"):
        for each in backend.topics.values():
            if each.policy:
                yield Kept(each.arn, each.policy, partial(setattr, each, "policy"))


def kms_key(arn: str) -> str | None:
    """Return the KMS key that encrypts a topic's messages, as its owner named it; None without one."""
    known = topic(arn)
    return (known.kms_master_key_id or None) if known is not None else None
