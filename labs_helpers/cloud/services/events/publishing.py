"""PutEvents, which accepts or rejects entries individually.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.events.errors import invalid
from labs_helpers.engine.detection import event_patterns

_LONGEST_DETAIL_TYPE = 128
_MOST_ENTRIES = 10
_MOST_BYTES = 1024 * 1024
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""


@operation("events", "PutEvents")
def put_events(call: Call) -> Mapping[str, Any]:
    """Put events on buses. The result for each entry is an ID or an error.

    An event contains its sender's account and Region, even on another account's bus.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    """
    entries = call.parameters["Entries"]
    if len(entries) > _MOST_ENTRIES:
        raise invalid(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length "
            f"less than or equal to {_MOST_ENTRIES}"
        )
    if sum(map(_size, entries)) >= _MOST_BYTES:
        raise invalid("Total size of the entries in the request is over the limit.")
    backend = events.backend(call.account, call.region)
    answers = []
    for entry in entries:
        answers.append(_refusal(entry) or events.put(backend, entry, call.caller_account))
    return {"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers}


def _size(entry: Mapping[str, Any]) -> int:
    """Return the size of an entry as calculated for the quota."""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources") or ()
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) + (
        14 if entry.get("Time") else 0
    )


def _refusal(entry: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the error for an entry that EventBridge rejects, or None for an accepted entry.

    Only AWS services can send events with a source that begins with "aws.".
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return _failed(
                "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
            )
    if len(entry["DetailType"]) > _LONGEST_DETAIL_TYPE:
        return _failed(
            "InvalidArgument",
            f"Parameter DetailType is not valid. Reason: DetailType is limited to {_LONGEST_DETAIL_TYPE} characters.",
        )
    if entry["Source"].lower().startswith("aws."):
        return _failed("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = event_patterns.read(entry["Detail"])
    except event_patterns.Unreadable:
        detail = None
    # OBSERVED in 2025: an array is rejected like text that isn't JSON.
    return None if isinstance(detail, Mapping) else _failed("MalformedDetail", "Detail is malformed.")


def _failed(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}
