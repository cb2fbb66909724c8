"""BatchExecuteStatement, which returns a separate result for each statement: an item, nothing, or an error.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb import partiql_statements
from labs_helpers.cloud.services.dynamodb.table import BatchedStatement, batched
from labs_helpers.engine.policy.arn import Arn

_WITHOUT_KEY = (
    "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
)
_NOT_ALLOWED, _INVALID = "AccessDenied", "ValidationError"
"""Error codes for single statements:

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
"""


@operation("dynamodb", "BatchExecuteStatement")
def batch_execute_statement(call: Call) -> Mapping[str, Any]:
    """Execute the statements that are valid and allowed, and return an error for each of the other statements."""
    responses: list[Any] = []
    asked_for = list(batched(call))
    if len({each.action == "dynamodb:PartiQLSelect" for each in asked_for if each.error is None}) > 1:
        raise partiql_statements.mixed_kinds()
    for statement, asked in zip(call.parameters["Statements"], asked_for, strict=True):
        error = _error(call, asked) or _fault(call, statement)
        if error is not None:
            responses.append({"Error": error})
            continue
        items = partiql_statements.execute(call, statement)
        responses.append({"TableName": Arn.parse(asked.arn).name, **({"Item": items[0]} if items else {})})
    return {"Responses": responses}


def _error(call: Call, batch_item: BatchedStatement) -> Mapping[str, str] | None:
    if batch_item.error is not None:
        return {"Code": _INVALID, "Message": batch_item.error.message}
    decision = call.refused.get(batch_item.item)
    if decision is None:
        return None
    who = f"User: {call.principal.arn} is not authorized to perform: {batch_item.action}"
    return {"Code": _NOT_ALLOWED, "Message": f"{who} on resource: {batch_item.arn} {decision.reason}"}


def _fault(call: Call, statement: Mapping[str, Any]) -> Mapping[str, str] | None:
    fault = partiql_statements.fault(call, statement)
    if fault is None and not partiql_statements.names_an_item(call, statement):
        return {"Code": _INVALID, "Message": _WITHOUT_KEY}
    return (
        {"Code": partiql_statements.REASONS.get(fault.code, _INVALID), "Message": fault.message}
        if fault is not None
        else None
    )
