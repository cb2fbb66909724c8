"""The clouds of tests/cloud, for the operations of aws/: the one that is running, else one for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labs_helpers.cloud import Cloud
from tests.cloud.conftest import cloud, iam

__all__ = ["cloud", "iam"]


@pytest.fixture(scope="module")
def one_cloud() -> Iterator[Cloud]:
    running = Cloud.running()
    if running is not None:
        yield running
        return
    with Cloud(seed=7) as started:
        yield started
