"""The CloudTrail events for a cloud's recorded calls, which are available without a trail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.cloudtrail import trail_events

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud


def recorded_events(
    cloud: Cloud, since: datetime | None = None, *, account: str | None = None, after: str | None = None
) -> list[dict[str, Any]]:
    """Return every event that a cloud has recorded, oldest first, as the receiving account would see it.

    `since` omits the events before that time. `account` restricts the result to the events that the account receives.
    `after` is the ID of a recorded call, and restricts the result to the events of later calls.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html
    """
    return [
        trail_events.event(entry, account=receiver)
        for entry in _entries(cloud, after)
        if (since is None or entry.time >= since) and trail_events.logged(entry)
        for receiver in _receivers(entry, account)
    ]


def _entries(cloud: Cloud, after: str | None) -> list[Entry]:
    entries = list(cloud.record)
    places = [place for place, entry in enumerate(entries) if entry.event_id == after]
    return entries[places[-1] + 1 :] if places else entries


def _receivers(entry: Entry, account: str | None) -> tuple[str, ...]:
    receivers = trail_events.recipients(entry)
    if account is None:
        return receivers[:1]
    return (account,) if account in receivers else ()
