"""Access to EventBridge data in moto: buses with policies, rules, events, tags, and connections."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.detection import event_patterns
from labs_helpers.engine.policy.arn import Arn

ALL_MANAGEMENT_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""The state of a rule that also receives CloudTrail events for read-only calls."""


def _backend(arn: str) -> Any:
    parts = Arn.read(arn)
    return existing("events", parts.account, parts.region) if parts is not None else None


def backend(account: str, region: str) -> Any:
    """Return moto's EventBridge for an account and Region, created on first use."""
    return backends.backend("events", account, region)


def bus(arn: str) -> Any:
    """Return the event bus with this ARN, or None if there isn't one."""
    found = _backend(arn)
    return found.event_buses.get(arn.partition(":event-bus/")[2]) if found is not None else None


@dataclass(slots=True)
class Statement:
    """A statement in an event bus's policy, stored as it was sent, because moto stores only some elements."""

    document: dict[str, Any]

    @property
    def principal(self) -> Any:
        """The statement's Principal."""
        return self.document.get("Principal")

    @principal.setter
    def principal(self, principal: Any) -> None:
        self.document["Principal"] = principal

    def describe(self) -> dict[str, Any]:
        """Return the statement as a dict."""
        return self.document


def put_statements(arn: str, statements: Iterable[Mapping[str, Any]]) -> None:
    """Replace the statements in an event bus's policy."""
    found = bus(arn)
    found._statements.clear()
    for index, statement in enumerate(statements):
        found._statements[statement.get("Sid", f" {index}")] = Statement(dict(statement))


def statements(arn: str) -> list[dict[str, Any]]:
    """Return the statements in an event bus's policy."""
    found = bus(arn)
    return [each.describe() for each in found._statements.values()] if found is not None else []


def bus_policy(arn: str) -> str | None:
    """Return an event bus's policy as JSON text, or None if there isn't one."""
    listed = statements(arn)
    if not listed:
        return None
    return json.dumps({"Version": "2012-10-17", "Statement": listed}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class RulePattern:
    """A replacement for moto's rule pattern. Without a pattern, the text and the compiled pattern are None."""

    text: str | None
    compiled: event_patterns.Pattern | None

    def dump(self) -> str | None:
        """Return the pattern's text."""
        return self.text

    def get_pattern(self) -> dict[str, Any]:
        """Return the pattern in the form that moto's other code uses."""
        found: dict[str, Any] = json.loads(self.text or "{}")
        return found

    def matches_event(self, event: Mapping[str, Any]) -> bool:
        """Return True if an event matches the pattern. A rule without a pattern never matches an event."""
        return self.compiled is not None and self.compiled.matches(event_patterns.read(json.dumps(event)))


def load_pattern(text: str | None) -> RulePattern:
    """Parse a pattern. Raises moto's error for a pattern that EventBridge rejects."""
    from moto.events.exceptions import InvalidEventPatternException

    if not text:
        return RulePattern(None, None)
    try:
        return RulePattern(text, event_patterns.pattern_in(text))
    except event_patterns.InvalidPattern as why:
        raise InvalidEventPatternException(reason=str(why)) from why


def put(bus_backend: Any, entry: Mapping[str, Any], account: str) -> dict[str, str]:
    """Put an event from `account` on a bus and return the event's ID. If the bus doesn't exist, the event is lost.

    OBSERVED in 2025: an event for a nonexistent bus also gets an ID.
    """
    name = (entry.get("EventBusName") or "default").rpartition("/")[2]
    found = bus_backend.event_buses.get(name)
    event_id = str(mock_random.uuid4())
    if found is not None:
        event = {
            "version": "0", "id": event_id, "detail-type": entry["DetailType"], "source": entry["Source"],
            "account": account, "time": _time(entry.get("Time")), "region": bus_backend.region_name,
            "resources": list(entry.get("Resources") or ()), "detail": json.loads(entry["Detail"]),
        }  # fmt: skip
        receive(found.arn, event)
    return {"EventId": event_id}


def _time(given: Any) -> str:
    """Return the time of an event. If the event has no time, return the current time."""
    if isinstance(given, datetime):
        made = given.astimezone(UTC)
    else:
        made = datetime.fromtimestamp(float(given if given is not None else unix_time()), UTC)
    return made.strftime("%Y-%m-%dT%H:%M:%SZ")


def receive(bus_arn: str, event: Mapping[str, Any], *, only_reads: bool = False) -> None:
    """Pass an event to the bus's enabled rules.

    Read-only management events are passed only to rules that request them.
    """
    found = bus(bus_arn)
    states = (ALL_MANAGEMENT_EVENTS,) if only_reads else ("ENABLED", ALL_MANAGEMENT_EVENTS)
    for each in list(found.rules.values()) if found is not None else ():
        if each.state in states:
            each.send_to_targets(dict(event))


def has_rules(account: str, region: str) -> bool:
    """Return True if an account's default bus in a Region has rules."""
    found = existing("events", account, region) if backends.loaded("events") else None
    return found is not None and bool(found.event_buses["default"].rules)


def rule(arn: str) -> Any:
    """Return the rule with this ARN, or None if it doesn't exist.

    The ARN ends in `rule/name` on the default bus, or in `rule/bus/name` on another bus.
    """
    found = _backend(arn)
    if found is None:
        return None
    path = arn.partition(":rule/")[2].split("/")
    of_bus = found.event_buses.get(path[0] if len(path) > 1 else "default")
    return of_bus.rules.get(path[-1]) if of_bus is not None else None


def tags(arn: str) -> Mapping[str, str]:
    """Return the tags of a rule or a bus."""
    found = _backend(arn)
    return found.tagger.get_tag_dict_for_resource(arn) if found is not None else {}


def connection_of(destination_arn: str) -> str | None:
    """Return the ARN of the connection that an API destination uses, or None if the destination doesn't exist."""
    found = _backend(destination_arn)
    name = destination_arn.partition(":api-destination/")[2]
    destination = found.destinations.get(name) if found is not None else None
    return destination.connection_arn if destination is not None else None


def api_destinations(account: str, region: str) -> list[Any]:
    """Return an account's API destinations in a Region, sorted by name."""
    found = existing("events", account, region)
    return sorted(found.destinations.values(), key=lambda each: each.name) if found is not None else []


def api_destination(account: str, region: str, name: str) -> Any:
    """Return an API destination by name, or None if there isn't one."""
    return next((each for each in api_destinations(account, region) if each.name == name), None)


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """For each statement in an event bus's policy, yield a separate policy that contains only the principal.

    moto stores the statements, not the policy's text.
    """
    for each in backends.everywhere("events"):
        for found in each.event_buses.values():
            for statement in found._statements.values():
                text = json.dumps({"Statement": [{"Principal": statement.principal}]})
                yield Kept(found.arn, text, partial(_put_principal, statement))


def _put_principal(statement: Any, text: str) -> None:
    statement.principal = json.loads(text)["Statement"][0]["Principal"]
