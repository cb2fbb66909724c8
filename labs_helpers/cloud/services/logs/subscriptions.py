"""Subscription filters, which deliver a log group's events to a function as they arrive.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.logs import filter_patterns
from labs_helpers.cloud.services.logs.errors import group_of, invalid, not_found, over_limit
from labs_helpers.cloud.services.logs.pages import PAGES

_MOST = 2


def sender(region: str, function_arn: str) -> str:
    """Return the service name under which CloudWatch Logs invokes a function.

    It is `logs` if the function's policy names the global service principal, and contains the Region otherwise.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
    """
    return "logs" if '"logs.amazonaws.com"' in (lambdas.policy(function_arn) or "") else f"logs.{region}"


@operation("logs", "PutSubscriptionFilter")
def put_subscription_filter(call: Call) -> Mapping[str, Any]:
    """Deliver a log group's events to a function, which CloudWatch Logs must be allowed to invoke."""
    given = call.parameters
    group, name, destination = (
        group_of(call, given["logGroupName"]),
        given["filterName"],
        given["destinationArn"],
    )
    filter_patterns.compiled(given.get("filterPattern") or "")
    if len(group.subscription_filters) >= _MOST and name not in group.subscription_filters:
        raise over_limit("Resource limit exceeded.")
    if ":lambda:" not in destination:
        raise NotModelled(
            f"logs:PutSubscriptionFilter is modeled only for functions: nothing is delivered to {destination}"
        )
    caller = call.state.caller
    assert caller is not None, "a running cloud has a caller"
    allowed = lambdas.function(destination) is not None and caller.may_as_service(
        f"{sender(call.region, destination)}.amazonaws.com", "lambda:InvokeFunction", destination, account=call.account,
        region=call.region, source_arn=f"{group.arn}:*",
    )  # fmt: skip
    if not allowed:
        raise invalid(
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
            "your function."
        )
    others = {key: value for key, value in group.subscription_filters.items() if key != name}
    group.subscription_filters = others
    group.put_subscription_filter(name, given.get("filterPattern") or "", destination, given.get("roleArn"))
    return {}


@operation("logs", "DescribeSubscriptionFilters")
def describe_subscription_filters(call: Call) -> Mapping[str, Any]:
    """Return the subscription filters of a log group."""
    prefix = call.parameters.get("filterNamePrefix") or ""
    filters = group_of(call, call.parameters["logGroupName"]).subscription_filters
    shown = [
        {**{key: value for key, value in each.to_json().items() if value is not None},
         "applyOnTransformedLogs": False}
        for name, each in sorted(filters.items()) if name.startswith(prefix)
    ]  # fmt: skip
    return PAGES.page(call, "subscriptionFilters", shown)


@operation("logs", "DeleteSubscriptionFilter")
def delete_subscription_filter(call: Call) -> Mapping[str, Any]:
    """Delete a subscription filter."""
    filters = group_of(call, call.parameters["logGroupName"]).subscription_filters
    if filters.pop(call.parameters["filterName"], None) is None:
        raise not_found("The specified subscription filter does not exist.")
    return {}


def as_event(
    stream: Any, subscription: Any, log_events: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return the event for a function with a stream's new log events, or None if none match the filter."""
    passes = filter_patterns.compiled(subscription.filter_pattern or "")
    sent = [
        {"id": f"{int(each['id']):056d}", "timestamp": each["timestamp"], "message": each["message"]}
        for each in log_events
        if passes(each["message"])
    ]
    if not sent:
        return None
    document = {
        "messageType": "DATA_MESSAGE", "owner": stream.account_id, "logGroup": stream.log_group.name,
        "logStream": stream.log_stream_name, "subscriptionFilters": [subscription.name], "logEvents": sent,
    }  # fmt: skip
    packed = gzip.compress(json.dumps(document).encode(), mtime=0)
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}
