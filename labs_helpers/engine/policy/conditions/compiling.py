"""The condition compiler: it turns an operator, key, and values into a test of a request's context."""

from __future__ import annotations

import operator as compare
from collections.abc import Callable
from typing import NamedTuple

from labs_helpers.engine.policy.conditions import (
    arns,
    binary,
    booleans,
    dates,
    ip_addresses,
    numbers,
    presence,
    strings,
)
from labs_helpers.engine.policy.conditions.family import Family, Static
from labs_helpers.engine.policy.conditions.quantifiers import PREFIXES, plain
from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.variables import Context

ContextTest = Callable[[Context], bool]

# Operator → (family, negated).
_OPERATORS: dict[str, tuple[Family, bool]] = {
    "StringEquals": (strings.equals, False),
    "StringNotEquals": (strings.equals, True),
    "StringEqualsIgnoreCase": (strings.equals_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (strings.equals_ignoring_case, True),
    "StringLike": (strings.like, False),
    "StringNotLike": (strings.like, True),
    "ArnEquals": (arns.like, False),
    "ArnNotEquals": (arns.like, True),
    "ArnLike": (arns.like, False),
    "ArnNotLike": (arns.like, True),
    "Bool": (booleans.equals, False),
    "BinaryEquals": (binary.equals, False),
    "IpAddress": (ip_addresses.within, False),
    "NotIpAddress": (ip_addresses.within, True),
}
for _kind, _family in (("Numeric", numbers.comparing), ("Date", dates.comparing)):
    _OPERATORS |= {
        f"{_kind}Equals": (_family(compare.eq), False),
        f"{_kind}NotEquals": (_family(compare.eq), True),
        f"{_kind}LessThan": (_family(compare.lt), False),
        f"{_kind}LessThanEquals": (_family(compare.le), False),
        f"{_kind}GreaterThan": (_family(compare.gt), False),
        f"{_kind}GreaterThanEquals": (_family(compare.ge), False),
    }
_IF_EXISTS = "IfExists"
ALLOWED = (
    ", ".join((*_OPERATORS, "Null")) + "; all except Null also with …IfExists, ForAllValues:, or ForAnyValue:"
)


class Operator(NamedTuple):
    """A parsed condition operator: its prefix ("" for none), its name without prefix and suffix, and its suffix."""

    prefix: str
    name: str
    if_exists: bool

    @classmethod
    def read(cls, text: str) -> Operator:
        """Split an operator's text, such as "ForAllValues:StringLikeIfExists"."""
        prefix, _, rest = text.rpartition(":")
        name = rest.removesuffix(_IF_EXISTS)
        return cls(prefix, name, name != rest)

    @property
    def negated(self) -> bool:
        """True if the operator is negated, such as StringNotEquals."""
        return self.name in _OPERATORS and _OPERATORS[self.name][1]


class CompiledCondition(NamedTuple):
    """The test for one operator, key, and values, with the condition keys that it checks and its source.

    `keys` has the key itself and the variables in the values. `variables` is True if `${…}` in a value is a
    variable.
    """

    test: ContextTest
    keys: frozenset[str]
    operator: Operator
    key: str
    values: tuple[str, ...]
    variables: bool


def known_operator(name: str) -> bool:
    """Return whether a name is a condition operator, including its prefix and suffix."""
    prefix, colon, rest = name.rpartition(":")
    if rest == "Null":
        return not colon
    return rest.removesuffix(_IF_EXISTS) in _OPERATORS and (not colon or prefix in PREFIXES)


def compile_condition(
    operator: str, key: str, values: list[str], *, variables: bool, path: str
) -> CompiledCondition:
    """Compile the test for `operator: {key: values}`.

    Raises `PolicyError` for an unknown operator, with `path` as its position.
    """
    if not known_operator(operator):
        raise PolicyError(path, "unknown operator", ALLOWED)
    key = key.lower()
    read = Operator.read(operator)

    def compiled_as(test: ContextTest, keys: frozenset[str]) -> CompiledCondition:
        """Return the condition with its test."""
        return CompiledCondition(test, keys, read, key, tuple(values), variables)

    if operator == "Null":
        return compiled_as(presence.absent(key, values), frozenset((key,)))
    family, negated = _OPERATORS[read.name]
    quantify = (PREFIXES[read.prefix] if read.prefix else plain)(negated, read.if_exists)
    compiled = family(values, variables)
    if isinstance(compiled, Static):
        test = compiled.test
        return compiled_as(lambda context: quantify(context.get(key), test), frozenset((key,)))
    bind = compiled.bind
    return compiled_as(
        lambda context: quantify(context.get(key), bind(context)), frozenset((key,)) | compiled.keys
    )
