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
    # A pattern that can't be evaluated can still be stored.
    with suppress(NotModelled):
        filter_patterns.compiled(call.parameters["filterPattern"])
    for each in call.parameters["metricTransformations"]:
        _check(each)
    return call.moto()


def _check(transformation: Mapping[str, Any]) -> None:
    """Reject a metric value that's neither a number nor a field of the event, and dimensions with a default value.

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
    """Return metric filters, sorted by name, optionally only the metric filters of a given log group.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
    """
    given = call.parameters
    for name, other in (("metricName", "metricNamespace"), ("metricNamespace", "metricName")):
        if given.get(name) and not given.get(other):
            raise invalid(
                f"1 validation error detected: Value at '{other}' failed to satisfy constraint: If you include the "
                f"{name} parameter in your request, you must also include the {other} parameter."
            )
    if given.get("logGroupName") is not None:
        group_of(call, given["logGroupName"])
    answer = call.moto()
    if answer.status >= 300:
        return answer
    shown: dict[str, Any] = json.loads(answer.body)
    filters = [{**each, "applyOnTransformedLogs": False} for each in shown["metricFilters"]]
    return PAGES.page(call, "metricFilters", filters)


@operation("logs", "DeleteMetricFilter")
def delete_metric_filter(call: Call) -> Answer:
    """Delete a metric filter."""
    given = call.parameters
    group_of(call, given["logGroupName"])
    if not logs.has_metric_filter(call.account, call.region, given["logGroupName"], given["filterName"]):
        raise not_found("The specified metric filter does not exist.")
    return call.moto()
