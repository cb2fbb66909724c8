"""EventBridge patterns as rules over CloudTrail records, which reach the default event bus as events.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs_helpers.engine.detection.event_patterns import InvalidPattern, pattern_in, read
from labs_helpers.engine.detection.rule import Record, Rule, RuleError

DETAIL_TYPES = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
}
"""CloudTrail's eventType → the event's detail-type; events of other types aren't sent."""
_MEMBERS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")


def event_rule(pattern: str | Mapping[str, Any]) -> Rule:
    """Return the rule for an event pattern. Raises `RuleError` for a pattern that EventBridge rejects.

    EventBridge accepts members that no event has; such a pattern never matches, so it is also rejected.
    """
    try:
        text = pattern if isinstance(pattern, str) else json.dumps(pattern, indent=2)
    except (TypeError, ValueError) as why:
        raise RuleError(f"the pattern isn't JSON: {why}") from None
    try:
        shown = json.loads(text)
        compiled = pattern_in(text)
    except json.JSONDecodeError as why:
        raise RuleError(f"the pattern isn't JSON: {why.msg}", why.lineno, why.colno) from None
    except (InvalidPattern, RecursionError) as why:
        raise RuleError(f"EventBridge rejects the pattern: {why}") from None
    asks = tuple(dict.fromkeys(_paths(shown)))
    for path in asks:
        if path.partition(".")[0] not in _MEMBERS:
            raise RuleError(f'no event has the member "{path}". Members: {", ".join(_MEMBERS)}')

    def find(records: Sequence[Record]) -> list[int]:
        """Return the positions of the records whose event the pattern matches."""
        return [
            position
            for position, record in enumerate(records)
            if compiled.matches(read(json.dumps(event_of(record))))
        ]

    return Rule("EventBridge", text, tuple(path.removeprefix("detail.") for path in asks), find)


def event_of(record: Record) -> dict[str, Any] | None:
    """Return the event that EventBridge delivers for a CloudTrail record, or None for an eventType that isn't sent."""
    detail_type = DETAIL_TYPES.get(str(record.get("eventType")))
    if detail_type is None:
        return None
    return {
        "version": "0",
        "id": record.get("eventID"),
        "detail-type": detail_type,
        "source": f"aws.{str(record.get('eventSource')).removesuffix('.amazonaws.com')}",
        "account": record.get("recipientAccountId"),
        "time": record.get("eventTime"),
        "region": record.get("awsRegion"),
        "resources": [],
        "detail": record,
    }


def _paths(pattern: Any, path: str = "") -> Iterator[str]:
    for name, inner in pattern.items() if isinstance(pattern, Mapping) else ():
        if name == "$or" and isinstance(inner, list):
            for alternative in inner:
                yield from _paths(alternative, path)
        elif isinstance(inner, Mapping):
            yield from _paths(inner, f"{path}.{name}" if path else name)
        else:
            yield f"{path}.{name}" if path else name
