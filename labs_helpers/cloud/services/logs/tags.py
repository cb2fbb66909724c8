"""Tags on log groups and destinations, by ARN.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import invalid, not_found
from labs_helpers.engine.policy.arn import Arn


@operation("logs", "ListTagsForResource", "TagResource", "UntagResource")
def tags_of_resource(call: Call) -> Answer:
    """Return or change the tags of an existing resource. Rejects tag keys that are reserved for AWS."""
    arn = call.parameters["resourceArn"]
    check_tags(call.parameters.get("tags"))
    if Arn.read(arn) is None or (
        ":log-group:" in arn and not logs.has_group(call.account, call.region, logs.named(arn))
    ):
        raise not_found("The specified resource does not exist.")
    return call.moto()


@operation("logs", "TagLogGroup")
def tag_log_group(call: Call) -> Answer:
    """Add tags to a log group, by name."""
    check_tags(call.parameters["tags"])
    return call.moto()


def check_tags(tags: Mapping[str, str] | Sequence[str] | None) -> None:
    """Reject tag keys that are reserved for AWS."""
    reserved = next((key for key in tags or () if key.lower().startswith("aws:")), None)
    if reserved is not None:
        raise invalid(f"The tag key {reserved} begins with the reserved prefix aws:")
