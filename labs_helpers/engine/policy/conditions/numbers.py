"""NumericEquals, …LessThan, …GreaterThan and their kin: integers or decimals, no variables."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from labs_helpers.engine.policy.conditions.family import Compiled, Family, Static

_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?\s*")


@lru_cache(maxsize=512)
def number(text: str) -> Decimal | None:
    """The number that text holds, exactly; None if it holds none."""
    return Decimal(text.strip()) if _NUMBER.fullmatch(text) else None


def comparing(compare: Callable[[Decimal, Decimal], bool]) -> Family:
    """The family that compares a request's number (first) with each of the policy's."""

    def family(values: list[str], variables: bool) -> Compiled:
        wanted = [each for each in map(number, values) if each is not None]

        def test(value: str) -> bool:
            found = number(value)
            return found is not None and any(compare(found, each) for each in wanted)

        return Static(test)

    return family
