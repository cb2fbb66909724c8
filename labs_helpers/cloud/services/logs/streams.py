"""Log streams.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import exists_already, group_of, invalid, not_found
from labs_helpers.cloud.services.logs.pages import PAGES

_OVERHEAD, _LARGEST_BATCH = 26, 1_048_576
"""The number of bytes added to each message's size, and the maximum total size of a request's events."""
_DAY = 86_400_000
"""Milliseconds."""


@operation("logs", "CreateLogStream")
def create_log_stream(call: Call) -> Answer:
    """Create a log stream. Rejects a name that is already in use."""
    if call.parameters["logStreamName"] in group_of(call, call.parameters["logGroupName"]).streams:
        raise exists_already("The specified log stream already exists")
    return call.moto()


@operation("logs", "DeleteLogStream")
def delete_log_stream(call: Call) -> Answer:
    """Delete a log stream."""
    if call.parameters["logStreamName"] not in group_of(call, call.parameters["logGroupName"]).streams:
        raise not_found("The specified log stream does not exist.")
    return call.moto()


@operation("logs", "GetLogEvents")
def get_log_events(call: Call) -> Answer:
    """Return the events of an existing log stream."""
    given = call.parameters
    group = group_of(call, given.get("logGroupName") or given.get("logGroupIdentifier"))
    if given["logStreamName"] not in group.streams:
        raise not_found("The specified log stream does not exist.")
    return call.moto()


@operation("logs", "PutLogEvents")
def put_log_events(call: Call) -> Answer:
    """Add events to a log stream. Rejects events that span more than a day or exceed a mebibyte in total.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """
    events = call.parameters["logEvents"]
    size = sum(len(each["message"].encode("utf-8", "surrogatepass")) + _OVERHEAD for each in events)
    if size > _LARGEST_BATCH:
        raise invalid(f"Upload size of {size} bytes exceeds the limit of {_LARGEST_BATCH}")
    times = [each["timestamp"] for each in call.parameters["logEvents"]]
    if times == sorted(times) and times[-1] - times[0] > _DAY:
        raise invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    return call.moto()


@operation("logs", "DescribeLogStreams")
def describe_log_streams(call: Call) -> Answer | Mapping[str, Any]:
    """Return a log group's streams. Their sizes in bytes haven't been reported since 2019."""
    answer = call.moto()
    if answer.status >= 300:
        return answer
    given = call.parameters
    streams = logs.streams(
        group_of(call, given.get("logGroupName") or given.get("logGroupIdentifier")),
        prefix=given.get("logStreamNamePrefix") or "",
        order_by=given.get("orderBy") or "LogStreamName",
        descending=bool(given.get("descending")),
    )
    return PAGES.page(call, "logStreams", [{**each, "storedBytes": 0} for each in streams])
