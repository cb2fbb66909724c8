"""Tags on log groups and destinations, by ARN.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import invalid, not_found, not_valid
from labs_helpers.cloud.services.shared.tag_keys import reserved_key
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


@operation("logs", "CreateDelivery", "PutDeliveryDestination", "PutDeliverySource")
def tag_delivery(call: Call) -> Answer:
    """Create a delivery, its destination, or its source. Rejects tag keys that are reserved for AWS.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html#API_PutDeliverySource_Errors
    """
    check_tags(call.parameters.get("tags"), error=not_valid)
    return call.moto()


@around(
    "logs", "DeleteLogGroup", "DeleteDestination", "DeleteDelivery", "DeleteDeliveryDestination",
    "DeleteDeliverySource", stage=Stage.KEPT, refuses=False,
)  # fmt: skip
def delete_with_tags(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Delete a resource together with its tags."""
    answer = perform()
    if answer.status < 300:
        logs.forget_lost_tags(call.account, call.region)
    return answer


def check_tags(
    tags: Mapping[str, str] | Sequence[str] | None, error: Callable[[str], ServiceError] = invalid
) -> None:
    """Reject tag keys that are reserved for AWS, with InvalidParameterException or another error."""
    reserved = reserved_key(tags or ())
    if reserved is not None:
        raise error(f"The tag key {reserved} begins with the reserved prefix aws:")
