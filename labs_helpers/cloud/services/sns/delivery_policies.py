"""The numbers in delivery policies for HTTP(S) endpoints.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_RANGES = {
    "minDelayTarget": (1, 3600), "maxDelayTarget": (1, 3600), "numRetries": (0, 100), "numNoDelayRetries": (0, 100),
    "numMinDelayRetries": (0, 100), "numMaxDelayRetries": (0, 100), "maxReceivesPerSecond": (1, None),
}  # fmt: skip


def out_of_range(policy: Mapping[str, Any]) -> str | None:
    """Return why a number in a delivery policy isn't valid, or None if all of them are valid."""
    for name, value in _numbers(policy):
        least, most = _RANGES[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < least or (most and value > most):
            return f"{name} must be an integer of at least {least}" + (f" and at most {most}" if most else "")
    return None


def _numbers(part: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each numeric setting in a part of a policy."""
    for name, value in part.items() if isinstance(part, Mapping) else ():
        if name in _RANGES:
            yield name, value
        else:
            yield from _numbers(value)
