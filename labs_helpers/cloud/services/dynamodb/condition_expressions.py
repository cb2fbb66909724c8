"""Evaluation of a ConditionExpression or a FilterExpression for an item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labs_helpers.cloud.services.dynamodb.comparisons import COMPARISONS, Value
from labs_helpers.cloud.services.dynamodb.expressions import Node, Operand, Path

Item = Mapping[str, Value]
_NAMES = {"=": "EQ", "<>": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE", "BETWEEN": "BETWEEN", "IN": "IN",
          "begins_with": "BEGINS_WITH", "contains": "CONTAINS"}  # fmt: skip
"""The name in `COMPARISONS` for each operator or function."""


def holds(condition: Node, item: Item, values: Mapping[str, Value]) -> bool:
    """Return whether an item meets a condition. `values` contains the values of the placeholders."""
    kind, *parts = condition
    if kind == "or":
        return any(holds(part, item, values) for part in parts[0])
    if kind == "and":
        return all(holds(part, item, values) for part in parts[0])
    if kind == "not":
        return not holds(parts[0], item, values)
    operator, operands = parts
    return _tested(operator, [_value(operand, item, values) for operand in operands])


def _tested(operator: str, operands: Sequence[Value | None]) -> bool:
    """Return the result of one test. An operand without a value is None."""
    first, *others = operands
    if operator == "attribute_exists":
        return first is not None
    if operator == "attribute_not_exists":
        return first is None
    if operator == "attribute_type":
        return first is not None and others[0] is not None and [*first] == [others[0].get("S")]
    if operator == "IN":
        return any(_tested("=", [first, each]) for each in others)
    if None in others:
        # If a compared value doesn't exist, only the operator <> can return True.
        return operator == "<>" and first is not None
    return COMPARISONS[_NAMES[operator]](first, [each for each in others if each is not None])


def _value(operand: Operand, item: Item, values: Mapping[str, Value]) -> Value | None:
    kind, content = operand
    if kind == "value":
        return values[content]
    found = _at(content, item)
    return _size(found) if kind == "size" else found


def _at(path: Path, item: Item) -> Value | None:
    """Return the value at a path, or None if there isn't one."""
    top, *steps = path
    value = item.get(str(top))
    for step in steps:
        inside = (value or {}).get("L" if isinstance(step, int) else "M")
        if isinstance(step, int):
            value = inside[step] if inside is not None and step < len(inside) else None
        else:
            value = inside.get(step) if inside is not None else None
    return value


def _size(value: Value | None) -> Value | None:
    """Return the size of a value as a number, or None for a value that has no size."""
    for kind, content in (value or {}).items():
        if kind not in ("N", "BOOL", "NULL"):
            return {"N": str(len(content))}
    return None
