"""Checks of a Query's key conditions and filters, which must match the key of the table or index.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labs_helpers.cloud.services.dynamodb import expressions, moto_view
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.items import scalar

_WRONG = "One or more parameter values were invalid:"


def check_query(arn: str, request: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for two conditions on one key, conditions of the wrong type, or filters on a key."""
    schema = moto_view.schema_of(arn, request.get("IndexName"))
    if schema is None:
        return
    seen: dict[str, list[Any]] = {}
    for name, values in _key_conditions(request):
        if name in seen:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        seen[name] = values
        if any(name in schema and value.keys() != {schema[name]} for value in values):
            raise invalid(f"{_WRONG} Condition parameter type does not match schema type")
    for name in _filtered(request):
        if name in schema:
            raise invalid(
                "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
                + name
            )
    _check_start(request, next(iter(schema)), seen)


def _key_conditions(request: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield each condition on a key: the attribute, and the values that it is compared with."""
    values = request.get("ExpressionAttributeValues") or {}
    for _, _, operands in expressions.read(request, "KeyConditionExpression").tests:
        name = next((str(content[0]) for kind, content in operands if kind == "path"), "")
        yield name, [values[content] for kind, content in operands if kind == "value"]
    for name, condition in (request.get("KeyConditions") or {}).items():
        yield name, condition.get("AttributeValueList") or []


def _filtered(request: Mapping[str, Any]) -> list[str]:
    return expressions.read(request, "FilterExpression").attributes + list(request.get("QueryFilter") or ())


def _check_start(request: Mapping[str, Any], partition_key: str, seen: Mapping[str, list[Any]]) -> None:
    """Raise `ServiceError` for an ExclusiveStartKey in a partition that isn't queried."""
    start, queried = (request.get("ExclusiveStartKey") or {}).get(partition_key), seen.get(partition_key)
    if start is not None and queried and scalar(start) != scalar(queried[0]):
        raise invalid("The provided starting key is outside query boundaries based on provided conditions")
