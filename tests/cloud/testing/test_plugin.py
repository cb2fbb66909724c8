"""The pytest plugin, as users' tests use it: sample.py is run once, in a separate pytest process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labs_helpers.cloud.testing import policy_files

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, str]:
    """What pytest says of each test of sample.py, by its name: "" for one that passed."""
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
        "--used-policies=policies",
    ]
    env = {**os.environ, "PYTHONPATH": str(HERE.parents[2]), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
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
        ("buckets", r"arn:aws:s3:::\* stands for every bucket; used: arn:aws:s3:::shelf/k"),
        ("bucket", r"arn:aws:s3:::\*/\* stands for every bucket"),
        ("prefix", r"arn:aws:s3:::s\*/k stands for more than one bucket"),
        ("both", r"statement 1, arn:aws:s3:::shelf/\*: not needed; .* statement 1, arn:aws:s3:::shelf/k"),
    ],
)
def test_a_policy_that_allows_more_fails_and_is_told_what(told, name, line):
    assert "user/app is allowed to do more than it did in this test:" in told[f"test_more[{name}]"]
    assert re.search(line, told[f"test_more[{name}]"])


def test_a_wider_statement_beside_an_exact_one_is_not_needed(told):
    assert re.search(r"statement 2: not needed; .* allowed by .*, statement 1\n", told["test_two_statements"])
    assert "statement 1: not needed" not in told["test_two_statements"]


def test_a_principal_whose_calls_were_all_denied_shows_nothing(told):
    assert "none of its calls was allowed in this test" in told["test_only_refused"]


def test_a_permission_that_the_bucket_policy_gives_as_well_is_unused(told):
    assert "s3:*Object covers s3:DeleteObject, s3:PutObject" in told["test_what_a_bucket_policy_allows"]
    assert "GetObject" not in told["test_what_a_bucket_policy_allows"]


def test_actions_that_are_spared_may_stay_unused(told):
    assert told["test_spared"] == ""


def test_roles_are_judged_by_what_their_sessions_did(told):
    assert "s3:ListBucket: never used" in told["test_role"]
    assert "ListAllMyBuckets: never used" not in told["test_role"]


def test_the_policy_that_the_passed_tests_of_a_module_needed_is_written(told, folder):
    (file,) = (folder / "policies").iterdir()
    assert file.name == "test_sample.json"
    statements = json.loads(file.read_text("utf-8"))["Statement"]
    allowed = {
        (action, resource)
        for each in statements
        for action in each["Action"]
        for resource in each["Resource"]
    }
    assert ("s3:GetObject", "arn:aws:s3:::shelf/k") in allowed  # by the user that the marker names
    assert ("iam:CreateUser", "arn:aws:iam::111122223333:user/alice") in allowed  # by a test without a marker
    assert "s3:PutObject" not in {action for action, _ in allowed}  # its test failed


@pytest.mark.parametrize(
    ("form", "name", "held"),
    [
        ("json", "tests.test_app.json", '"arn:aws:s3:::shelf/a${*}"'),
        ("terraform", "tests.test_app.tf", '"arn:aws:s3:::shelf/a$${*}"'),
        ("cdk", "tests.test_app.ts", "export const tests_test_app = iam.PolicyDocument.fromJson({"),
    ],
)
def test_a_policy_is_written_as_json_terraform_or_cdk(tmp_path, form, name, held):
    used = {"tests/test_app.py": [("s3:GetObject", "arn:aws:s3:::shelf/a*")], "tests/test_pure.py": []}
    assert policy_files.write(tmp_path / "out", form, used) == [tmp_path / "out" / name]
    assert held in (tmp_path / "out" / name).read_text("utf-8")


def test_a_name_in_terraform_or_typescript_begins_with_no_digit_and_no_text_is_an_expression(tmp_path):
    used = {"1_day/test_app.py": [("s3:GetObject", "arn:aws:s3:::shelf/%{if true}")]}
    (terraform,) = policy_files.write(tmp_path, "terraform", used)
    assert '"_1_day_test_app"' in terraform.read_text("utf-8")
    assert "shelf/%%{if true}" in terraform.read_text("utf-8")
    (cdk,) = policy_files.write(tmp_path, "cdk", used)
    assert "const _1_day_test_app =" in cdk.read_text("utf-8")


@pytest.mark.parametrize("form", ["json", "terraform", "cdk"])
def test_modules_with_the_same_name_get_a_file_and_an_identifier_each(tmp_path, form):
    modules = ("a-b.py", "a.b.py", "a/B.py", "a/b-2.py", "a/b.py", "a_b.py")
    used = {module: [("s3:GetObject", f"arn:aws:s3:::shelf/{module}")] for module in modules}
    files = policy_files.write(tmp_path, form, used)
    assert len({file.name.casefold() for file in files}) == len(modules)
    assert len({policy_files._identifier(file.stem).casefold() for file in files}) == len(modules)
    for module, file in zip(sorted(modules), files, strict=True):
        assert f"arn:aws:s3:::shelf/{module}" in file.read_text("utf-8")


def test_a_principal_that_is_not_there_and_a_cloud_that_does_not_run_are_named(told):
    assert "there is no profile 'nobody'; the profiles are default" in told["test_nobody"]
    assert "use the fixture `cloud`" in told["test_no_cloud"]


def test_a_test_that_fails_is_told_of_its_own_failure(told):
    assert "its own failure" in told["test_own_failure"]
    assert "no profile" not in told["test_own_failure"]
