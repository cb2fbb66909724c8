"""Tags on log groups and destinations, by ARN.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.cloud.services.logs.errors import not_found


@operation("logs", "ListTagsForResource", "TagResource", "UntagResource")
def tags_of_resource(call: Call) -> Answer:
    """Return or change the tags of an existing resource."""
    arn = call.parameters["resourceArn"]
    if ":log-group:" in arn and not logs.has_group(call.account, call.region, logs.named(arn)):
        raise not_found("The specified resource does not exist.")
    return call.moto()
