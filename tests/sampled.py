"""A sample of costly cases for each run of the tests. `make judges`, which CI runs every week, tries the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def every(
    number: int, cases: Iterable[Any], costly: Callable[[Any], bool] = lambda case: True
) -> Iterable[tuple[Any, list[Any]]]:
    """Yield each case with the marks for `pytest.param`: of the costly ones, all but each `number`th are slow."""
    seen = 0
    for case in cases:
        if not costly(case):
            yield case, []
            continue
        yield case, [] if seen % number == 0 else [pytest.mark.slow]
        seen += 1
