"""The legacy conditions of PutItem, UpdateItem, and DeleteItem: Expected with ConditionalOperator.

moto ignores these conditions in DeleteItem, and combines them with AND regardless of the request.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Expected.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ConditionalOperator.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.attribute_values import as_read
from labs_helpers.cloud.services.dynamodb.errors import condition_failed, invalid

Value = Mapping[str, Any]
"""An attribute's value, such as `{"S": "alice"}`."""


@operation("dynamodb", "PutItem", "UpdateItem", "DeleteItem")
def write_item(call: Call) -> Answer:
    """Write an item if it meets the request's Expected conditions; otherwise, reject the request."""
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
        _refuse_values(condition)
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
    """Raise `ServiceError` if Exists is used with a value that it doesn't allow, or without one that it requires."""
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


def _refuse_values(condition: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for a number of values that the comparison doesn't take, and for an invalid value."""
    operator, given = condition.get("ComparisonOperator"), _given(condition)
    if operator and not _NUMBERS.get(operator, (1, 1))[0] <= len(given) <= _NUMBERS.get(operator, (1, 1))[1]:
        raise invalid(
            "One or more parameter values were invalid: Invalid number of argument(s) for the "
            f"{operator} ComparisonOperator"
        )
    for value in given:
        try:
            _typed(value)
        except ArithmeticError as error:
            raise invalid("The parameter cannot be converted to a numeric value") from error
        except ValueError as error:
            raise invalid(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
            ) from error


_NUMBERS = {"NULL": (0, 0), "NOT_NULL": (0, 0), "BETWEEN": (2, 2), "IN": (1, 100)}
"""Comparison → the minimum and maximum number of values; all other comparisons take one value."""


def _holds(value: Value | None, condition: Mapping[str, Any]) -> bool:
    if condition.get("ComparisonOperator"):
        return _COMPARISONS[condition["ComparisonOperator"]](value, _given(condition))
    if condition.get("Exists") is False:
        return value is None
    return _equal(value, condition["Value"])


def _typed(value: Value) -> tuple[str, Any]:
    """Return the type of a value and its content, in a form in which equal values are equal.

    Raises `ArithmeticError` for an invalid number, and `ValueError` for a value without a type, or with two.
    """
    ((kind, content),) = value.items()
    if kind == "N":
        return kind, _number(content)
    if kind == "NS":
        return kind, frozenset(_number(each) for each in content)
    if kind in ("SS", "BS"):
        return kind, frozenset(content)
    if kind == "L":
        return kind, [_typed(each) for each in content]
    if kind == "M":
        return kind, {name: _typed(each) for name, each in content.items()}
    return kind, content


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ArithmeticError(text)
    return number


def _equal(value: Value | None, other: Value) -> bool:
    return value is not None and _typed(value) == _typed(other)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Value | None, list[Value]], bool]:
    """Return a comparison of strings, numbers, or binary values of one type."""

    def compare(value: Value | None, given: list[Value]) -> bool:
        """Return True if the attribute has the other value's type, and the test holds."""
        if value is None:
            return False
        (kind, mine), (other_kind, other) = _typed(value), _typed(given[0])
        return kind == other_kind and kind in ("S", "N", "B") and test(mine, other)

    return compare


def _between(value: Value | None, given: list[Value]) -> bool:
    return _COMPARISONS["GE"](value, given[:1]) and _COMPARISONS["LE"](value, given[1:])


def _begins(value: Value | None, given: list[Value]) -> bool:
    if value is None:
        return False
    (kind, mine), (other_kind, other) = _typed(value), _typed(given[0])
    return kind == other_kind and kind in ("S", "B") and mine.startswith(other)


def _contains(value: Value | None, given: list[Value]) -> bool:
    """Return True if a string or binary value contains the other, or a set or list contains it as a member."""
    if value is None:
        return False
    (kind, mine), (other_kind, other) = _typed(value), _typed(given[0])
    if kind == "L":
        return (other_kind, other) in mine
    if kind in ("S", "B"):
        return kind == other_kind and other in mine
    return kind == f"{other_kind}S" and other in mine


_COMPARISONS: Mapping[str, Callable[[Value | None, list[Value]], bool]] = {
    "EQ": lambda value, given: _equal(value, given[0]),
    "NE": lambda value, given: not _equal(value, given[0]),
    "LE": _ordered(lambda mine, other: mine <= other),
    "LT": _ordered(lambda mine, other: mine < other),
    "GE": _ordered(lambda mine, other: mine >= other),
    "GT": _ordered(lambda mine, other: mine > other),
    "NOT_NULL": lambda value, _: value is not None,
    "NULL": lambda value, _: value is None,
    "CONTAINS": _contains,
    "NOT_CONTAINS": lambda value, given: value is not None and not _contains(value, given),
    "BEGINS_WITH": _begins,
    "IN": lambda value, given: any(_equal(value, each) for each in given),
    "BETWEEN": _between,
}
