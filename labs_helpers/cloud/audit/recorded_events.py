"""The CloudTrail events for a cloud's recorded calls, which are available without a trail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud.services.cloudtrail import events

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud


def recorded_events(cloud: Cloud, since: datetime | None = None) -> list[dict[str, Any]]:
    """Return every event that a cloud has recorded, oldest first, as the receiving account would see it.

    `since`: leave out the events before this time.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html
    """
    return [
        events.event(entry, account=account)
        for entry in cloud.record
        if (since is None or entry.time >= since) and events.logged(entry)
        for account in events.recipients(entry)[:1]
    ]
