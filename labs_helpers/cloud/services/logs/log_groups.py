"""Log groups: creating and listing them, and setting their retention.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import group_of, invalid
from labs_helpers.cloud.services.logs.pages import PAGES
from labs_helpers.cloud.services.logs.tags import check_tags

_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


@operation("logs", "CreateLogGroup")
def create_log_group(call: Call) -> Answer:
    """Create a log group. Rejects names and tag keys that are reserved for AWS."""
    name = call.parameters["logGroupName"]
    if name.startswith("aws/"):
        raise invalid(f"Log group names can't start with aws/: {name}")
    check_tags(call.parameters.get("tags"))
    return call.moto()


@operation("logs", "DescribeLogGroups")
def describe_log_groups(call: Call) -> Mapping[str, Any]:
    """Return the account's log groups in the Region, filtered by name prefix, name pattern, or ARN."""
    given = call.parameters
    prefix, part = given.get("logGroupNamePrefix") or "", (given.get("logGroupNamePattern") or "").lower()
    named = [logs.named(each) for each in given.get("logGroupIdentifiers") or ()]
    of_class = given.get("logGroupClass") or "STANDARD"
    found = [
        {**each.to_describe_dict(), "metricFilterCount": logs.metric_filters(call.account, call.region, name),
         "logGroupClass": logs.class_of(each)}
        for name, each in sorted(logs.groups(call.account, call.region).items())
        if name.startswith(prefix) and part in name.lower() and (not named or name in named)
        and (given.get("logGroupClass") is None or logs.class_of(each) == of_class)
    ]  # fmt: skip
    return PAGES.page(call, "logGroups", found)


@operation("logs", "PutRetentionPolicy")
def put_retention_policy(call: Call) -> Mapping[str, Any]:
    """Set the number of days for which a log group retains its events."""
    days = call.parameters["retentionInDays"]
    if days not in _DAYS:
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member "
            f"must satisfy enum value set: {list(_DAYS)}"
        )
    group_of(call, call.parameters["logGroupName"]).set_retention_policy(days)
    return {}
