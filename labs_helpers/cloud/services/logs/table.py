"""The authorization table for CloudWatch Logs: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
A log group's resource is `…:log-group:name:log-stream:`, as in AWS's denial messages. Therefore, its ARN in a policy
must end in `:*`, except for operations on tags:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.exports import probe
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table, account_in
from labs_helpers.cloud.services.shared.table_rows import (
    asks_s3,
    given,
    has,
    passes_role,
    removed_tags,
    request_tags,
)
from labs_helpers.engine.policy.arn import Arn


def _group_arn(call: Call, group: str) -> str:
    """Return the resource of a log group given by name or by ARN, with or without `:*`."""
    if (parts := Arn.read(group)) is not None:
        group = logs.group_name(parts)
    return f"arn:aws:logs:{call.region}:{call.account}:log-group:{group}:log-stream:"


def _requested_groups(call: Call) -> list[str]:
    parameters = call.parameters
    groups = [parameters.get("logGroupName"), parameters.get("logGroupIdentifier")]
    groups += [*(parameters.get("logGroupNames") or ()), *(parameters.get("logGroupIdentifiers") or ())]
    return [group for group in groups if group]


def _groups(call: Call) -> list[str]:
    return [_group_arn(call, group) for group in _requested_groups(call)] or [_group_arn(call, "")]


def _identified(call: Call) -> list[str]:
    """Return the log group whose KMS key the operation changes, given by name or by ARN."""
    group = call.parameters.get("logGroupName") or call.parameters.get("resourceIdentifier") or ""
    return [_group_arn(call, group)]


def _streams(call: Call) -> list[str]:
    return [arn + (call.parameters.get("logStreamName") or "") for arn in _groups(call)]


def _no_group(call: Call) -> list[str]:
    """Return the resource of operations that aren't on a specific log group: a group without a name.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
    """
    return [_group_arn(call, "")]


def _queried(call: Call) -> list[str]:
    groups = logs.query_groups(call.account, call.region, call.parameters.get("queryId") or "")
    return [_group_arn(call, group) for group in groups] or [_group_arn(call, "")]


def _tagged(call: Call) -> list[str]:
    return [(call.parameters.get("resourceArn") or "*").removesuffix(":*")]


def _is_tagged(kind: str) -> Callable[[Call], bool]:
    return lambda call: f":{kind}:" in (call.parameters.get("resourceArn") or "")


def _destination(call: Call) -> Iterable[tuple[str, Mapping[str, Any]]]:
    arn = call.parameters.get("destinationArn") or ""
    return [(arn, {})] if ":destination:" in arn else []


def _created(call: Call) -> Mapping[str, Any]:
    tags = call.parameters.get("tags")
    # UntagLogGroup has a list of keys under the same name.
    if isinstance(tags, Mapping):
        return request_tags(tags)
    return {"aws:TagKeys": list(tags)} if tags else {}


def _delivered_to(call: Call) -> Mapping[str, str]:
    configured = call.parameters.get("deliveryDestinationConfiguration") or {}
    arn = configured.get("destinationResourceArn")
    return {"logs:DeliveryDestinationResourceArn": arn} if arn else {}


def _owner(call: Call) -> str | None:
    """Return the account in the first ARN of a log group or a tagged resource, or None if there isn't one."""
    for group in (
        *_requested_groups(call),
        call.parameters.get("resourceArn") or "",
        call.parameters.get("resourceIdentifier") or "",
    ):
        if group.startswith("arn:"):
            return account_in(group)
    return None


def _policy(_: Call, ask: Ask) -> tuple[str, str] | None:
    """Return the policy of a resource: one for all log groups of an account and Region, or a destination's own.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    if ask.type == "destination":
        document = logs.destination_policy(ask.resource)
        return (ask.resource, document) if document else None
    if ask.type in ("log-group", "log-stream"):
        parts = Arn.read(ask.resource)
        document = logs.resource_policies(parts.account, parts.region) if parts is not None else None
        return ("CloudWatch Logs resource policies", document) if document else None
    return None


def _tags(_: Call, ask: Ask) -> Mapping[str, str]:
    taggable = ("log-group", "log-stream", "destination")
    return logs.tags(ask.resource) if ask.type in taggable and ask.resource.startswith("arn:") else {}


TABLE = Table(
    "logs",
    "logs",
    resources={
        "destination": {"DestinationName": "destinationName"},
        "delivery": {"DeliveryName": "id"},
        "delivery-destination": {
            "DeliveryDestinationName": lambda call: call.parameters.get("deliveryDestinationName")
            or call.parameters.get("name")
        },
        "delivery-source": {"DeliverySourceName": lambda call: call.parameters.get("deliverySourceName")
                            or call.parameters.get("name")},
    },
    owner=_owner,
    policy=_policy,
    tags=_tags,
)  # fmt: skip
ask = TABLE.ask

# Log groups and streams
ask("CreateLogGroup", on="log-group", arns=_groups, keys=(_created,))
ask("AssociateKmsKey DisassociateKmsKey", on="log-group", arns=_identified)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
ask("CreateLogGroup", action="TagResource", on="log-group", arns=_groups, keys=(_created,), when=has("tags"))
ask(
    "CreateExportTask DeleteLogGroup DeleteMetricFilter DeleteRetentionPolicy DeleteSubscriptionFilter "
    "DescribeLogStreams DescribeMetricFilters DescribeSubscriptionFilters FilterLogEvents ListTagsLogGroup "
    "PutMetricFilter PutRetentionPolicy PutSubscriptionFilter StartLiveTail StartQuery",
    on="log-group",
    arns=_groups,
)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html
asks_s3(
    TABLE, "CreateExportTask", "PutObject", lambda call: [(call.parameters.get("destination"), probe(call))]
)
ask("TagLogGroup UntagLogGroup", on="log-group", arns=_groups, keys=(_created,))
ask("GetQueryResults", on="log-group", arns=_queried)
# The resource is the stream, even for the operation that creates it.
ask("CreateLogStream DeleteLogStream GetLogEvents PutLogEvents", on="log-stream", arns=_streams)
ask("DescribeLogGroups DescribeResourcePolicies PutResourcePolicy", arns=_no_group)
ask("CancelExportTask DeleteResourcePolicy DescribeDestinations DescribeExportTasks DescribeQueries")

# Subscriptions. The access policy of another account's destination must allow the caller:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html
ask("PutSubscriptionFilter", on="destination", each=_destination)
passes_role(
    TABLE, "PutSubscriptionFilter", "logs.amazonaws.com", lambda call: [call.parameters.get("roleArn")]
)
ask("DeleteDestination PutDestinationPolicy", on="destination")
ask("PutDestination", on="destination", keys=(_created,))
passes_role(TABLE, "PutDestination", "logs.amazonaws.com", lambda call: [call.parameters.get("roleArn")])

# Log deliveries
ask("CreateDelivery", on="delivery", keys=(_created,))
ask("CreateDelivery", on="delivery-source", keys=(_created,))
ask("CreateDelivery", on="delivery-destination", arns=given("deliveryDestinationArn"), keys=(_created,))
ask("DeleteDelivery GetDelivery", on="delivery")
ask(
    "DeleteDeliveryDestination DeleteDeliveryDestinationPolicy GetDeliveryDestination GetDeliveryDestinationPolicy "
    "PutDeliveryDestinationPolicy",
    on="delivery-destination",
)
ask(
    "PutDeliveryDestination",
    on="delivery-destination",
    keys=(
        _created,
        _delivered_to,
    ),
)
ask("GetDeliverySource", on="delivery-source")
# In the reference, the resource of this action is the destination; the name in its ARN is the name in the
# request.
ask("DeleteDeliverySource", on="delivery-destination")
ask(
    "PutDeliverySource",
    on="delivery-source",
    keys=(
        _created,
        lambda call: {"logs:LogGeneratingResourceArns": [call.parameters.get("resourceArn") or ""]},
    ),
)
ask("DescribeDeliveries DescribeDeliveryDestinations DescribeDeliverySources")

# Tags by ARN
for _kind in ("log-group", "destination", "delivery", "delivery-source", "delivery-destination"):
    ask("ListTagsForResource", on=_kind, arns=_tagged, when=_is_tagged(_kind))
    ask("TagResource", on=_kind, arns=_tagged, keys=(_created,), when=_is_tagged(_kind))
    ask("UntagResource", on=_kind, arns=_tagged, keys=(removed_tags,), when=_is_tagged(_kind))

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html: "but not both"
TABLE.one_of(
    "DescribeLogStreams FilterLogEvents GetLogEvents", "logGroupName", "logGroupIdentifier",
    code="InvalidParameterException", message="LogGroup name and LogGroup ARN are mutually exclusive parameters.",
)  # fmt: skip
TABLE.one_of(
    "DescribeLogGroups", "logGroupNamePrefix", "logGroupNamePattern",
    code="InvalidParameterException",
    message="LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
)  # fmt: skip
TABLE.one_of(
    "StartQuery", "logGroupName", "logGroupNames", "logGroupIdentifiers",
    code="InvalidParameterException", message="Only one of {first} and {second} can be specified.",
)  # fmt: skip
TABLE.one_of(
    "AssociateKmsKey DisassociateKmsKey", "logGroupName", "resourceIdentifier",
    code="InvalidParameterException",
    message="Either {first} or {second} must be specified, but not both.",
)  # fmt: skip
