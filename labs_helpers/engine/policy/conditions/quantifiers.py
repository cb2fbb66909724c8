"""How a request's one or several values are put to a test: plainly, ForAllValues, ForAnyValue, and when the key lacks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.engine.policy.conditions.family import ValueTest
from labs_helpers.engine.policy.variables import ContextValue

Quantifier = Callable[[Any, ValueTest], bool]


def plain(negated: bool, if_exists: bool) -> Quantifier:
    """One value (of several, any) matches; negated: none does. A missing key: false; negated or …IfExists: true."""
    if_missing = negated or if_exists
    if negated:

        def not_matching(value: ContextValue | None, test: ValueTest) -> bool:
            if value is None or value == ():
                return if_missing
            return not test(value) if value.__class__ is str else not any(test(each) for each in value)

        return not_matching

    def matching(value: ContextValue | None, test: ValueTest) -> bool:
        if value.__class__ is str:
            return test(value)
        if not value:
            return if_missing
        return any(test(each) for each in value)

    return matching


def for_all_values(negated: bool, if_exists: bool) -> Quantifier:
    """Every value matches (negated: none does). True when the key is missing or has nothing in it."""

    def every(value: ContextValue | None, test: ValueTest) -> bool:
        if not value:
            return True
        values = (value,) if value.__class__ is str else value
        return all(test(each) is not negated for each in values)

    return every


def for_any_value(negated: bool, if_exists: bool) -> Quantifier:
    """At least one value matches (negated: does not). False when the key is missing, but for …IfExists."""

    def some(value: ContextValue | None, test: ValueTest) -> bool:
        if value is None or value == ():
            return if_exists
        values = (value,) if value.__class__ is str else value
        return any(test(each) is not negated for each in values)

    return some


PREFIXES: dict[str, Callable[[bool, bool], Quantifier]] = {
    "ForAllValues": for_all_values,
    "ForAnyValue": for_any_value,
}
