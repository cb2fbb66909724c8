"""The capacity that a call consumed. AWS returns it only on request, but moto always returns it for some calls.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html#DDB-BatchWriteItem-request-ReturnConsumedCapacity
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import json_content

_ON_REQUEST = {
    "ConsumedCapacity": "ReturnConsumedCapacity",
    "ItemCollectionMetrics": "ReturnItemCollectionMetrics",
}
"""The parameter that requests each member of the response."""


@around(
    "dynamodb", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
    "TransactGetItems", "TransactWriteItems", stage=Stage.ANSWERED, refuses=False,
)  # fmt: skip
def show_capacity_on_request(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Return the response without consumed capacity unless the request contains ReturnConsumedCapacity."""
    answer = perform()
    if answer.status >= 300:
        return answer
    content = json_content.content(answer)
    unasked = [
        member
        for member, parameter in _ON_REQUEST.items()
        if member in content and call.parameters.get(parameter, "NONE") == "NONE"
    ]
    if not unasked:
        return answer
    return json_content.rewritten(
        answer, {name: value for name, value in content.items() if name not in unasked}
    )
