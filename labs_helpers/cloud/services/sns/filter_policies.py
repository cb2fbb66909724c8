"""Functions that validate the filter policies of subscriptions and apply them to messages.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import Refusal
from labs_helpers.engine.detection import event_patterns
from labs_helpers.engine.detection.event_patterns.event_fields import Number

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
SCOPES = (ATTRIBUTES, BODY)
_MOST_KEYS, _MOST_COMBINATIONS, _LARGEST = 5, 150, 1_000_000_000
_OR = "$or"


def check(text: str, scope: str, refused: Refusal) -> None:
    """Reject an invalid filter policy with an error that `refused` returns."""
    try:
        policy = event_patterns.read(text)
    except event_patterns.Unreadable as why:
        # OBSERVED in January 2026: InvalidParameter.
        raise refused(f"FilterPolicy: failed to parse JSON. {why}") from why
    if not isinstance(policy, Mapping):
        raise refused("FilterPolicy: failed to parse JSON. Filter is not an object")
    if not policy:
        return
    if len(policy) > _MOST_KEYS:
        raise refused(f"FilterPolicy: Filter policy can not have more than {_MOST_KEYS} keys")
    if scope == ATTRIBUTES and any(isinstance(value, Mapping) for value in policy.values()):
        raise refused("Filter policy scope MessageAttributes does not support nested filter policy")
    try:
        event_patterns.compiled(policy)
    except event_patterns.InvalidPattern as why:
        raise refused(f"FilterPolicy: {why}") from why
    _check_size(policy, refused)


def _check_size(policy: Mapping[str, Any], refused: Refusal) -> None:
    combinations = 1
    for depth, values in _lists(policy, 1):
        combinations *= len(values) * depth
        if any(isinstance(value, Number) and abs(value.value) >= _LARGEST for value in values):
            raise ServiceError("InternalError", "Unknown", 500)
    if combinations > _MOST_COMBINATIONS:
        raise refused("FilterPolicy: Filter policy is too complex")


def _lists(policy: Mapping[str, Any], depth: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield a policy's lists of values, each with the nesting level of its key."""
    for name, value in policy.items():
        if isinstance(value, Mapping):
            yield from _lists(value, depth + 1)
        elif name == _OR:
            for alternative in value:
                yield from _lists(alternative, depth)
        else:
            yield depth, value


@lru_cache(maxsize=256)
def _compiled(text: str) -> event_patterns.Pattern | None:
    """Return a stored policy, or None for one that doesn't filter anything."""
    policy = event_patterns.read(text)
    return event_patterns.compiled(policy) if policy else None


def passes(text: str, scope: str, attributes: Mapping[str, Mapping[str, Any]], message: str) -> bool:
    """Return True if a message passes a stored filter policy.

    A policy on the body drops messages that aren't JSON objects.
    """
    pattern = _compiled(text)
    if pattern is None:
        return True
    if scope == ATTRIBUTES:
        return pattern.matches({name: _value(each) for name, each in attributes.items() if _is_read(each)})
    try:
        return pattern.matches(event_patterns.read(message))
    except event_patterns.Unreadable:
        return False


def _is_read(attribute: Mapping[str, Any]) -> bool:
    return not str(attribute["Type"]).startswith("Binary")


def _value(attribute: Mapping[str, Any]) -> Any:
    """Return an attribute's value as a field of an event: a number, the members of a list, or a string."""
    kind, value = str(attribute["Type"]), str(attribute["Value"])
    try:
        if kind.startswith("Number"):
            return event_patterns.read(json.dumps(float(value)) if "e" in value.lower() else value)
        if kind == "String.Array":
            return event_patterns.read(value)
    except event_patterns.Unreadable:
        return value
    return value
