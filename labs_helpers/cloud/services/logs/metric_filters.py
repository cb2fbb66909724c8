"""Metric filters.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import group_of, not_found
from labs_helpers.cloud.services.logs.pages import PAGES


@operation("logs", "PutMetricFilter")
def put_metric_filter(call: Call) -> Answer:
    """Create or change a metric filter on an existing log group."""
    group_of(call, call.parameters["logGroupName"])
    return call.moto()


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
