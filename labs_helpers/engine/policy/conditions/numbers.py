"""NumericEquals, NumericLessThan, and similar operators, for integers and decimals. Variables aren't supported."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from labs_helpers.engine.policy.conditions.family import Compiled, Family, Static

_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?\s*")


@lru_cache(maxsize=512)
def number(text: str) -> Decimal | None:
    """Return the exact number in a string, or None if it isn't a number."""
    return Decimal(text.strip()) if _NUMBER.fullmatch(text) else None


def comparing(compare: Callable[[Decimal, Decimal], bool]) -> Family:
    """Return the operator family that compares a request's number (first argument) with each of a policy's numbers."""

    def family(values: list[str], variables: bool) -> Compiled:
        """Compile a test that compares a request's number with these values."""
        wanted = [each for each in map(number, values) if each is not None]

        def test(value: str) -> bool:
            """Return whether the comparison with one of the policy's numbers is true."""
            given = number(value)
            return given is not None and any(compare(given, each) for each in wanted)

        return Static(test)

    return family
