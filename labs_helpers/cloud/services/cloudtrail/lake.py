"""CloudTrail Lake, which takes no new customers since May 31, 2026: these accounts have nothing there, and get nothing.

What can be said truthfully of stores, channels, dashboards and imports that do not exist is answered.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-service-availability-change.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cloudtrail.naming import no_event_data_store, trail_or_store
from labs_helpers.engine.policy.arn import Arn

_LISTED = {
    "ListEventDataStores": "EventDataStores", "ListChannels": "Channels", "ListDashboards": "Dashboards",
    "ListImports": "Imports",
}  # fmt: skip
_FROM = re.compile(r"\bfrom\s+['\"`]?([0-9a-z.-]+)", re.IGNORECASE)
"""https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-create-edit-query.html"""
_WITH_POLICIES = ("eventdatastore", "channel", "dashboard")


@operation("cloudtrail", "CreateEventDataStore", "CreateChannel", "CreateDashboard", "StartImport")
@operation("cloudtrail", "GenerateQuery", "SearchSampleQueries")
def refuse_new_customers(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html and its neighbours"""
    raise NotModelled(
        f"cloudtrail:{call.operation} is not modelled: it belongs to CloudTrail Lake, which takes no new customers "
        "since May 31, 2026, and this account is none of the old ones"
    )


@operation("cloudtrail", *_LISTED)
def list_nothing(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListEventDataStores.html and its neighbours"""
    if call.parameters.get("NextToken"):
        raise ServiceError("InvalidNextTokenException", "The next token is not valid.")
    return {_LISTED[call.operation]: []}


@operation(
    "cloudtrail", "GetEventDataStore", "UpdateEventDataStore", "DeleteEventDataStore", "RestoreEventDataStore"
)
@operation("cloudtrail", "StartEventDataStoreIngestion", "StopEventDataStoreIngestion", "ListQueries")
@operation("cloudtrail", "EnableFederation", "DisableFederation")
def refuse_unknown_store(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventDataStore.html and its neighbours"""
    raise no_event_data_store(call.parameters["EventDataStore"])


@operation("cloudtrail", "GetChannel", "UpdateChannel", "DeleteChannel")
def refuse_unknown_channel(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetChannel.html and its neighbours"""
    named = call.parameters["Channel"]
    if named.startswith("arn:") and _kind(named) != "channel":
        raise ServiceError("ChannelARNInvalidException", f"{named} is not a valid channel ARN.")
    raise ServiceError("ChannelNotFoundException", f"Channel {named} is not found.")


@operation("cloudtrail", "GetDashboard", "UpdateDashboard", "DeleteDashboard", "StartDashboardRefresh")
def refuse_unknown_dashboard(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetDashboard.html and its neighbours"""
    raise _nothing(call.parameters["DashboardId"])


@operation("cloudtrail", "GetImport", "StopImport", "ListImportFailures")
def refuse_unknown_import(call: Call) -> Mapping[str, Any]:
    """ListImportFailures declares no error of its own for this: an import that does not exist had no failures.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetImport.html and its neighbours
    """
    if call.operation == "ListImportFailures":
        return {"Failures": []}
    raise ServiceError("ImportNotFoundException", f"Import {call.parameters['ImportId']} is not found.")


@operation("cloudtrail", "StartQuery")
def refuse_query(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartQuery.html"""
    statement, alias = call.parameters.get("QueryStatement"), call.parameters.get("QueryAlias")
    if bool(statement) == bool(alias):
        raise ServiceError("InvalidParameterException", "Specify either QueryStatement or QueryAlias.")
    if not statement:
        raise _nothing(str(alias))
    named = _FROM.search(statement)
    if named is None:
        raise ServiceError(
            "InvalidQueryStatementException", "The statement names no event data store after FROM."
        )
    raise no_event_data_store(named[1])


@operation("cloudtrail", "DescribeQuery", "GetQueryResults", "CancelQuery")
def refuse_unknown_query(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeQuery.html and its neighbours"""
    given = call.parameters
    if not (query := given.get("QueryId") or given.get("QueryAlias")):
        raise ServiceError("InvalidParameterException", "Specify either QueryId or QueryAlias.")
    raise ServiceError("QueryIdNotFoundException", f"Query {query} is not found.")


@operation("cloudtrail", "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy")
def refuse_unknown_resource(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetResourcePolicy.html and its neighbours"""
    resource = call.parameters["ResourceArn"]
    kind = _kind(resource)
    if kind is None:
        raise ServiceError("ResourceARNNotValidException", f"{resource} is not a valid ARN.")
    if kind not in _WITH_POLICIES:
        raise ServiceError("ResourceTypeNotSupportedException", f"A {kind} has no policy in CloudTrail.")
    raise _nothing(resource)


@operation("cloudtrail", "GetEventConfiguration")
def get_event_configuration(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventConfiguration.html"""
    return {"TrailARN": trail_or_store(call).arn, "AggregationConfigurations": []}


@operation("cloudtrail", "PutEventConfiguration")
def put_event_configuration(call: Call) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventConfiguration.html"""
    trail = trail_or_store(call, at_home=True)
    given = call.parameters
    if given.get("MaxEventSize") or given.get("ContextKeySelectors"):
        raise ServiceError(
            "InvalidParameterCombinationException",
            "MaxEventSize and ContextKeySelectors are of event data stores, not of trails.",
        )
    if given.get("AggregationConfigurations"):
        raise NotModelled("cloudtrail:PutEventConfiguration is not modelled for aggregated events of a trail")
    return {"TrailARN": trail.arn, "AggregationConfigurations": []}


def _kind(resource: str) -> str | None:
    arn = Arn.read(resource)
    return arn.kind if arn is not None and arn.service == "cloudtrail" else None


def _nothing(named: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", f"{named} is not found.")
