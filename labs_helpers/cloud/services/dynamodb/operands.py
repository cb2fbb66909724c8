"""Checks of the operands of a condition's operators and functions, as far as a request contains their values.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs_helpers.cloud.services.dynamodb.comparisons import COMPARISONS

_TYPES = ("S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M")
_ORDERED = {"<": ("S", "N", "B"), "<=": ("S", "N", "B"), ">": ("S", "N", "B"), ">=": ("S", "N", "B"),
            "BETWEEN": ("S", "N", "B"), "begins_with": ("S", "B"), "attribute_type": ("S",)}  # fmt: skip
"""The types of values that an operator or function takes. All others take every type."""
_MOST = 100
"""The maximum number of values for IN."""


def shown(path: Sequence[str | int]) -> str:
    """Return a path in the form of AWS's error messages: `[offers, [0], price]`."""
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in path)}]"


def wrong_operands(
    operator: str, operands: Sequence[tuple[str, Any]], values: Mapping[str, Any]
) -> str | None:
    """Return why an operator or a function doesn't take these operands, or None if it does.

    `values` contains the values of the placeholders. The value at a path isn't known, and therefore isn't
    checked.
    """
    first, *others = operands
    if operator == "contains" and first in others:
        return (
            "The first operand must be distinct from the remaining operands for this operator or function; operator: "
            f"{operator}, first operand: {shown(first[1])}"
        )
    if operator == "IN" and len(others) > _MOST:
        return f"The IN operator takes at most {_MOST} operands; number of operands: {len(others)}"
    given = [values.get(content) for kind, content in operands if kind == "value"]
    for value in given:
        if isinstance(value, Mapping) and len(value) == 1:
            (kind,) = value
            if kind not in _ORDERED.get(operator, _TYPES):
                return _incorrect(operator, kind)
    if operator == "attribute_type":
        return _wrong_type(given)
    return _wrong_bounds(given[-2:]) if operator == "BETWEEN" and _both_given(others) else None


def _incorrect(operator: str, kind: str) -> str:
    return (
        "Incorrect operand type for operator or function; operator or function: "
        f"{operator}, operand type: {kind}"
    )


def _both_given(bounds: Sequence[tuple[str, Any]]) -> bool:
    return [kind for kind, _ in bounds] == ["value", "value"]


def _wrong_type(given: Sequence[Any]) -> str | None:
    """Return why the operand of attribute_type doesn't name a type, or None if it does."""
    name = given[0].get("S") if given and isinstance(given[0], Mapping) else None
    if name in _TYPES:
        return None
    return f"Invalid attribute type name found; type: {name}, valid types: {{{','.join(_TYPES)}}}"


def _wrong_bounds(bounds: Sequence[Any]) -> str | None:
    """Return why no value can be between two bounds, or None if there can be such a value."""
    if any(not isinstance(each, Mapping) or len(each) != 1 for each in bounds):
        return None
    lower, upper = bounds
    described = ", ".join(
        f"{side} bound operand: AttributeValue: {{{kind}:{content}}}"
        for side, bound in (("lower", lower), ("upper", upper))
        for kind, content in bound.items()
    )
    if lower.keys() != upper.keys():
        return f"The BETWEEN operator requires same data type for lower and upper bounds; {described}"
    try:
        ordered = COMPARISONS["LE"](lower, [upper])
    except ArithmeticError:
        return None
    if ordered:
        return None
    return (
        f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {described}"
    )
