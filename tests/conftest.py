"""Fixtures for all tests: the fidelity ledger's plugin, the cloud that a module's tests share, empty progress files."""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import settings

from labs_helpers.cloud import Cloud
from tests.ledger import LedgerPlugin
from tests.notebooks.untouched import UntouchedPlugin
from tests.sampled import leave_out
from tests.shortcuts import take_shortcuts

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("labs", deadline=None)
settings.load_profile("labs")
_NUMBERS = itertools.count()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the results of the exercises' mutants, if they were tried in this run."""
    reports = [report for listed in terminalreporter.stats.values() for report in listed]
    if not any(name == "mutants" for report in reports for name, _ in getattr(report, "user_properties", ())):
        return
    from tests.course.proof import rows_of, table

    terminalreporter.write_sep("-", "mutants of the exercises' solutions")
    for line in table(rows_of(reports)):
        terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LedgerPlugin(), "fidelity-ledger")
    config.pluginmanager.register(UntouchedPlugin(), "untouched-notebooks")
    _learn_nothing_from_the_environment(config)
    take_shortcuts()
    os.fsync = lambda _: None  # what a test writes need not outlive a power cut


def _learn_nothing_from_the_environment(config: pytest.Config) -> None:
    """Keep the progress and the settings of the person who runs the tests from changing any result."""
    folder = tempfile.TemporaryDirectory(prefix="labs-progress-")
    config.add_cleanup(folder.cleanup)
    os.environ["LABS_PROGRESS"] = str(Path(folder.name) / "progress.json")
    os.environ.pop("LABS_SOLUTIONS", None)


@pytest.fixture(autouse=True)
def _progress_of_no_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own progress file, so that no test sees what another one passed."""
    shared = Path(os.environ["LABS_PROGRESS"])
    monkeypatch.setenv("LABS_PROGRESS", str(shared.with_name(f"progress-{next(_NUMBERS)}.json")))


_LONG = (
    "tests/browser/test_jupyterlab.py", "tests/course/test_proof.py", "tests/browser/", "tests/course/days/day6/",
    "notebooks/", "tests/course/", "tests/parity/", "tests/cloud/endpoint/", "tests/fuzz/",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is slow
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first, so that no worker ends long after the others, and alternate tests that wait for a
    browser with tests that compute. `make test` distributes the files in this order.
    """
    leave_out(items)
    place = {start: number for number, start in enumerate(_LONG)}
    items.sort(
        key=lambda item: min(
            (place[start] for start in _LONG if item.nodeid.startswith(start)), default=len(_LONG)
        )
    )


def pytest_collection_finish() -> None:
    """Keep the sixteen thousand tests and their imports out of garbage collection, because they exist until the end."""
    gc.set_threshold(20_000, 20, 20)
    _keep_from_collection()


def _keep_from_collection() -> None:
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Any:
    """After each file, keep what it has loaded, such as the services' models, out of garbage collection. Otherwise,
    the tests would spend a fifth of their time on looking through two million such objects again and again.
    """
    done = yield
    if nextitem is None or nextitem.path != item.path:
        _keep_from_collection()
    return done


@pytest.fixture(scope="module")
def one_cloud() -> Iterator[Cloud]:
    """A cloud for the tests of a module: resetting one costs less than starting one."""
    with Cloud(seed=7) as cloud:
        yield cloud


@pytest.fixture
def cloud(one_cloud: Cloud) -> Cloud:
    """The module's cloud, newly reset."""
    one_cloud.reset()
    return one_cloud


@pytest.fixture
def iam(cloud: Cloud) -> Any:
    """The home account's administrator, as an IAM client."""
    return boto3.client("iam")
