"""One event that shows why a rule is wrong: what the rule checks, and what the event contains, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.course.attacks.playing import Scenario
from labs_helpers.course.shown.display import Page
from labs_helpers.engine.detection.event_rules import event_of
from labs_helpers.engine.detection.records import as_text, fields, values
from labs_helpers.engine.detection.rule import Record, Rule

_MOST = 12
_LONGEST = 300
_DECIDES = ("requestParameters", "responseElements", "userIdentity", "errorCode")


def deciding_record(scenario: Scenario, rule: Rule) -> Record:
    """Return the attack record that comes closest to the rule: the record with the most fields that the rule reads."""
    return max(
        scenario.records,
        key=lambda record: (
            sum(bool(values(record, path)) for path in rule.asks),
            str(record.get("eventName")) in rule.text,
        ),
    )


def side_by_side(rule: Rule, record: Record) -> Page:
    """Return a table of the fields that a rule reads, and a table of the event's fields about the request."""
    page = Page()
    envelope = event_of(record) or {} if rule.language == "EventBridge" else {}
    asked = [
        (path, _shown(values(record, path) or values(envelope, path)))
        for path in rule.asks
        if path != "eventID"
    ]
    page.table(("the rule reads", "this event has"), asked)
    said = [
        (path, _shortened(as_text(value)))
        for path, value in fields({name: record[name] for name in _DECIDES if record.get(name) is not None})
        if value is not None
        and not path.startswith(("userIdentity.sessionContext", "responseElements.requestId"))
    ]
    page.table((f"{record.get('eventName')} has", "value"), [*_who(record), *said[:_MOST]])
    return page


def _who(record: Record) -> list[tuple[str, str]]:
    return [
        ("eventSource", str(record.get("eventSource"))),
        ("sourceIPAddress", str(record.get("sourceIPAddress"))),
    ]


def _shown(found: list[Any]) -> str:
    if not found:
        return "no such field"
    return _shortened(", ".join(as_text(each) for each in found[:3]))


def _shortened(text: str) -> str:
    shown = text or '""'
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def by_heart(rule: Rule, chosen: Mapping[str, str]) -> str | None:
    """Return a sentence about a value of this night that the rule's text contains, or None."""
    for name in ("outsider", "other-outsider", "outsider-address", "salt"):
        if chosen[name] in rule.text:
            return f"Your rule contains {chosen[name]}, which the attacker can change."
    for name in ("user", "colleague", "third", "role"):
        if (
            f'"{chosen[name]}"' in rule.text
            or f"'{chosen[name]}'" in rule.text
            or f"/{chosen[name]}" in rule.text
        ):
            return f"Your rule contains the name {chosen[name]}. Tomorrow, a different name is used."
    return None
