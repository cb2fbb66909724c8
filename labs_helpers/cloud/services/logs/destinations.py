"""Subscription destinations.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDestinations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import not_found
from labs_helpers.cloud.services.logs.pages import PAGES
from labs_helpers.cloud.services.logs.tags import check_tags


@operation("logs", "PutDestination")
def put_destination(call: Call) -> Answer:
    """Create or update a destination. Rejects tag keys that are reserved for AWS."""
    check_tags(call.parameters.get("tags"))
    return call.moto()


@operation("logs", "DeleteDestination")
def delete_destination(call: Call) -> Answer:
    """Delete a destination."""
    require_destination(call)
    return call.moto()


def require_destination(call: Call) -> None:
    """Reject the call if the destination doesn't exist."""
    known = {each.destination_name for each in logs.destinations(call.account, call.region)}
    if call.parameters["destinationName"] not in known:
        raise not_found("The specified destination does not exist.")


@operation("logs", "DescribeDestinations")
def describe_destinations(call: Call) -> Mapping[str, Any]:
    """Return the Region's destinations, optionally only those with a given name prefix."""
    prefix = call.parameters.get("DestinationNamePrefix") or ""
    found = [each.to_dict() for each in logs.destinations(call.account, call.region)]
    named = [each for each in found if str(each["destinationName"]).startswith(prefix)]
    shown = [{name: value for name, value in each.items() if value is not None} for each in named]
    return PAGES.page(call, "destinations", shown)
