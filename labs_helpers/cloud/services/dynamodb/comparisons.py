"""Comparisons of attribute values, as in conditions and filters.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Value = Mapping[str, Any]
"""An attribute's value, such as `{"S": "alice"}`."""


def typed(value: Value) -> tuple[str, Any]:
    """Return the type of a value and its content, in a form that is the same for equal values.

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
        return kind, [typed(each) for each in content]
    if kind == "M":
        return kind, {name: typed(each) for name, each in content.items()}
    return kind, content


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ArithmeticError(text)
    return number


def equal(value: Value | None, other: Value) -> bool:
    """Return True if two values have the same type and content."""
    return value is not None and typed(value) == typed(other)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Value | None, list[Value]], bool]:
    """Return a function that compares two strings, two numbers, or two binary values."""

    def compare(value: Value | None, given: list[Value]) -> bool:
        """Return True if the attribute has the same type as the given value, and the test holds."""
        if value is None:
            return False
        (kind, mine), (other_kind, other) = typed(value), typed(given[0])
        return kind == other_kind and kind in ("S", "N", "B") and test(mine, other)

    return compare


def _between(value: Value | None, given: list[Value]) -> bool:
    return COMPARISONS["GE"](value, given[:1]) and COMPARISONS["LE"](value, given[1:])


def _begins(value: Value | None, given: list[Value]) -> bool:
    if value is None:
        return False
    (kind, mine), (other_kind, other) = typed(value), typed(given[0])
    return kind == other_kind and kind in ("S", "B") and mine.startswith(other)


def _contains(value: Value | None, given: list[Value]) -> bool:
    """Return True if a string or binary value contains the other, or a set or list contains it as a member."""
    if value is None:
        return False
    (kind, mine), (other_kind, other) = typed(value), typed(given[0])
    if kind == "L":
        return (other_kind, other) in mine
    if kind in ("S", "B"):
        return kind == other_kind and other in mine
    return kind == f"{other_kind}S" and other in mine


COMPARISONS: Mapping[str, Callable[[Value | None, list[Value]], bool]] = {
    "EQ": lambda value, given: equal(value, given[0]),
    "NE": lambda value, given: not equal(value, given[0]),
    "LE": _ordered(lambda mine, other: mine <= other),
    "LT": _ordered(lambda mine, other: mine < other),
    "GE": _ordered(lambda mine, other: mine >= other),
    "GT": _ordered(lambda mine, other: mine > other),
    "NOT_NULL": lambda value, _: value is not None,
    "NULL": lambda value, _: value is None,
    "CONTAINS": _contains,
    "NOT_CONTAINS": lambda value, given: value is not None and not _contains(value, given),
    "BEGINS_WITH": _begins,
    "IN": lambda value, given: any(equal(value, each) for each in given),
    "BETWEEN": _between,
}
