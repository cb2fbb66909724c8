"""The legacy conditions of PutItem, UpdateItem, and DeleteItem: Expected with ConditionalOperator.

moto ignores these conditions in DeleteItem, and combines them with AND regardless of the request.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Expected.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ConditionalOperator.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.attribute_values import as_read
from labs_helpers.cloud.services.dynamodb.comparisons import COMPARISONS, Value, equal, typed
from labs_helpers.cloud.services.dynamodb.errors import condition_failed, invalid


@operation("dynamodb", "PutItem", "UpdateItem", "DeleteItem")
def write_item(call: Call) -> Answer:
    """Write an item if it meets the request's Expected conditions. Otherwise, reject the request."""
    expected = call.parameters.get("Expected")
    if not expected:
        return call.moto()
    if call.parameters.get("ConditionExpression"):
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            "{Expected} Expression parameters: {ConditionExpression}"
        )
    for name, condition in expected.items():
        _refuse_contradiction(name, condition)
        refuse_values(condition)
    key = call.parameters.get("Key") or call.parameters["Item"]
    item = as_read(moto_view.item(call.judgements[0].request.resource, key) or {})
    holds = (_holds(item.get(name), condition) for name, condition in expected.items())
    join = any if call.parameters.get("ConditionalOperator") == "OR" else all
    if not join(holds):
        raise condition_failed()
    undo = moto_view.expect_nothing()
    try:
        return call.moto()
    finally:
        undo()


def _refuse_contradiction(name: str, condition: Mapping[str, Any]) -> None:
    """Raise `ServiceError` if Exists is false and a value is given, or if it is true and no value is given."""
    start = "One or more parameter values were invalid:"
    exists, has_value = condition.get("Exists"), condition.get("Value") is not None
    if exists is False and has_value:
        raise invalid(f"{start} Value cannot be used when Exists is set to FALSE for Attribute: {name}")
    if exists is not False and not has_value and not condition.get("ComparisonOperator"):
        raise invalid(f"{start} Value must be provided when Exists is set to TRUE for Attribute: {name}")


def _given(condition: Mapping[str, Any]) -> list[Value]:
    """Return the values that a condition compares with."""
    single = [condition["Value"]] if condition.get("Value") is not None else []
    return condition.get("AttributeValueList") or single


def refuse_values(condition: Mapping[str, Any]) -> None:
    """Raise `ServiceError` if the comparison doesn't take this number of values, or if a value is invalid."""
    operator, given = condition.get("ComparisonOperator"), _given(condition)
    if operator and not _NUMBERS.get(operator, (1, 1))[0] <= len(given) <= _NUMBERS.get(operator, (1, 1))[1]:
        raise invalid(
            "One or more parameter values were invalid: Invalid number of argument(s) for the "
            f"{operator} ComparisonOperator"
        )
    for value in given:
        try:
            typed(value)
        except ArithmeticError as error:
            raise invalid("The parameter cannot be converted to a numeric value") from error
        except ValueError as error:
            raise invalid(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
            ) from error


_NUMBERS = {"NULL": (0, 0), "NOT_NULL": (0, 0), "BETWEEN": (2, 2), "IN": (1, 100)}
"""By comparison: the minimum and maximum number of values. All other comparisons take one value."""


def _holds(value: Value | None, condition: Mapping[str, Any]) -> bool:
    if condition.get("ComparisonOperator"):
        return COMPARISONS[condition["ComparisonOperator"]](value, _given(condition))
    if condition.get("Exists") is False:
        return value is None
    return equal(value, condition["Value"])
