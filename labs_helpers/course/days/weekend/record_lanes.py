"""The night as a picture: one lane per caller, and one mark per record.

night_lanes(records).show()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.event_lanes import Event, event_lanes


def night_lanes(records: Sequence[Mapping[str, Any]]) -> Page:
    """Return CloudTrail records as a page with one lane per caller, oldest first."""
    events = [_event(record) for record in sorted(records, key=lambda record: str(record["eventTime"]))]
    title = "Who called what, from Thursday to Saturday"
    lines = [f"  {event.words}" for event in events]
    return Page().heading(title).drawn("\n".join(lines), event_lanes(title, events))


def _event(record: Mapping[str, Any]) -> Event:
    when = datetime.fromisoformat(record["eventTime"])
    return Event(
        f"{when:%a %H:%M}", _caller(record["userIdentity"]), record["eventName"], "errorCode" in record
    )


def _caller(identity: Mapping[str, Any]) -> str:
    """Return the end of the caller's ARN, or the account or service that called."""
    arn = str(
        identity.get("arn")
        or identity.get("invokedBy")
        or identity.get("accountId")
        or identity.get("type", "?")
    )
    return arn.rpartition(":")[2].removeprefix("assumed-role/").removeprefix("user/")
