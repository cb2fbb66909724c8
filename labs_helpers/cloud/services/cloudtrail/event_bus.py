"""The delivery of CloudTrail events to EventBridge.

An event is sent to the default event bus in the account and Region of a trail that logs it. Read-only
management events reach only rules in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

import logging

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cloudtrail import trail_events
from labs_helpers.cloud.services.events import moto_view as event_buses
from labs_helpers.engine.detection.event_rules import event_of

_log = logging.getLogger("labs_helpers")


class Announcer:
    """The part of a cloud that sends recorded calls, as events, to the default event buses.

    Calls that result from sending these events aren't sent.
    """

    def __init__(self) -> None:
        self._busy = False

    def announce(self, state: State, account: str, entry: Entry) -> None:
        """Send an event that a trail logs to an account's default event bus, if the bus has rules."""
        if self._busy or not event_buses.has_rules(account, entry.region):
            return
        event = event_of(trail_events.event(entry, account=account))
        if event is None:
            return
        event |= {"id": state.ids.uuid(), "region": entry.region}
        only_reads = trail_events.is_read_only(entry) and not trail_events.is_data_event(entry)
        bus = f"arn:aws:events:{entry.region}:{account}:event-bus/default"
        self._busy = True
        try:
            event_buses.receive(bus, event, only_reads=only_reads)
        except NotModelled as why:
            # The recorded call has already been performed, so a failing target must not make it fail.
            _log.warning("a CloudTrail event wasn't delivered to an event bus: %s", why)
        finally:
            self._busy = False
