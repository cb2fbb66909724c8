"""Views on moto's SNS: topics' policies and tags."""

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
    """A topic by ARN, None if there is none."""
    named = Arn.read(arn)
    found = existing("sns", named.account, named.region) if named is not None else None
    return found.topics.get(arn) if found is not None else None


def policy(arn: str) -> str | None:
    """A topic's policy as JSON text. A new topic has SNS's default one."""
    found = topic(arn)
    return found.policy if found is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """A topic's tags."""
    found = topic(arn)
    return dict(found._tags) if found is not None else {}


def publish(arn: str, message: str) -> None:
    """Publish to a topic, as a service does."""
    found = topic(arn)
    if found is not None:
        found.publish(message)


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The policies of all topics."""
    for backend in backends.everywhere("sns"):
        for each in backend.topics.values():
            if each.policy:
                yield Kept(each.arn, each.policy, partial(setattr, each, "policy"))


def kms_key(arn: str) -> str | None:
    """The KMS key that a topic's messages are encrypted with, as its owner named it."""
    found = topic(arn)
    return (found.kms_master_key_id or None) if found is not None else None
