"""BatchExecuteStatement, which answers each statement for itself: an item, nothing, or an error.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call, Judgement
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.table import batched

_NOT_ALLOWED, _INVALID = "AccessDenied", "ValidationError"
"""Codes of one statement: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html"""


@operation("dynamodb", "BatchExecuteStatement")
def batch_execute_statement(call: Call) -> Answer | Mapping[str, Any]:
    """Execute the statements that are valid and allowed, and answer an error for each of the others."""
    refused = {each.item: _error(call, each) for each in batched(call)}
    errors = [refused.get(str(number)) for number in range(len(call.parameters["Statements"]))]
    if not any(errors):
        return call.moto()
    responses = []
    for statement, error in zip(call.parameters["Statements"], errors, strict=True):
        if error is not None:
            responses.append({"Error": error})
            continue
        given = {**statement, "Parameters": _as_sent(statement.get("Parameters") or [])}
        responses.append(_as_read(moto_view.execute_batch(call.account, call.region, given)))
    return {"Responses": responses}


def _error(call: Call, batch_item: Any) -> Mapping[str, str] | None:
    if batch_item.error is not None:
        return {"Code": _INVALID, "Message": batch_item.error.message}
    decision = call.refused.get(batch_item.item)
    if decision is None:
        return None
    who = f"User: {call.principal.arn} is not authorized to perform: {batch_item.action}"
    return {"Code": _NOT_ALLOWED, "Message": f"{who} on resource: {batch_item.arn} {decision.reason}"}


def _as_sent(value: Any) -> Any:
    """Return parameters as a request has them in JSON: bytes are in base64."""
    return _mapped(value, lambda each: base64.b64encode(each).decode() if isinstance(each, bytes) else each)


def _as_read(value: Any, kind: str = "") -> Any:
    """Return moto's answer as our serializer takes it: base64 of binary values becomes bytes."""
    if isinstance(value, Mapping):
        return {name: _as_read(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_read(inner, kind) for inner in value]
    return base64.b64decode(value) if kind in ("B", "BS") and isinstance(value, str) else value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: _mapped(inner, change) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, change) for inner in value]
    return change(value)
