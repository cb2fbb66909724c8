"""The event history: LookupEvents, implemented with the cloud's record.

Events are built only for the entries that a response contains, because it is much cheaper to filter entries than
events.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cloudtrail import trail_events
from labs_helpers.cloud.services.shared.paging import Pages

_HISTORY = timedelta(days=90)
_MAX_VALUE = 2000


def _wrong_token(_token: str = "") -> ServiceError:
    return ServiceError("InvalidNextTokenException", "The token is not valid for this request.")


def _wrong_size(size: int, most: int) -> ServiceError:
    return ServiceError(
        "InvalidMaxResultsException",
        f"A max results value of {size} is invalid. Specify max results between 1 and {most}.",
    )


# The history is sorted newest first and grows at its beginning. Therefore, a token contains the ID of the last
# returned event, not a number of events.
PAGES = Pages(_wrong_token, most=50, wrong_size=_wrong_size)


@operation("cloudtrail", "LookupEvents")
def lookup_events(call: Call) -> Mapping[str, Any]:
    """Return the account's management events in the Region during the last 90 days, newest first.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
    """
    given = call.parameters
    size = PAGES.length(call)
    start, end = time_range(given)
    category = given.get("EventCategory")
    if category not in (None, "insight"):
        raise ServiceError("InvalidEventCategoryException", f"The event category {category} is not valid.")
    matches = _matcher(given.get("LookupAttributes") or (), call.account)
    after = PAGES.open(call)
    if category == "insight":
        return {"Events": []}
    matching: list[Entry] = []
    oldest = max(start, call.time - _HISTORY) if start else call.time - _HISTORY
    for entry in _history(call, after):
        if entry.time < oldest:
            break
        if (end is None or entry.time <= end) and matches(entry):
            if len(matching) == size:
                return {
                    "Events": [_listed_event(each, call.account) for each in matching],
                    "NextToken": PAGES.seal(call, matching[-1].event_id),
                }
            matching.append(entry)
    return {"Events": [_listed_event(each, call.account) for each in matching]}


def _history(call: Call, after: str | None) -> Iterator[Entry]:
    """Yield the management events that the account sees in the Region, newest first, starting after `after`."""
    account, region = call.account, call.region
    waiting = after is not None
    for entry in reversed(call.state.record):
        if waiting:
            waiting = entry.event_id != after
        elif (
            entry.region == region
            and (entry.account == account or entry.caller_account == account)
            and not trail_events.is_data_event(entry)
            and trail_events.logged(entry)
            and account in trail_events.recipients(entry)
        ):
            yield entry
    if waiting:
        raise _wrong_token()


def _listed_event(entry: Entry, account: str) -> dict[str, Any]:
    record = trail_events.event(entry, account=account)
    shown = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": "true" if record["readOnly"] else "false",
        "AccessKeyId": trail_events.access_key_id(entry, account),
        "EventTime": entry.time.replace(microsecond=0),
        "EventSource": record["eventSource"],
        "Username": trail_events.user_name(entry, account),
        "Resources": trail_events.lookup_resources(entry),
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _matcher(attributes: Any, account: str) -> Callable[[Entry], bool]:
    if not attributes:
        return lambda entry: True
    if len(attributes) > 1:
        raise ServiceError(
            "InvalidLookupAttributesException", "You can look up events by one attribute at a time."
        )
    key, value = attributes[0].get("AttributeKey"), attributes[0].get("AttributeValue")
    matchers: dict[str, Callable[[Entry], bool]] = {
        "EventId": lambda entry: trail_events.event_id(entry, account) == value,
        "EventName": lambda entry: trail_events.event_name(entry) == value,
        "ReadOnly": lambda entry: ("true" if trail_events.is_read_only(entry) else "false") == value,
        "Username": lambda entry: trail_events.user_name(entry, account) == value,
        "EventSource": lambda entry: trail_events.event_source(entry.service) == value,
        "AccessKeyId": lambda entry: trail_events.access_key_id(entry, account) == value,
        "ResourceType": lambda entry: any(
            one["ResourceType"] == value for one in trail_events.lookup_resources(entry)
        ),
        "ResourceName": lambda entry: (
            trail_events.may_name(entry, value)
            and any(one["ResourceName"] == value for one in trail_events.lookup_resources(entry))
        ),
    }
    if key not in matchers or not value or _counted_length(value) > _MAX_VALUE:
        raise ServiceError(
            "InvalidLookupAttributesException",
            f"The lookup attribute {key} is not valid. Use {', '.join(matchers)}, with a value of at most "
            f"{_MAX_VALUE} characters.",
        )
    return matchers[key]


def _counted_length(value: str) -> int:
    """Return the length of a value for the limit, which counts some characters twice.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupAttribute.html
    """
    return len(value) + sum(value.count(each) for each in "_ ,\n")


def time_range(given: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return a request's StartTime and EndTime in UTC. Raises `ServiceError` if the end is before the start."""
    start, end = _time(given.get("StartTime")), _time(given.get("EndTime"))
    if start is not None and end is not None and start > end:
        raise ServiceError("InvalidTimeRangeException", "Start time cannot be after end time.")
    return start, end


def _time(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = (
            value
            if isinstance(value, datetime)
            else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        )
    except (ValueError, OverflowError, OSError):
        raise ServiceError("InvalidTimeRangeException", "The time is not valid.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
