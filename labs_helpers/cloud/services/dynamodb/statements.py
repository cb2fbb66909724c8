"""PartiQL statements that fail because of existing items: an INSERT with an existing key, or an unmet condition.

moto executes such an INSERT by overwriting the item, and reports success for such a change.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb import moto_view, partiql
from labs_helpers.cloud.services.dynamodb.attribute_values import as_read, as_sent
from labs_helpers.cloud.services.dynamodb.errors import condition_failed, duplicate_item, invalid
from labs_helpers.cloud.services.dynamodb.items import Statement
from labs_helpers.cloud.services.dynamodb.pages import PAGES
from labs_helpers.cloud.services.dynamodb.partiql_update import changes, inserted

_MISSING = "ResourceNotFoundException"
REASONS = {
    "DuplicateItemException": "DuplicateItem",
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    _MISSING: "ResourceNotFound",
}
"""The codes used in a batch or in a canceled transaction, by error code."""


def fault(call: Call, given: Mapping[str, Any]) -> ServiceError | None:
    """Return the error for a statement (`Statement`, `Parameters`), or None if it can be executed.

    The error results from the existing items.
    """
    statement = Statement(given["Statement"], given.get("Parameters") or [])
    unevaluated = partiql.unevaluated(given["Statement"])
    if unevaluated is not None:
        raise NotModelled(
            f"dynamodb:{call.operation} is not modelled for statements with {unevaluated}; conditions with =, IN, "
            "begins_with, contains, attribute_type and IS MISSING are. So is the same read or write without PartiQL"
        )
    if statement.kind == "Update" and changes(given["Statement"], given.get("Parameters") or []) is None:
        raise NotModelled(
            f"dynamodb:{call.operation} is not modelled for an UPDATE with paths or expressions; SET attribute=value "
            "and REMOVE attribute are. So is UpdateItem"
        )
    if not moto_view.exists(_arn(call, statement)):
        return ServiceError(_MISSING, "Requested resource not found", 400)
    if statement.kind == "Select":
        return None
    key = _key(call, statement)
    if key is None:
        return invalid("Where clause does not contain a mandatory equality on all key attributes")
    exists = moto_view.item(_arn(call, statement), key) is not None
    if statement.kind == "Insert":
        return duplicate_item() if exists else _mistyped_key(call, statement, given)
    if not exists:
        return condition_failed() if statement.kind == "Update" else None
    return None if _found(call, given, statement.table) else condition_failed()


def _mistyped_key(call: Call, statement: Statement, given: Mapping[str, Any]) -> ServiceError | None:
    """Return the error for an INSERT of an item whose key has another type than the table's, or None."""
    item = inserted(given["Statement"], given.get("Parameters") or []) or {}
    for name, kind in moto_view.keys_of(_arn(call, statement)).items():
        (actual,) = item.get(name) or {"": ""}
        if actual != kind:
            mismatch = f"Type mismatch for key {name} expected: {kind} actual: {actual}"
            return invalid(f"One or more parameter values were invalid: {mismatch}")
    return None


def _arn(call: Call, statement: Statement) -> str:
    return f"arn:aws:dynamodb:{call.region}:{call.account}:table/{statement.table}"


def _key(call: Call, statement: Statement) -> dict[str, dict[str, Any]] | None:
    """Return the key of the item that a statement writes, or None for a statement that does not name one."""
    types = moto_view.keys_of(_arn(call, statement))
    values = {name: statement.leading_keys(name) for name in types}
    if any(len(each) != 1 for each in values.values()):
        return None
    return {name: {kind: values[name][0]} for name, kind in types.items()}


def execute(call: Call, given: Mapping[str, Any]) -> list[Any]:
    """Execute a statement for which `fault` returned None, and return its items in the form of a parsed response.

    This function writes items itself: moto can delete only by string keys, and write only strings and numbers.
    """
    text, parameters = given["Statement"], given.get("Parameters") or []
    statement = Statement(text, parameters)
    arn, key = _arn(call, statement), _key(call, statement)
    if statement.kind == "Insert":
        moto_view.put_item(arn, inserted(text, parameters) or {})
        return []
    if statement.kind == "Select" or key is None:
        return list(as_read(moto_view.execute(call.account, call.region, text, as_sent(parameters))))
    if statement.kind == "Delete":
        old = moto_view.delete_item(arn, key)
        return [as_read(old)] if old is not None and partiql.returns(text) else []
    old = moto_view.item(arn, key) or {}
    changed = changes(text, parameters)
    assert changed is not None, "fault has refused any other UPDATE"
    moto_view.update_item(arn, key, changed.sets, changed.removes)
    return changed.returned(as_read(old), as_read(moto_view.item(arn, key) or {}))


def writes(given: Mapping[str, Any]) -> bool:
    """Return whether a statement writes: `execute` then executes it without moto."""
    return Statement(given["Statement"], given.get("Parameters") or []).kind != "Select"


def _found(call: Call, given: Mapping[str, Any], table: str) -> bool:
    """Return True if the WHERE clause of an UPDATE or DELETE finds an item."""
    where, used = partiql.where_clause(given["Statement"])
    parameters = as_sent((given.get("Parameters") or [])[used:])
    return bool(
        moto_view.execute(call.account, call.region, f'SELECT * FROM "{table}" WHERE {where}', parameters)
    )


@operation("dynamodb", "ExecuteStatement")
def execute_statement(call: Call) -> Answer | Mapping[str, Any]:
    """Execute a statement, or reject it if it fails because of existing items.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
    """
    PAGES.open(call)
    error = fault(call, call.parameters)
    if error is not None:
        raise error
    return {"Items": execute(call, call.parameters)} if writes(call.parameters) else call.moto()


@operation("dynamodb", "ExecuteTransaction")
def execute_transaction(call: Call) -> Answer | Mapping[str, Any]:
    """Execute all statements in a transaction, or no statement if one of them fails because of existing items.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
    """
    errors = [fault(call, each) for each in call.parameters["TransactStatements"]]
    missing = next((error for error in errors if error is not None and error.code == _MISSING), None)
    if missing is not None:
        raise missing
    if any(errors):
        codes = [
            REASONS.get(error.code, "ValidationError") if error is not None else "None" for error in errors
        ]
        reasons = [
            {"Code": code} | ({"Message": error.message} if error is not None else {})
            for code, error in zip(codes, errors, strict=True)
        ]
        raise ServiceError(
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            f"[{', '.join(codes)}]",
            400,
            CancellationReasons=reasons,
        )
    if not any(map(writes, call.parameters["TransactStatements"])):
        return call.moto()
    items = [execute(call, each) for each in call.parameters["TransactStatements"]]
    return {"Responses": [{"Item": item} for found in items for item in found]}
