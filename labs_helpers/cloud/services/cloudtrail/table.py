"""What CloudTrail's operations ask for.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cloudtrail import moto_view as moto_cloudtrail
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table
from labs_helpers.cloud.services.shared.table_rows import has, passes_role, tags_in
from labs_helpers.engine.policy.arn import Arn

_VARIABLES = {
    "trail": "TrailName", "eventdatastore": "EventDataStoreId", "channel": "ChannelId", "dashboard": "DashboardName",
}  # fmt: skip
_IN_SQL = re.compile(r"\bfrom\s+['\"`]?([0-9a-f]{8}-[0-9a-f-]{27})", re.IGNORECASE)
_TAGS = tags_in("Tags", "TagsList")


def _arn(call: Call, resource_type: str, name: str | None) -> str:
    """Names and ARNs are taken alike: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html"""
    if name and name.startswith("arn:"):
        return name
    if name and resource_type == "trail" and call.operation != "CreateTrail":
        found = moto_cloudtrail.find(call.account, call.region, name)
        if found is not None:
            return found.arn
    return TABLE.fill(resource_type, call, **{_VARIABLES[resource_type]: name})


def _named(resource_type: str, *parameters: str) -> Callable[[Call], list[str]]:
    """The resource that the first parameter which was sent names."""

    def arns(call: Call) -> list[str]:
        name = next(filter(None, map(call.parameters.get, parameters)), None)
        return [_arn(call, resource_type, name)]

    return arns


def _queried(call: Call) -> list[str]:
    """The event data stores after FROM.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-limitations.html
    """
    stores = _IN_SQL.findall(call.parameters.get("QueryStatement") or "")
    return [_arn(call, "eventdatastore", store) for store in stores] or ["*"]


def _type_of(arn: str) -> str | None:
    named = Arn.read(arn)
    return named.kind if named is not None and named.kind in _VARIABLES else None


def _given_arns(call: Call) -> list[str]:
    listed = call.parameters.get("ResourceIdList")
    return listed or [call.parameters.get("ResourceId") or call.parameters.get("ResourceArn") or "*"]


def _on_given(operations: str, types: str, *keys: Keys) -> None:
    """One row a resource type that the request's ARNs can be of, and one for ARNs that are none of them."""
    for resource_type in types.split():
        TABLE.ask(
            operations, on=resource_type, keys=keys,
            arns=lambda call, wanted=resource_type: [arn for arn in _given_arns(call) if _type_of(arn) == wanted],
        )  # fmt: skip
    TABLE.ask(
        operations, keys=keys,
        arns=lambda call: [arn for arn in _given_arns(call) if _type_of(arn) not in types.split()],
    )  # fmt: skip


def _tags(_: Call, ask: Ask) -> Mapping[str, str]:
    return moto_cloudtrail.tags(ask.resource) if ask.type == "trail" else {}


TABLE = Table("cloudtrail", "cloudtrail", resources={}, tags=_tags)
ask = TABLE.ask

# Trails
ask("CreateTrail", on="trail", arns=_named("trail", "Name"), keys=(_TAGS,))
ask(
    "CreateTrail",
    action="AddTags",
    on="trail",
    arns=_named("trail", "Name"),
    keys=(_TAGS,),
    when=has("TagsList"),
)
ask(
    "DeleteTrail GetEventSelectors GetTrail GetTrailStatus PutEventSelectors StartLogging StopLogging UpdateTrail",
    on="trail", arns=_named("trail", "Name", "TrailName"),
)  # fmt: skip
ask("ListInsightsData", on="trail", arns=_named("trail", "InsightSource"))
# The managed policy AWSCloudTrail_FullAccess passes roles to cloudtrail.amazonaws.com:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCloudTrail_FullAccess.html
passes_role(
    TABLE, "CreateTrail UpdateTrail", "cloudtrail.amazonaws.com",
    lambda call: [call.parameters.get("CloudWatchLogsRoleArn")],
)  # fmt: skip

# Trails or event data stores
_EITHER = "GetEventConfiguration PutEventConfiguration GetInsightSelectors PutInsightSelectors"
ask(_EITHER, on="trail", arns=_named("trail", "TrailName"), when=has("TrailName"))
ask(_EITHER, on="eventdatastore", arns=_named("eventdatastore", "EventDataStore"), when=has("EventDataStore"))
ask(_EITHER, when=lambda call: not has("TrailName", "EventDataStore")(call))

# What has no resource of its own
ask(
    "DescribeTrails ListTrails ListPublicKeys LookupEvents ListChannels ListDashboards ListEventDataStores GetImport "
    "ListImports ListImportFailures StartImport StopImport SearchSampleQueries RegisterOrganizationDelegatedAdmin "
    "DeregisterOrganizationDelegatedAdmin"
)
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListInsightsMetricData.html
ask("ListInsightsMetricData", action="LookupEvents")
ask(
    "ListInsightsMetricData", action="ListInsightsData", on="trail", arns=_named("trail", "TrailName"),
    when=has("TrailName"),
)  # fmt: skip

# Event data stores
ask(
    "CancelQuery DeleteEventDataStore DescribeQuery DisableFederation EnableFederation GetEventDataStore "
    "GetQueryResults ListQueries RestoreEventDataStore StartEventDataStoreIngestion StopEventDataStoreIngestion "
    "UpdateEventDataStore",
    on="eventdatastore", arns=_named("eventdatastore", "EventDataStore"),
)  # fmt: skip
_NEW_STORE: dict[str, Any] = {
    "on": "eventdatastore",
    "arns": lambda call: [_arn(call, "eventdatastore", "*")],
}
ask("CreateEventDataStore", **_NEW_STORE, keys=(_TAGS,))
ask("CreateEventDataStore", action="AddTags", **_NEW_STORE, keys=(_TAGS,), when=has("TagsList"))
ask(
    "GenerateQuery", on="eventdatastore",
    arns=lambda call: [
        _arn(call, "eventdatastore", store) for store in call.parameters.get("EventDataStores") or ["*"]
    ],
)  # fmt: skip
ask("StartQuery", on="eventdatastore", arns=_queried)
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-federation.html
passes_role(
    TABLE,
    "EnableFederation",
    "lakeformation.amazonaws.com",
    lambda call: [call.parameters.get("FederationRoleArn")],
)

passes_role(
    TABLE, "StartImport", "cloudtrail.amazonaws.com",
    lambda call: [((call.parameters.get("ImportSource") or {}).get("S3") or {}).get("S3BucketAccessRoleArn")],
)  # fmt: skip

# Channels and dashboards
ask("DeleteChannel GetChannel UpdateChannel", on="channel", arns=_named("channel", "Channel"))
ask("CreateChannel", on="channel", arns=lambda call: [_arn(call, "channel", "*")], keys=(_TAGS,))
ask(
    "CreateChannel", on="eventdatastore", keys=(_TAGS,),
    arns=lambda call: [
        _arn(call, "eventdatastore", destination.get("Location"))
        for destination in call.parameters.get("Destinations") or ()
    ],
)  # fmt: skip
ask(
    "DeleteDashboard GetDashboard StartDashboardRefresh UpdateDashboard", on="dashboard",
    arns=_named("dashboard", "DashboardId"),
)  # fmt: skip
ask("CreateDashboard", on="dashboard", arns=_named("dashboard", "Name"), keys=(_TAGS,))

# By ARN
_on_given("AddTags RemoveTags ListTags", "trail eventdatastore channel dashboard", _TAGS)
_on_given("DeleteResourcePolicy GetResourcePolicy PutResourcePolicy", "eventdatastore channel dashboard")
