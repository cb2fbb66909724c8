"""Keys in requests, which must fit the table, and writes that must be made completely or not at all.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html#DDB-GetItem-request-Key
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.table import table_arn

_MISMATCH = "The provided key element does not match the schema"
_WRONG = "One or more parameter values were invalid:"


@around(
    "dynamodb", "GetItem", "UpdateItem", "DeleteItem", "BatchGetItem", "TransactGetItems", "TransactWriteItems",
    stage=Stage.FOUND,
)  # fmt: skip
def check_keys(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a key whose attributes, or their types, differ from those of the table's key."""
    for name, key in _keys(call.parameters):
        arn = table_arn(call, name)
        if moto_view.exists(arn):
            _check_key(arn, key)
    return perform()


@around("dynamodb", "Query", "Scan", stage=Stage.FOUND)
def check_starting_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an ExclusiveStartKey that has no value of the right type for each attribute of the table's key.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html#DDB-Scan-request-ExclusiveStartKey
    """
    start, arn = call.parameters.get("ExclusiveStartKey"), table_arn(call, call.parameters["TableName"])
    if start and moto_view.exists(arn):
        for name, kind in moto_view.keys_of(arn).items():
            if start.get(name, {}).keys() != {kind}:
                raise invalid(f"The provided starting key is invalid: {_MISMATCH}")
    return perform()


def _keys(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each key in a request with its table's name."""
    parts = [parameters, *(part for item in parameters.get("TransactItems") or () for part in item.values())]
    yield from ((part["TableName"], part["Key"]) for part in parts if "Key" in part)
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
    if not moto_view.fits(item):
        raise invalid("Item size has exceeded the maximum allowed size")
    return {name: item[name] for name in moto_view.keys_of(arn)}


@around("dynamodb", "UpdateItem", stage=Stage.KEPT, refuses=False)
def undo_failed_update(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Leave the item unchanged if one clause of an update fails: moto applies the clauses one after another.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    undo = moto_view.remembered(table_arn(call, call.parameters["TableName"]), call.parameters["Key"])
    try:
        answer = perform()
    except BaseException:
        undo()
        raise
    if answer.status >= 400:
        undo()
    return answer
