"""The permissions that CloudTrail's operations require.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cloudtrail import moto_view as moto_cloudtrail
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.table_rows import has, passes_role, tags_in
from labs_helpers.engine.policy.arn import Arn

_TAGS = tags_in("Tags", "TagsList")


def _arn(call: Call, name: str | None) -> str:
    """Return the ARN of a trail that a call identifies by name or ARN.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html
    """
    if name and name.startswith("arn:"):
        return name
    if name and call.operation != "CreateTrail":
        trail = moto_cloudtrail.find(call.account, call.region, name)
        if trail is not None:
            return trail.arn
    return TABLE.fill("trail", call, TrailName=name)


def _named(*parameters: str) -> Callable[[Call], list[str]]:
    """Return a function that finds a trail's ARN in the first of these parameters that a call contains."""

    def arns(call: Call) -> list[str]:
        """Return the ARN as a list."""
        return [_arn(call, next(filter(None, map(call.parameters.get, parameters)), None))]

    return arns


def _is_trail(arn: str) -> bool:
    named = Arn.read(arn)
    return named is not None and named.kind == "trail"


def _given_arns(call: Call) -> list[str]:
    listed = call.parameters.get("ResourceIdList")
    return listed or [call.parameters.get("ResourceId") or "*"]


def _tags(_: Call, ask: Ask) -> Mapping[str, str]:
    return moto_cloudtrail.tags(ask.resource) if ask.type == "trail" else {}


TABLE = Table("cloudtrail", "cloudtrail", resources={}, tags=_tags)
ask = TABLE.ask

# Trails
ask("CreateTrail", on="trail", arns=_named("Name"), keys=(_TAGS,))
ask(
    "CreateTrail",
    action="AddTags",
    on="trail",
    arns=_named("Name"),
    keys=(_TAGS,),
    when=has("TagsList"),
)
ask(
    "DeleteTrail GetEventSelectors GetTrail GetTrailStatus PutEventSelectors StartLogging StopLogging UpdateTrail",
    on="trail", arns=_named("Name", "TrailName"),
)  # fmt: skip
ask("ListInsightsData", on="trail", arns=_named("InsightSource"))
# The managed policy AWSCloudTrail_FullAccess passes roles to cloudtrail.amazonaws.com:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCloudTrail_FullAccess.html
passes_role(
    TABLE, "CreateTrail UpdateTrail", "cloudtrail.amazonaws.com",
    lambda call: [call.parameters.get("CloudWatchLogsRoleArn")],
)  # fmt: skip

ask("GetInsightSelectors PutInsightSelectors", on="trail", arns=_named("TrailName"), when=has("TrailName"))
ask("GetInsightSelectors PutInsightSelectors", when=lambda call: not has("TrailName")(call))

# Operations without their own resource
ask(
    "DescribeTrails ListTrails ListPublicKeys LookupEvents RegisterOrganizationDelegatedAdmin "
    "DeregisterOrganizationDelegatedAdmin"
)
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListInsightsMetricData.html
ask("ListInsightsMetricData", action="LookupEvents")
ask(
    "ListInsightsMetricData", action="ListInsightsData", on="trail", arns=_named("TrailName"),
    when=has("TrailName"),
)  # fmt: skip

# Tags: one row for trails, one for all other ARNs
_BY_ARN = "AddTags RemoveTags ListTags"
ask(
    _BY_ARN, on="trail", keys=(_TAGS,), arns=lambda call: [arn for arn in _given_arns(call) if _is_trail(arn)]
)
ask(_BY_ARN, keys=(_TAGS,), arns=lambda call: [arn for arn in _given_arns(call) if not _is_trail(arn)])
