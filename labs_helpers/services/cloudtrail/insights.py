"""Insights: which kinds of unusual activity a trail writes down. None ever happens here, so none is found.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.core.registry import operation
from labs_helpers.services.cloudtrail import selectors
from labs_helpers.services.cloudtrail.moto_view import Trail
from labs_helpers.services.cloudtrail.naming import trail_or_store

_CALL_RATE, _ERROR_RATE = "ApiCallRateInsight", "ApiErrorRateInsight"
_CATEGORIES = ("Management", "Data")


@operation("cloudtrail", "PutInsightSelectors")
def put_insight_selectors(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html"""
    trail = trail_or_store(call, at_home=True)
    wanted = call.parameters["InsightSelectors"]
    for selector in wanted:
        _check(trail, selector)
    if len({each["InsightType"] for each in wanted}) < len(wanted):
        raise _invalid("Each Insights type can be given once.")
    trail.insight_selectors = wanted
    return {"TrailARN": trail.arn, "InsightSelectors": wanted}


def _check(trail: Trail, selector: Mapping[str, Any]) -> None:
    """A trail finds insights in what it logs only. Raises `ServiceError`."""
    kind = selector.get("InsightType")
    if kind not in (_CALL_RATE, _ERROR_RATE):
        raise _invalid(f"The InsightType {kind} is not valid; valid are {_CALL_RATE} and {_ERROR_RATE}.")
    for category in selector.get("EventCategories") or ("Management",):
        if category not in _CATEGORIES:
            raise _invalid(
                f"The event category {category} is not valid; valid are {' and '.join(_CATEGORIES)}."
            )
        writes = category == "Management" and kind == _CALL_RATE
        if not selectors.logs(trail.event_selectors, trail.advanced_event_selectors, category, writes=writes):
            what = f"{'write ' if writes else ''}{category.lower()} events"
            raise _invalid(f"The trail must log {what} for {kind}.")


@operation("cloudtrail", "GetInsightSelectors")
def get_insight_selectors(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html"""
    trail = trail_or_store(call)
    if not trail.insight_selectors:
        raise ServiceError("InsightNotEnabledException", f"Insights are not enabled on {trail.arn}.")
    return {"TrailARN": trail.arn, "InsightSelectors": trail.insight_selectors}


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInsightSelectorsException", message)
