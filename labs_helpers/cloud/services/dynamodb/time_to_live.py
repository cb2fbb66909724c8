"""Changes of a table's time-to-live: one change per hour.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.table import table_arn
from labs_helpers.cloud.services.dynamodb.table_names import check_names

_INTERVAL = timedelta(hours=1)


@around("dynamodb", "UpdateTimeToLive", stage=Stage.FOUND)
def check_time_to_live(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a change within an hour of the last change, or to the state that the table already has."""
    check_names(call)
    arn = table_arn(call, call.parameters["TableName"])
    wanted = call.parameters["TimeToLiveSpecification"]
    if not moto_view.exists(arn):
        return perform()
    changed = moto_view.time_to_live_changed(arn)
    if changed is not None and call.time - changed < _INTERVAL:
        raise invalid("Time to live has been modified multiple times within a fixed interval")
    attribute = moto_view.time_to_live(arn)
    if wanted["Enabled"] and attribute is not None:
        raise invalid("TimeToLive is already enabled")
    if not wanted["Enabled"] and attribute is None:
        raise invalid("TimeToLive is already disabled")
    if not wanted["Enabled"] and wanted["AttributeName"] != attribute:
        raise invalid(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {attribute}"
        )
    answer = perform()
    if answer.status < 300:
        moto_view.time_to_live_changed(arn, call.time)
    return answer
