"""TestEventPattern, and validation of the patterns in rules and archives.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.events.errors import invalid
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.engine.detection import event_patterns
from labs_helpers.engine.detection.event_patterns import Pattern

_invalid_pattern = refusal("InvalidEventPatternException", 400)
_REQUIRED = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""The fields of an event that are required according to the operation's API reference page."""


def checked(text: str) -> Pattern:
    """Parse and validate a pattern. Raises InvalidEventPatternException, with the reason from the engine.

    OBSERVED from 2021 to 2026: https://github.com/aws/aws-cdk/issues/36904,
    https://github.com/cloud-custodian/cloud-custodian/issues/6507
    """
    try:
        return event_patterns.pattern_in(text)
    except event_patterns.InvalidPattern as why:
        raise _invalid_pattern(f"Event pattern is not valid. Reason: {why}") from why


@operation("events", "TestEventPattern")
def test_event_pattern(call: Call) -> Mapping[str, Any]:
    """Return whether an event matches a pattern. Rejects invalid patterns, and events that lack a required field."""
    pattern = checked(call.parameters["EventPattern"])
    try:
        event = event_patterns.read(call.parameters["Event"])
    except event_patterns.Unreadable as why:
        raise invalid(f"Parameter Event is not valid. Reason: {why}") from why
    if not isinstance(event, Mapping):
        raise invalid("Parameter Event is not valid. Reason: it must be a JSON object.")
    missing = [name for name in _REQUIRED if name not in event]
    if missing:
        raise invalid(f"Parameter Event is not valid. Reason: {missing[0]} is a required field.")
    return {"Result": pattern.matches(event)}
