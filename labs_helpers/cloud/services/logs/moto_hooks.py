"""Hooks into moto's CloudWatch Logs: log groups identified by ARN, and metric filters.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import unix_time_millis
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.metric_filters import MetricFilters
from moto.logs.models import LogGroup, LogsBackend

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.logs.moto_view import named


@hooks.while_installed
def _find_groups_by_identifier() -> hooks.Undo:
    """Find a log group by name or ARN. moto expects its own form of an ARN, and would return the wrong log group."""

    def find(
        self: LogsBackend, log_group_id: str | None = None, log_group_name: str | None = None
    ) -> LogGroup:
        """Return the log group. Raises moto's exception if it doesn't exist."""
        found = self.groups.get(log_group_name or named(log_group_id or ""))
        if found is None:
            raise ResourceNotFoundException
        return found

    return hooks.replace(LogsBackend, _find_log_group=find)


@hooks.while_installed
def _keep_metric_filters() -> hooks.Undo:
    """Replace a metric filter of the same name, sort the filters by name, and delete them with their log group."""
    matching, delete_group = MetricFilters.get_matching_filters, LogsBackend.delete_log_group

    def add(
        self: MetricFilters, filter_name: str, filter_pattern: str, log_group_name: str, transformations: Any
    ) -> None:
        """Add or replace a metric filter."""
        self.delete_filter(filter_name, log_group_name)
        self.metric_filters.append({
            "filterName": filter_name, "filterPattern": filter_pattern, "logGroupName": log_group_name,
            "metricTransformations": transformations, "creationTime": int(unix_time_millis()),
        })  # fmt: skip

    def sorted_by_name(self: MetricFilters, *wanted: Any) -> list[dict[str, Any]]:
        """Return the requested metric filters."""
        return sorted(matching(self, *wanted), key=lambda each: (each["filterName"], each["logGroupName"]))

    def delete(self: LogsBackend, log_group_name: str) -> None:
        """Delete a log group with its metric filters."""
        delete_group(self, log_group_name)
        kept = [each for each in self.filters.metric_filters if each["logGroupName"] != log_group_name]
        self.filters.metric_filters = kept

    return hooks.all_of(
        hooks.replace(MetricFilters, add_filter=add, get_matching_filters=sorted_by_name),
        hooks.replace(LogsBackend, delete_log_group=delete),
    )
