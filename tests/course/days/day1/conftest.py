"""Larkspur's account, built once per module for tests that revert their fixes, and again for every other test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account
from labs_helpers.course.days.day1.actors import CreatedResources


@pytest.fixture
def neglected(one_cloud: Cloud) -> Cloud:
    """The account as day 1 opens."""
    if not one_cloud.part(CreatedResources).ids:
        one_cloud.reset()
        account.build(one_cloud)
    return one_cloud


@pytest.fixture
def shop(one_cloud: Cloud) -> Iterator[Cloud]:
    """A newly built account for a single test."""
    one_cloud.reset()
    account.build(one_cloud)
    yield one_cloud
    one_cloud.reset()
