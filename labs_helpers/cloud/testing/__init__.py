"""A pytest plugin for testing policies, and code that calls AWS, on a cloud that denies the same requests as AWS.

    # conftest.py
    pytest_plugins = ["labs_helpers.testing"]

    # test_app.py
    @pytest.mark.least_privilege("app")
    def test_app_reads_its_bucket(cloud): ...

`cloud` is a new cloud for each test; `cloud_endpoint` is its endpoint, for code in other processes. The marker fails a
test if the principal has permissions that the test didn't use. See docs/own-tests.md.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud
    from labs_helpers.cloud.endpoint.endpoint import Endpoint

_MARKER = "least_privilege"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Yield a new cloud that runs during the test. Its IDs are the same in every run."""
    from labs_helpers.cloud.cloud import Cloud

    with Cloud(seed=1) as started:
        yield started


@pytest.fixture
def cloud_endpoint(cloud: Cloud) -> Endpoint:
    """Return the cloud as an AWS endpoint for other programs: `cloud_endpoint.url`, `cloud_endpoint.env()`."""
    opened: Endpoint = cloud.endpoint()
    return opened


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `least_privilege`."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(principal, spare=()): after the test, the identity policies of the principal (a profile's name, "
        "or an ARN) must allow nothing that it was not seen to use; `spare`: patterns of actions it may keep unused",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a marked test if its principal has permissions that the test didn't use."""
    yield
    for mark in item.iter_markers(_MARKER):
        _assert_least_privilege(*mark.args, **mark.kwargs)


def _assert_least_privilege(principal: str, spare: tuple[str, ...] = ()) -> None:
    from labs_helpers.cloud.cloud import Cloud
    from labs_helpers.cloud.testing.privilege import arn_of, unused

    running = Cloud.running()
    if running is None:
        pytest.fail(
            f"{_MARKER}: no cloud runs at the end of the test; use the fixture `cloud`", pytrace=False
        )
    arn = arn_of(running, principal)
    unused_permissions = unused(running.record, arn, spare)
    if unused_permissions:
        lines = "\n".join(f"  {line}" for line in unused_permissions)
        pytest.fail(f"{arn} may do more than it did in this test:\n{lines}", pytrace=False)
