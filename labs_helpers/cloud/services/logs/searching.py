"""FilterLogEvents, which returns the events that match a filter pattern, and the list of queries.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueries.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.logs import filter_patterns
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import group_of, invalid, not_found
from labs_helpers.cloud.services.logs.kms_encryption import groups_read, require_keys
from labs_helpers.cloud.services.logs.pages import PAGES

_MOST = 10_000
_QUERIES = replace(PAGES, size="maxResults", most=1000)


_COMMANDS = frozenset(
    """anomaly dedup diff display fields filter filterindex limit parse pattern relevantfields sort source stats unmask
    unnest lookup join expand""".split()
)
"""The commands of a query: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/CWL_QuerySyntax.html"""
_QUOTED = re.compile(r"/(?:[^/\\]|\\.)*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#[^\n]*")


@around("logs", "StartQuery", stage=Stage.VALIDATED)
def check_query(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a query with an empty time range, an unknown command, or events that can't be decrypted.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
    """
    given = call.parameters
    if not 1 <= (given.get("limit") or 1) <= _MOST:
        raise invalid(f"The limit of a query must be between 1 and {_MOST}.")
    if given["startTime"] > given["endTime"]:
        raise invalid("The start time of a query must be before its end time.")
    if (given.get("queryLanguage") or "CWLI") == "CWLI":
        for part in _QUOTED.sub("", given["queryString"]).split("|"):
            words = part.split()
            if words and words[0].lower() not in _COMMANDS:
                raise ServiceError("MalformedQueryException", f"unexpected symbol found {words[0]}", 400)
    require_keys(call)
    for name in groups_read(given):
        group_of(call, name)
    return perform()


@operation("logs", "FilterLogEvents")
def filter_log_events(call: Call) -> Mapping[str, Any]:
    """Return the matching events in a log group's streams, sorted by time.

    As AWS documents, `searchedLogStreams` is empty.
    """
    given = call.parameters
    group = group_of(call, given.get("logGroupName") or given.get("logGroupIdentifier"))
    names, prefix = given.get("logStreamNames"), given.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    if names and not set(names) <= group.streams.keys():
        raise not_found("The specified log stream does not exist.")
    passes = filter_patterns.compiled(given.get("filterPattern") or "")
    start, end = given.get("startTime") or 0, given.get("endTime")
    found = [
        {
            "logStreamName": name, "timestamp": event.timestamp, "message": event.message,
            "ingestionTime": event.ingestion_time, "eventId": f"{event.event_id:056d}",
        }
        for name, stream in group.streams.items()
        if (not names or name in names) and name.startswith(prefix or "")
        for event in stream.events
        if event.timestamp >= start and (end is None or event.timestamp <= end) and passes(event.message)
    ]  # fmt: skip
    found.sort(key=lambda event: event["timestamp"])
    return {"searchedLogStreams": [], **PAGES.page(call, "events", found, most=_MOST)}


@operation("logs", "DescribeQueries")
def describe_queries(call: Call) -> Mapping[str, Any]:
    """Return the Region's queries, optionally only those for a log group or in a state."""
    group, status = call.parameters.get("logGroupName"), call.parameters.get("status")
    shown = [
        {**each.to_json(each.log_group_names[0]), "queryLanguage": "CWLI"}
        for each in logs.queries(call.account, call.region)
        if group in (None, *each.log_group_names) and status in (None, each.status)
    ]
    return _QUERIES.page(call, "queries", shown)
