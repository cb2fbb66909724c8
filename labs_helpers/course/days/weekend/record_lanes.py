"""The night as a picture: one lane per caller, and one mark per record.

night_lanes(records).show()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from labs_helpers.course.days.weekend.rule_pack import caller, check_records
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.event_lanes import Event, event_lanes
from labs_helpers.course.shown.mistakes import checked


@checked
def night_lanes(records: Sequence[Mapping[str, Any]]) -> Page:
    """Return CloudTrail records as a page with one lane per caller, oldest first.

    Raises `Mistake` for anything that isn't a CloudTrail record.
    """
    check_records(records)
    events = [_event(record) for record in sorted(records, key=lambda record: str(record["eventTime"]))]
    title = "Who called what, in chronological order"
    lines = [f"  {event.words}" for event in events]
    return Page().heading(title).drawn("\n".join(lines), event_lanes(title, events))


def _event(record: Mapping[str, Any]) -> Event:
    when = datetime.fromisoformat(str(record["eventTime"]))
    return Event(f"{when:%a %H:%M}", _lane(record), str(record["eventName"]), "errorCode" in record)


def _lane(record: Mapping[str, Any]) -> str:
    """Return the caller without the kind of identity, because a lane's name must be short."""
    return caller(record).removeprefix("assumed-role/").removeprefix("user/")
