"""The Insights operations, which set the kinds of unusual activity that a trail logs.

In this cloud, unusual activity never occurs.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cloudtrail import selectors
from labs_helpers.cloud.services.cloudtrail.moto_view import Trail
from labs_helpers.cloud.services.cloudtrail.naming import trail_of
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.shared.refusals import refusal

_invalid_parameter = refusal("InvalidParameterException")
_invalid_selector = refusal("InvalidInsightSelectorsException")


_CALL_RATE, _ERROR_RATE = "ApiCallRateInsight", "ApiErrorRateInsight"
_CATEGORIES = ("Management", "Data")
_PERIODS = (60, 300, 3600)
_MAX_EVENTS, _MAX_POINTS = 50, 21_600
_PAGES = Pages(
    lambda _: _invalid_parameter("The next token is not valid."),
    wrong_size=lambda _, most: _invalid_parameter(f"MaxResults must be between 1 and {most}."),
)


@operation("cloudtrail", "PutInsightSelectors")
def put_insight_selectors(call: Call) -> Mapping[str, Any]:
    """Replace a trail's Insights selectors. Rejects Insights for events that the trail doesn't log.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
    """
    trail = _named_trail(call, at_home=True)
    wanted = call.parameters["InsightSelectors"]
    for selector in wanted:
        _check_selector(trail, selector)
    if len({each["InsightType"] for each in wanted}) < len(wanted):
        raise _invalid_selector("Each Insights type can be given once.")
    trail.insight_selectors = wanted
    return {"TrailARN": trail.arn, "InsightSelectors": wanted}


def _check_selector(trail: Trail, selector: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for an invalid selector, or a selector for events that the trail doesn't log."""
    kind = selector.get("InsightType")
    if kind not in (_CALL_RATE, _ERROR_RATE):
        raise _invalid_selector(
            f"The InsightType {kind} is not valid; the valid types are {_CALL_RATE} and {_ERROR_RATE}."
        )
    for category in selector.get("EventCategories") or ("Management",):
        if category not in _CATEGORIES:
            raise _invalid_selector(
                f"The event category {category} is not valid; the valid categories are {' and '.join(_CATEGORIES)}."
            )
        writes = category == "Management" and kind == _CALL_RATE
        if not selectors.logs_category(
            trail.event_selectors, trail.advanced_event_selectors, category, writes=writes
        ):
            what = f"{'write ' if writes else ''}{category.lower()} events"
            raise _invalid_selector(f"The trail must log {what} for {kind}.")


def _named_trail(call: Call, *, at_home: bool = False) -> Trail:
    """Return the trail that a call specifies. Raises `NotModelled` for an event data store.

    Raises `ServiceError` if the call specifies both a trail and an event data store, or neither.
    """
    given = call.parameters
    store = given.get("EventDataStore") or given.get("InsightsDestination")
    if bool(given.get("TrailName")) == bool(store):
        raise ServiceError(
            "InvalidParameterCombinationException",
            "Specify either TrailName, or the parameters for event data stores.",
        )
    if store:
        raise NotModelled(
            f"cloudtrail:{call.operation} isn't modeled for event data stores (EventDataStore, InsightsDestination). "
            "To add them, begin in labs_helpers/cloud/services/cloudtrail/insights.py"
        )
    return trail_of(call, "TrailName", at_home=at_home)


@operation("cloudtrail", "GetInsightSelectors")
def get_insight_selectors(call: Call) -> Mapping[str, Any]:
    """Return a trail's Insights selectors, or raise InsightNotEnabledException if it has none.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html
    """
    trail = _named_trail(call)
    if not trail.insight_selectors:
        raise ServiceError("InsightNotEnabledException", f"Insights are not enabled on {trail.arn}.")
    return {"TrailARN": trail.arn, "InsightSelectors": trail.insight_selectors}


@operation("cloudtrail", "ListInsightsData")
def list_insights_data(call: Call) -> Mapping[str, Any]:
    """Validate the request and return an empty list of Insights events.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListInsightsData.html
    """
    given = call.parameters
    _refuse_wrong_time(given)
    dimensions = given.get("Dimensions") or {}
    if given["DataType"] != "InsightsEvents":
        raise _invalid_parameter(f"The data type {given['DataType']} is not valid; use InsightsEvents.")
    if len(dimensions) > 1 or not set(dimensions) <= {"EventId", "EventName", "EventSource"}:
        raise _invalid_parameter("Dimensions can contain only one of EventId, EventName, and EventSource.")
    return _PAGES.page(call, "Events", [], most=_MAX_EVENTS)


@operation("cloudtrail", "ListInsightsMetricData")
def list_insights_metric_data(call: Call) -> Mapping[str, Any]:
    """Validate the request and return a metric without data points.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListInsightsMetricData.html
    """
    given = call.parameters
    kind, code = given["InsightType"], given.get("ErrorCode")
    _refuse_wrong_time(given)
    if kind not in (_CALL_RATE, _ERROR_RATE):
        raise _invalid_parameter(
            f"The InsightType {kind} is not valid; the valid types are {_CALL_RATE} and {_ERROR_RATE}."
        )
    if kind == _ERROR_RATE and not code:
        raise _invalid_parameter(f"ErrorCode is required for {_ERROR_RATE}.")
    if given.get("Period") not in (None, *_PERIODS):
        raise _invalid_parameter(f"Period must be one of {', '.join(map(str, _PERIODS))}.")
    if given.get("DataType") not in (None, "FillWithZeros", "NonZeroData"):
        raise _invalid_parameter("DataType must be FillWithZeros or NonZeroData.")
    _PAGES.cut(call, [], most=_MAX_POINTS)
    trail = trail_of(call, "TrailName") if given.get("TrailName") else None
    shown = {
        "TrailARN": trail.arn if trail is not None and trail.insight_selectors else None,
        "EventSource": given["EventSource"], "EventName": given["EventName"], "InsightType": kind,
        "ErrorCode": code if kind == _ERROR_RATE else None, "Timestamps": [], "Values": [],
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


def _refuse_wrong_time(given: Mapping[str, Any]) -> None:
    start, end = given.get("StartTime"), given.get("EndTime")
    if start is not None and end is not None and start > end:
        raise _invalid_parameter("The start time cannot be after the end time.")
