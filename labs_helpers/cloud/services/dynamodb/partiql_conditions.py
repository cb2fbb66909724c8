"""Evaluation of PartiQL WHERE clauses for an item.

A comparison isn't met if the item doesn't have the attribute, or if the attribute has another type.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from labs_helpers.cloud.services.dynamodb import partiql
from labs_helpers.cloud.services.dynamodb.partiql_reader import Reader, Unmodelled

Item = Mapping[str, Any]
Test = Callable[[Item], bool]
Operand = Callable[[Item], Any]
"""A function from an item to a value such as `{"S": "a"}`, or None if the item doesn't have it."""
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right, "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right, ">=": lambda left, right: left >= right,
}  # fmt: skip


def condition(text: str, parameters: Sequence[Any]) -> Test:
    """Return a function that tests a WHERE clause. Without a WHERE clause, every item meets the test.

    Raises `Unmodelled` for an operator or function that isn't evaluated.
    """
    tokens = partiql.tokens(text)
    words = [token.upper() if kind == "word" else "" for kind, token in tokens]
    if "WHERE" not in words:
        return lambda _: True
    begins = words.index("WHERE")
    used = sum(kind == "sign" and token == "?" for kind, token in tokens[:begins])
    return _Conditions(tokens[begins + 1 :], iter(parameters[used:])).disjunction()


def value_at(item: Item, path: tuple[str | int, ...]) -> Any:
    """Return the value at a path in an item, or None if there isn't one."""
    value: Any = {"M": item}
    for step in path:
        if isinstance(step, str):
            value = (value.get("M") or {}).get(step)
        else:
            items = value.get("L") or []
            value = items[step] if step < len(items) else None
        if value is None:
            return None
    return value


def comparable(value: Any) -> tuple[str, Any] | None:
    """Return a string, number, or binary value as (type, value to compare), or None for any other value."""
    if value is None or len(value) != 1:
        return None
    ((kind, content),) = value.items()
    if kind == "N":
        return kind, Decimal(content)
    return (kind, content.encode() if kind == "S" else bytes(content)) if kind in ("S", "B") else None


def equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal: numbers by value, and sets regardless of their order."""
    if left is None or right is None or left.keys() != right.keys():
        return False
    ((kind, one),) = left.items()
    other = right[kind]
    if kind == "N":
        return Decimal(one) == Decimal(other)
    if kind in ("SS", "BS"):
        return set(one) == set(other)
    if kind == "NS":
        return set(map(Decimal, one)) == set(map(Decimal, other))
    if kind == "L":
        return len(one) == len(other) and all(map(equal, one, other))
    if kind == "M":
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    return bool(one == other)


class _Conditions(Reader):
    """A reader of conditions, with one method for each rule of the grammar."""

    def disjunction(self) -> Test:
        """Read `conjunction (OR conjunction)*`."""
        tests = [self.conjunction()]
        while self.skip("OR"):
            tests.append(self.conjunction())
        return lambda item: any(test(item) for test in tests)

    def conjunction(self) -> Test:
        """Read `test (AND test)*`."""
        tests = [self.test()]
        while self.skip("AND"):
            tests.append(self.test())
        return lambda item: all(test(item) for test in tests)

    def test(self) -> Test:
        """Read a condition in parentheses, a function, or a comparison."""
        if self.sees("NOT"):
            raise Unmodelled("NOT")
        if self.skip("("):
            inner = self.disjunction()
            self.expect(")")
            return inner
        if len(self.rest) > 1 and self.rest[1] == ("sign", "(") and self.rest[0][0] == "word":
            name = self.rest[0][1].upper()
            if name != "SIZE":
                return self.function(name)
        return self.comparison(self.operand())

    def function(self, name: str) -> Test:
        """Read a function call that is a condition."""
        if name not in ("BEGINS_WITH", "CONTAINS", "ATTRIBUTE_TYPE"):
            raise Unmodelled(name)
        self.rest = self.rest[2:]
        left, right = self.several(")", self.operand)
        tests = {"BEGINS_WITH": _begins_with, "CONTAINS": _contains, "ATTRIBUTE_TYPE": _has_type}
        return lambda item: tests[name](left(item), right(item))

    def operand(self) -> Operand:
        """Read a path, a value, or `size(path)`."""
        kind, token = self.rest[0] if self.rest else ("end", "")
        if kind == "word" and token.upper() == "SIZE" and self.rest[1:2] == [("sign", "(")]:
            self.rest = self.rest[2:]
            (inner,) = self.several(")", self.operand)
            return lambda item: _size(inner(item))
        if kind == "quoted" or (kind == "word" and token.upper() not in ("TRUE", "FALSE", "NULL")):
            path = self.path()
            return lambda item: value_at(item, path)
        value = self.value()
        return lambda _: value

    def comparison(self, left: Operand) -> Test:
        """Read the part after the left operand: a comparison, IN, BETWEEN, or IS."""
        sign = self.skip("=", *_ORDERS)
        if sign is not None:
            right = self.operand()
            if sign == "=":
                return lambda item: equal(left(item), right(item))
            return lambda item: _ordered(sign, left(item), right(item))
        if self.skip("IN"):
            values = self.several("]" if self.skip("[", "(") == "[" else ")", self.operand)
            return lambda item: any(equal(left(item), value(item)) for value in values)
        if self.skip("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            return lambda item: (
                _ordered(">=", left(item), low(item)) and _ordered("<=", left(item), high(item))
            )
        if self.skip("IS"):
            wanted = self.skip("NOT") is None
            if self.skip("MISSING"):
                return lambda item: (left(item) is None) == wanted
            if not wanted:
                raise Unmodelled("IS NOT NULL")
            self.expect("NULL")
            return lambda item: equal(left(item), {"NULL": True})
        raise Unmodelled(f"`{self.rest[0][1] if self.rest else ''}`")


def _ordered(sign: str, left: Any, right: Any) -> bool:
    one, other = comparable(left), comparable(right)
    return one is not None and other is not None and one[0] == other[0] and _ORDERS[sign](one[1], other[1])


def _begins_with(value: Any, prefix: Any) -> bool:
    return any(value is not None and kind in value and kind in prefix and value[kind].startswith(prefix[kind])
               for kind in ("S", "B"))  # fmt: skip


def _contains(value: Any, wanted: Any) -> bool:
    if value is None or wanted is None:
        return False
    ((kind, content),) = value.items()
    if kind == "L":
        return any(equal(each, wanted) for each in content)
    if kind in ("SS", "NS", "BS"):
        return any(equal({kind[0]: each}, wanted) for each in content)
    return kind in ("S", "B") and kind in wanted and wanted[kind] in content


def _has_type(value: Any, wanted: Any) -> bool:
    return value is not None and wanted is not None and wanted.get("S") in value


def _size(value: Any) -> Any:
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(content.encode() if kind == "S" else content))}
