"""Fixtures for tests that need a cloud, which override the fixtures in tests/course."""

from __future__ import annotations

import pytest

from tests.conftest import cloud

__all__ = ["_all_the_time_in_the_world", "cloud"]


@pytest.fixture(autouse=True)
def _all_the_time_in_the_world() -> None:
    """Don't change the time limit of the search for witnesses."""
