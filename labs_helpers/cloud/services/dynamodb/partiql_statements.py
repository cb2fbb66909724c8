"""PartiQL statements: their execution, and errors that depend on existing items.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view, partiql, requests
from labs_helpers.cloud.services.dynamodb.attribute_values import as_read
from labs_helpers.cloud.services.dynamodb.errors import condition_failed, duplicate_item, invalid
from labs_helpers.cloud.services.dynamodb.item_keys import check_item
from labs_helpers.cloud.services.dynamodb.items import Statement
from labs_helpers.cloud.services.dynamodb.pages import PAGES
from labs_helpers.cloud.services.dynamodb.partiql_conditions import condition
from labs_helpers.cloud.services.dynamodb.partiql_reader import Unmodelled
from labs_helpers.cloud.services.dynamodb.partiql_select import selected
from labs_helpers.cloud.services.dynamodb.partiql_update import Changes, changes, inserted
from labs_helpers.cloud.services.dynamodb.transactions import perform_once

_MISSING = "ResourceNotFoundException"
REASONS = {
    "DuplicateItemException": "DuplicateItem",
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    _MISSING: "ResourceNotFound",
}
"""The codes used in a batch or in a canceled transaction, by error code."""


def fault(call: Call, given: Mapping[str, Any]) -> ServiceError | None:
    """Return the error for a statement (`Statement`, `Parameters`), or None if it can be executed.

    The error depends on existing items. Raises `NotModelled` for statements with parts that aren't evaluated.
    """
    try:
        return _fault(call, given)
    except Unmodelled as part:
        raise NotModelled(
            f"dynamodb:{call.operation} isn't modeled for statements with {part}. The same read or write without "
            "PartiQL is"
        ) from part


def _fault(call: Call, given: Mapping[str, Any]) -> ServiceError | None:
    text, parameters = given["Statement"], given.get("Parameters") or []
    statement = Statement(text, parameters)
    arn = _arn(call, statement)
    if not moto_view.exists(arn):
        return ServiceError(_MISSING, "Requested resource not found", 400)
    if statement.kind == "Select":
        if moto_view.items(arn, statement.index) is None:
            return invalid("The table does not have the specified index")
        selected(text, parameters, ())
        return None
    key = _key(call, statement)
    if key is None:
        return invalid("Where clause does not contain a mandatory equality on all key attributes")
    old = moto_view.item(arn, key)
    if statement.kind == "Insert":
        return duplicate_item() if old is not None else _refused_item(arn, inserted(text, parameters))
    test = condition(text, parameters)
    refused = (
        _refused_update(arn, key, old, changes(text, parameters)) if statement.kind == "Update" else None
    )
    if refused is not None:
        return refused
    if old is None:
        return condition_failed() if statement.kind == "Update" else None
    return None if test(as_read(old)) else condition_failed()


def _refused_update(
    arn: str, key: Mapping[str, Any], old: Mapping[str, Any] | None, changed: Changes
) -> ServiceError | None:
    """Return the error for an update that changes the key or results in an item that can't be stored, or None."""
    for name in (*changed.sets, *changed.removes):
        if name in key:
            return invalid(f"Cannot update attribute {name}. This attribute is part of the key")
    return _refused_item(arn, {**as_read(old or {}), **key, **changed.sets})


def _refused_item(arn: str, item: Mapping[str, Any]) -> ServiceError | None:
    """Return the error for an item that can't be stored in a table, or None."""
    try:
        for value in item.values():
            requests.check(value)
        check_item(arn, item)
    except ServiceError as error:
        return error
    return None


def mixed_kinds() -> ServiceError:
    """Return the error for a mix of statements that read and statements that write."""
    return invalid("Read and write statements can't be in the same batch or transaction")


def check_kinds(statements: Sequence[Mapping[str, Any]]) -> None:
    """Raise `ServiceError` for a mix of statements that read and statements that write.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.batching.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.transactions.html
    """
    kinds = {
        Statement(each["Statement"], each.get("Parameters") or []).kind == "Select" for each in statements
    }
    if len(kinds) > 1:
        raise mixed_kinds()


def _arn(call: Call, statement: Statement) -> str:
    return f"arn:aws:dynamodb:{call.region}:{call.account}:table/{statement.table}"


def _key(call: Call, statement: Statement) -> dict[str, dict[str, Any]] | None:
    """Return the key of the item that a statement identifies, or None if the statement doesn't identify one."""
    types = moto_view.keys_of(_arn(call, statement))
    values = {name: statement.leading_keys(name) for name in types}
    if any(len(each) != 1 for each in values.values()):
        return None
    return {name: {kind: values[name][0]} for name, kind in types.items()}


def names_an_item(call: Call, given: Mapping[str, Any]) -> bool:
    """Return whether a statement on an existing table has a value for each attribute of the primary key."""
    return _key(call, Statement(given["Statement"], given.get("Parameters") or [])) is not None


def execute(call: Call, given: Mapping[str, Any]) -> list[Any]:
    """Execute a statement for which `fault` returned None, and return its items in the form of a parsed response."""
    text, parameters = given["Statement"], given.get("Parameters") or []
    statement = Statement(text, parameters)
    arn, key = _arn(call, statement), _key(call, statement)
    if statement.kind == "Insert":
        moto_view.put_item(arn, inserted(text, parameters))
        return []
    if statement.kind == "Select":
        return selected(text, parameters, as_read(moto_view.items(arn, statement.index)))
    assert key is not None, "fault has rejected statements without a key"
    if statement.kind == "Delete":
        deleted = moto_view.delete_item(arn, key)
        return [as_read(deleted)] if deleted is not None and partiql.returns(text) else []
    old = moto_view.item(arn, key) or {}
    changed = changes(text, parameters)
    moto_view.update_item(arn, key, changed.sets, changed.removes)
    return changed.returned(as_read(old), as_read(moto_view.item(arn, key) or {}))


@operation("dynamodb", "ExecuteStatement")
def execute_statement(call: Call) -> Mapping[str, Any]:
    """Execute a statement, or reject it if it fails because of existing items.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
    """
    PAGES.open(call)
    error = fault(call, call.parameters)
    if error is not None:
        raise error
    return {"Items": execute(call, call.parameters)}


@around("dynamodb", "ExecuteTransaction", stage=Stage.FOUND)
def execute_once(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Execute a transaction once for each token. Reject a transaction with several statements on one item."""
    keys = []
    for each in call.parameters["TransactStatements"]:
        statement = Statement(each["Statement"], each.get("Parameters") or [])
        arn = _arn(call, statement)
        key = (arn, _key(call, statement)) if moto_view.exists(arn) else None
        if key is not None and key in keys:
            raise invalid("Transaction request cannot include multiple operations on one item")
        keys.append(key)
    return perform_once(call, perform)


@operation("dynamodb", "ExecuteTransaction")
def execute_transaction(call: Call) -> Mapping[str, Any]:
    """Execute all statements in a transaction, or no statement if one of them fails because of existing items.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
    """
    statements = call.parameters["TransactStatements"]
    check_kinds(statements)
    errors = [fault(call, each) for each in statements]
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
    items = [execute(call, each) for each in statements]
    return {"Responses": [{"Item": item} for found in items for item in found]}
