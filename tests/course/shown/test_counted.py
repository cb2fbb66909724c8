"""Counts with their unit in the singular or plural."""

from __future__ import annotations

import pytest

from labs_helpers.course.shown.counted import counted


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 hours"),
        (1, "1 hour"),
        (2, "2 hours"),
        (1_000, "1,000 hours"),
        ("1", "1 hour"),
        (0.5, "0.5 hours"),
    ],
)
def test_a_unit_has_the_number_of_its_count(count: float | str, said: str) -> None:
    assert counted(count, "hour") == said


def test_an_irregular_plural_is_given() -> None:
    assert [counted(each, "policy", "policies") for each in (1, 2)] == ["1 policy", "2 policies"]
