"""Quantifiers over a request's values: the prefixes ForAllValues and ForAnyValue, and operators without a prefix.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.engine.policy.conditions.family import ValueTest
from labs_helpers.engine.policy.variables import ContextValue

Quantifier = Callable[[Any, ValueTest], bool]


def plain(negated: bool, if_exists: bool) -> Quantifier:
    """Return the quantifier for operators without a prefix: any value matches or, if negated, none does.

    For a missing key, the result is false, or true for a negated or …IfExists operator.
    """
    if_missing = negated or if_exists
    if negated:

        def not_matching(value: ContextValue | None, test: ValueTest) -> bool:
            """Return whether no value matches."""
            if value is None or value == ():
                return if_missing
            return not test(value) if value.__class__ is str else not any(test(each) for each in value)

        return not_matching

    def matching(value: ContextValue | None, test: ValueTest) -> bool:
        """Return whether a value matches."""
        if value.__class__ is str:
            return test(value)
        if not value:
            return if_missing
        return any(test(each) for each in value)

    return matching


def for_all_values(negated: bool, if_exists: bool) -> Quantifier:
    """Return the quantifier that requires all values (or, if negated, none) to match; a missing or empty key passes."""

    def every(value: ContextValue | None, test: ValueTest) -> bool:
        """Return whether every value has the required result."""
        if not value:
            return True
        values = (value,) if value.__class__ is str else value
        return all(test(each) is not negated for each in values)

    return every


def for_any_value(negated: bool, if_exists: bool) -> Quantifier:
    """Return the quantifier that requires at least one value to match (if negated, not to match).

    A missing key fails, but passes with …IfExists.
    """

    def some(value: ContextValue | None, test: ValueTest) -> bool:
        """Return whether a value has the required result."""
        if value is None or value == ():
            return if_exists
        values = (value,) if value.__class__ is str else value
        return any(test(each) is not negated for each in values)

    return some


PREFIXES: dict[str, Callable[[bool, bool], Quantifier]] = {
    "ForAllValues": for_all_values,
    "ForAnyValue": for_any_value,
}
