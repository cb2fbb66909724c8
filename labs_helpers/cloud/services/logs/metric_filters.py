"""Metric filters.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs import filter_patterns
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import group_of, invalid, not_found
from labs_helpers.cloud.services.logs.pages import PAGES

_VALUE = re.compile(r"\$.+|[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@operation("logs", "PutMetricFilter")
def put_metric_filter(call: Call) -> Answer:
    """Create or change a metric filter on an existing log group. Rejects malformed patterns and transformations."""
    group_of(call, call.parameters["logGroupName"])
    # A pattern that can't be evaluated can still be kept.
    with suppress(NotModelled):
        filter_patterns.compiled(call.parameters["filterPattern"])
    for each in call.parameters["metricTransformations"]:
        _check(each)
    return call.moto()


def _check(transformation: Mapping[str, Any]) -> None:
    """Reject a value that's neither a number nor a field of the event, and a default value together with dimensions.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
    """
    if not _VALUE.fullmatch(transformation["metricValue"]):
        raise invalid(
            "Invalid metric transformation: the metric value must be a number or a field of the log event."
        )
    if transformation.get("dimensions") and transformation.get("defaultValue") is not None:
        raise invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )


@operation("logs", "DescribeMetricFilters")
def describe_metric_filters(call: Call) -> Answer | Mapping[str, Any]:
    """Return metric filters, optionally only the metric filters of a given log group."""
    name = call.parameters.get("logGroupName")
    created = {}
    if name is not None:
        created = {"creationTime": logs.created(group_of(call, name))}
    answer = call.moto()
    if answer.status >= 300:
        return answer
    shown: dict[str, Any] = json.loads(answer.body)
    filters = [{**created, **each, "applyOnTransformedLogs": False} for each in shown["metricFilters"]]
    return PAGES.page(call, "metricFilters", filters)


@operation("logs", "DeleteMetricFilter")
def delete_metric_filter(call: Call) -> Answer:
    """Delete a metric filter."""
    given = call.parameters
    group_of(call, given["logGroupName"])
    if not logs.has_metric_filter(call.account, call.region, given["logGroupName"], given["filterName"]):
        raise not_found("The specified metric filter does not exist.")
    return call.moto()
