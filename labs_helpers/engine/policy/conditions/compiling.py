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


class CompiledCondition(NamedTuple):
    """The test for one operator, key, and values, with the condition keys that it checks."""

    test: ContextTest
    keys: frozenset[str]


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
    if operator == "Null":
        return CompiledCondition(presence.absent(key, values), frozenset((key,)))
    prefix, _, rest = operator.rpartition(":")
    name = rest.removesuffix(_IF_EXISTS)
    family, negated = _OPERATORS[name]
    quantify = (PREFIXES[prefix] if prefix else plain)(negated, name != rest)
    compiled = family(values, variables)
    if isinstance(compiled, Static):
        test = compiled.test
        return CompiledCondition(lambda context: quantify(context.get(key), test), frozenset((key,)))
    bind = compiled.bind
    return CompiledCondition(
        lambda context: quantify(context.get(key), bind(context)), frozenset((key,)) | compiled.keys
    )
