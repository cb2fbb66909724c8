"""The pytest plugin, as users' tests use it: sample.py is run once, in a separate pytest process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest says of each test of sample.py, by its name: "" for one that passed."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "conftest.py").write_text('pytest_plugins = ["labs_helpers.testing"]\n')
    (folder / "test_sample.py").write_text((HERE / "sample.py").read_text("utf-8"), "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--strict-markers",
        "-v",
        "--color=no",
    ]
    env = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    outcomes = dict(re.findall(r"^test_sample\.py::(\S+) (PASSED|FAILED|ERROR)", done.stdout, re.M))
    assert len(outcomes) >= 17, done.stdout + done.stderr
    parts = re.split(r"^_+ (test_\S+) _+$", done.stdout.partition("short test summary")[0], flags=re.M)
    failures = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: "" if how == "PASSED" else failures.get(name, how) for name, how in outcomes.items()}


@pytest.mark.parametrize("name", ["test_new_one", "test_new_two", "test_new_three"])
def test_each_test_gets_a_new_cloud_and_leaves_none(told, name):
    assert told[name] == ""


def test_code_that_runs_elsewhere_calls_the_same_cloud(told):
    assert told["test_elsewhere"] == ""


@pytest.mark.parametrize("name", ["test_least[pattern]", "test_least[exact]"])
def test_a_policy_that_allows_what_was_used_passes(told, name):
    assert told[name] == ""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("action", r"statement 1: s3:DeleteObject: never used"),
        ("actions", r"s3:GetObject\* covers s3:GetObject\w+, .*never used"),
        ("service", r"s3:\* covers .* and \d+ more: never used"),
        ("everything", r"\* stands for every action of every service"),
        ("resources", r'"\*" stands for every resource; used: arn:aws:s3:::shelf/k'),
        ("resource", r"arn:aws:s3:::vault/\*: never used"),
    ],
)
def test_a_policy_that_allows_more_fails_and_is_told_what(told, name, line):
    assert "user/app may do more than it did in this test:" in told[f"test_more[{name}]"]
    assert re.search(line, told[f"test_more[{name}]"])


def test_actions_that_are_spared_may_stay_unused(told):
    assert told["test_spared"] == ""


def test_roles_are_judged_by_what_their_sessions_did(told):
    assert "s3:ListBucket: never used" in told["test_role"]
    assert "ListAllMyBuckets: never used" not in told["test_role"]


def test_a_principal_that_is_not_there_and_a_cloud_that_does_not_run_are_named(told):
    assert "there is no profile 'nobody'; there are default" in told["test_nobody"]
    assert "use the fixture `cloud`" in told["test_no_cloud"]


def test_a_test_that_fails_is_told_of_its_own_failure(told):
    assert "its own failure" in told["test_own_failure"]
    assert "no profile" not in told["test_own_failure"]
