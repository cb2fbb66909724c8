"""Table descriptions with the same members and table states as on AWS.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import json_content
from labs_helpers.cloud.services.dynamodb import moto_view as dynamodb
from labs_helpers.cloud.services.kms import for_services

_INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
_STATES = {
    "CreateTable": "CREATING", "UpdateTable": "UPDATING", "DeleteTable": "DELETING",
    "RestoreTableFromBackup": "CREATING", "RestoreTableToPointInTime": "CREATING",
}  # fmt: skip
"""The table's state in an operation's response.

The change is complete when the response arrives, so DescribeTable then shows ACTIVE.
"""
_NOT_OF_A_DELETED = ("AttributeDefinitions", "KeySchema", "CreationDateTime", "BillingModeSummary", *_INDEXES)
"""Members that the response of DeleteTable doesn't contain.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html#API_DeleteTable_Examples
"""
_ON_DEMAND = "PAY_PER_REQUEST"
_INACCESSIBLE = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"


@around(
    "dynamodb", "CreateTable", "DescribeTable", "UpdateTable", "DeleteTable", "RestoreTableFromBackup",
    "RestoreTableToPointInTime", stage=Stage.ANSWERED, refuses=False,
)  # fmt: skip
def describe_as_aws(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Return the response with the members that AWS's response contains."""
    named = _arn(call)
    before = dynamodb.table_id(named, call.state.ids) if call.operation == "DeleteTable" else None
    answer = perform()
    if answer.status >= 300:
        return answer
    content = json_content.content(answer)
    member = "Table" if "Table" in content else "TableDescription"
    table = content[member]
    table["TableId"] = before or dynamodb.table_id(table["TableArn"], call.state.ids)
    _complete(call, table)
    if call.operation == "DeleteTable":
        content[member] = {name: value for name, value in table.items() if name not in _NOT_OF_A_DELETED}
    elif call.operation == "DescribeTable":
        _show_inaccessible(call, table)
    return json_content.rewritten(answer, content)


def _arn(call: Call) -> str:
    return str(call.judgements[0].request.resource)


def _complete(call: Call, table: dict[str, Any]) -> None:
    """In a description, remove members that AWS doesn't return, and add members that moto omits."""
    state = _STATES.get(call.operation)
    table["TableStatus"] = state or table["TableStatus"]
    for kind in _INDEXES:
        for index in table.get(kind) or ():
            index |= {
                "IndexSizeBytes": 0, "ItemCount": table["ItemCount"],
                "IndexArn": f"{table['TableArn']}/index/{index['IndexName']}",
            }  # fmt: skip
            if "ProvisionedThroughput" in index:
                index["ProvisionedThroughput"].setdefault("NumberOfDecreasesToday", 0)
            if state == "CREATING" and "IndexStatus" in index:
                index["IndexStatus"] = state
        if not table.get(kind):
            table.pop(kind, None)
    on_demand = (table.get("BillingModeSummary") or {}).get("BillingMode") == _ON_DEMAND
    since = dynamodb.on_demand_since(table["TableArn"], call.time if on_demand else None)
    if since is None:
        # Only a table that has been in on-demand mode has a summary.
        table.pop("BillingModeSummary", None)
    elif call.operation != "CreateTable":
        table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = since.timestamp()


def _show_inaccessible(call: Call, table: dict[str, Any]) -> None:
    """Show that DynamoDB has no access to the table's key, and when this was first noticed.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
    """
    sealed = dynamodb.sealed(table["TableArn"])
    lost = sealed is not None and not for_services.accessible(call.state, sealed)
    since = dynamodb.inaccessible_since(table["TableArn"], call.time if lost else None)
    if since is not None:
        table["TableStatus"] = _INACCESSIBLE
        table["SSEDescription"]["InaccessibleEncryptionDateTime"] = since.timestamp()
