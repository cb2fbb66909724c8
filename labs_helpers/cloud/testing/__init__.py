"""A pytest plugin for testing policies, and code that calls AWS, on a cloud that denies the same requests as AWS.

    # conftest.py
    pytest_plugins = ["labs_helpers.testing"]

    # test_app.py
    @pytest.mark.least_privilege("app")
    def test_app_reads_its_bucket(cloud): ...

`cloud` is a new cloud for each test; `cloud_endpoint` is its endpoint, for code in other processes. The marker fails a
test if the principal has permissions that the test didn't use. `pytest --used-policies FOLDER` writes the policy that
the tests of each module needed. See docs/own-tests.md.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud
    from labs_helpers.cloud.endpoint.endpoint import Endpoint
    from labs_helpers.engine.analysis.generation import Pair

_MARKER = "least_privilege"
_FORMS = ("json", "terraform", "cdk")
_USED = pytest.StashKey[dict[str, list["Pair"]]]()


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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that write the policies that the tests needed."""
    group = parser.getgroup("labs_helpers", "AWS clouds for tests")
    group.addoption(
        "--used-policies",
        type=Path,
        metavar="FOLDER",
        help="write the policy that each module's tests needed, if they passed, to this folder",
    )
    group.addoption(
        "--used-policies-format",
        choices=_FORMS,
        default="json",
        help="how to write it (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `least_privilege`."""
    config.stash[_USED] = {}
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(principal, spare=()): after the test, the identity policies of the principal (a profile's name, "
        "or an ARN) must allow only what the principal used; `spare`: patterns of actions that can stay unused",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a marked test if its principal has permissions that it didn't use, and record what each test needed."""
    wanted = item.config.getoption("--used-policies", None) is not None
    before = _running() if wanted else None
    start = 0 if before is None else len(before.record)
    yield
    marks = list(item.iter_markers(_MARKER))
    for mark in marks:
        _assert_least_privilege(*mark.args, **mark.kwargs)
    after = _running() if wanted else None
    if after is not None:
        since = 0 if marks or after is not before else start
        pairs = after.needed_requests(*(str(mark.args[0]) for mark in marks), since=since)
        item.config.stash[_USED].setdefault(item.nodeid.partition("::")[0], []).extend(pairs)


def _running() -> Cloud | None:
    from labs_helpers.cloud.cloud import Cloud

    return Cloud.running()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the policies if the option specifies a location."""
    folder = session.config.getoption("--used-policies", None)
    if folder is not None:
        from labs_helpers.cloud.testing.policy_files import write

        used = session.config.stash[_USED]
        write(folder, session.config.getoption("--used-policies-format"), used)


def _assert_least_privilege(principal: str, spare: tuple[str, ...] = ()) -> None:
    from labs_helpers.cloud.testing.privilege import unused

    running = _running()
    if running is None:
        pytest.fail(
            f"{_MARKER}: no cloud is running at the end of the test; use the fixture `cloud`", pytrace=False
        )
    arn = running.principal_arn(principal)
    unused_permissions = unused(running.record, arn, spare)
    if unused_permissions:
        lines = "\n".join(f"  {line}" for line in unused_permissions)
        pytest.fail(f"{arn} is allowed to do more than it did in this test:\n{lines}", pytrace=False)
