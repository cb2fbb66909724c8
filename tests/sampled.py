"""A sample of costly cases for each run of the tests. `make judges`, which CI runs every week, tries the others.

A test that is marked with `sampled(3)` runs with every third of its cases. If only some of the cases are costly, the
test's parameters come from `every`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest


def every(
    number: int, cases: Iterable[Any], costly: Callable[[Any], bool] = lambda case: True
) -> Iterable[tuple[Any, list[Any]]]:
    """Yield each case with its marks for `pytest.param`: costly cases are slow, except for every `number`th one."""
    seen = 0
    for case in cases:
        if not costly(case):
            yield case, []
            continue
        yield case, [] if seen % number == 0 else [pytest.mark.slow]
        seen += 1


def leave_out(items: list[pytest.Item]) -> None:
    """Mark the cases that `sampled` leaves out as slow: all cases of a marked test except for every `number`th one."""
    seen: Counter[str] = Counter()
    for item in items:
        sampled = item.get_closest_marker("sampled")
        if sampled is None or item.get_closest_marker("slow"):
            continue
        test = item.nodeid.partition("[")[0]
        if seen[test] % sampled.args[0]:
            item.add_marker(pytest.mark.slow)
        seen[test] += 1
