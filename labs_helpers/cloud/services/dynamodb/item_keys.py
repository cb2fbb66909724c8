"""Checks of the keys in requests, and writes that must be performed completely or not at all.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html#DDB-GetItem-request-Key
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.attribute_values import as_read
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.queries import check_query
from labs_helpers.cloud.services.dynamodb.table import table_arn
from labs_helpers.cloud.services.dynamodb.transactions import perform_once

_MISMATCH = "The provided key element does not match the schema"
_WRONG = "One or more parameter values were invalid:"


@around(
    "dynamodb", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "TransactGetItems",
    "TransactWriteItems",
    stage=Stage.FOUND,
)  # fmt: skip
def check_keys(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a key or an item whose key attributes don't have the table's names and types."""
    actions = _actions(call)
    for action in actions:
        arn = table_arn(call, action.get("TableName"))
        if "Item" in action and moto_view.exists(arn):
            check_item(arn, action["Item"])
    for name, key in _keys(call.parameters, actions):
        arn = table_arn(call, name)
        if moto_view.exists(arn):
            _check_key(arn, key)
    return perform_once(call, perform) if call.operation == "TransactWriteItems" else perform()


@around("dynamodb", "Query", "Scan", stage=Stage.FOUND)
def check_starting_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject conditions that don't match the key, and an ExclusiveStartKey without one of the key's attributes.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html#DDB-Scan-request-ExclusiveStartKey
    """
    start, arn = call.parameters.get("ExclusiveStartKey"), table_arn(call, call.parameters["TableName"])
    if call.operation == "Query":
        check_query(arn, call.parameters)
    if start and (index_keys := moto_view.schema_of(arn, call.parameters.get("IndexName"))) is not None:
        if set(start) != {*moto_view.keys_of(arn), *index_keys}:
            raise invalid(f"The provided starting key is invalid: {_MISMATCH}")
        for name, kind in moto_view.keys_of(arn).items():
            if start.get(name, {}).keys() != {kind}:
                raise invalid(f"The provided starting key is invalid: {_MISMATCH}")
    return perform()


def _actions(call: Call) -> list[Mapping[str, Any]]:
    """Return the actions of a transaction. For any other request, return its parameters as the only action.

    Raises `ServiceError` if an item in TransactItems doesn't contain exactly one action, or if a table doesn't
    exist.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    items = call.parameters.get("TransactItems")
    if items is None:
        return [call.parameters]
    if any(len(item) != 1 for item in items):
        raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    actions = [action for item in items for action in item.values()]
    if not all(moto_view.exists(table_arn(call, action["TableName"])) for action in actions):
        raise ServiceError("ResourceNotFoundException", "Requested resource not found", 400)
    return actions


def _keys(
    parameters: Mapping[str, Any], actions: list[Mapping[str, Any]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each key in a request with its table's name."""
    yield from ((action["TableName"], action["Key"]) for action in actions if "Key" in action)
    for name, request in (parameters.get("RequestItems") or {}).items():
        yield from ((name, key) for key in request.get("Keys") or ())


def _check_key(arn: str, key: Mapping[str, Any]) -> None:
    if {name: next(iter(value)) for name, value in key.items()} != dict(moto_view.keys_of(arn)):
        raise invalid(_MISMATCH)


@around("dynamodb", "BatchWriteItem", stage=Stage.FOUND)
def check_batch(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a whole batch if any of its writes isn't valid.

    "If one or more of the following is true, DynamoDB rejects the entire batch write operation":
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    for name, writes in call.parameters["RequestItems"].items():
        arn = table_arn(call, name)
        if not moto_view.exists(arn):
            continue
        written = [_written(arn, write) for write in writes]
        if any(key in written[:place] for place, key in enumerate(written)):
            raise invalid("Provided list of item keys contains duplicates")
    return perform()


def _written(arn: str, write: Mapping[str, Any]) -> dict[str, Any]:
    """Return the key of the item that one write of a batch puts or deletes."""
    if len(write) != 1:
        # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_WriteRequest.html
        raise invalid("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest")
    if "DeleteRequest" in write:
        key: dict[str, Any] = write["DeleteRequest"]["Key"]
        _check_key(arn, key)
        return key
    item = write["PutRequest"]["Item"]
    check_item(arn, item)
    return {name: item[name] for name in moto_view.keys_of(arn)}


def check_item(arn: str, item: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for an item that can't be stored in an existing table.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
    """
    for name, kind in moto_view.keys_of(arn).items():
        if name not in item:
            raise invalid(f"{_WRONG} Missing the key {name} in the item")
        ((actual, content),) = item[name].items()
        if actual != kind:
            raise invalid(f"{_WRONG} Type mismatch for key {name} expected: {kind} actual: {actual}")
        if not content:
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
                f"an empty string value. Key: {name}"
            )
    _check_index_keys(arn, item)
    if not moto_view.fits(item):
        raise invalid("Item size has exceeded the maximum allowed size")


def _check_index_keys(arn: str, item: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for an index's key attribute that has a different type or an empty value."""
    for index, keys in moto_view.index_keys(arn).items():
        for name, kind in keys.items():
            for actual, content in (item.get(name) or {}).items():
                if actual != kind:
                    raise invalid(
                        f"{_WRONG} Type mismatch for Index Key {name} Expected: {kind} Actual: {actual} IndexName: "
                        f"{index}"
                    )
                if not content:
                    raise invalid(
                        "One or more parameter values are not valid. A value specified for a secondary index key is "
                        "not supported. The AttributeValue for a key attribute cannot contain an empty string value. "
                        f"IndexName: {index}, IndexKey: {name}"
                    )


@around("dynamodb", "UpdateItem", stage=Stage.KEPT, refuses=False)
def undo_failed_update(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Restore the item if one clause of an update fails, because moto applies the clauses one after another.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    arn, key = table_arn(call, call.parameters["TableName"]), call.parameters["Key"]
    undo = moto_view.remembered(arn, key)
    try:
        answer = perform()
        if answer.status < 400:
            _check_index_keys(arn, as_read(moto_view.item(arn, key) or {}))
    except BaseException:
        undo()
        raise
    if answer.status >= 400:
        undo()
    return answer
