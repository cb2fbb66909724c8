"""The GitHub action that tests policies: its steps are run as GitHub runs them, in a repository with two commits."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "ci"
ACTION = yaml.safe_load((FOLDER / "action.yml").read_text(encoding="utf-8"))
PROD = "222233334444"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="needs bash")


@pytest.fixture
def repository(tmp_path):
    """A repository whose first commit denies s3:DeleteBucket in a file of its own."""
    folder = tmp_path / "repository"
    (folder / "policies").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    table = {
        "policies": ["policies"],
        "tree": {"scp": ["FullAWSAccess", "keep"], "accounts": {"prod": PROD}},
        "tests": [{"name": "kept", "account": "prod", "action": "s3:DeleteBucket", "expect": "deny"}],
    }
    (folder / "guard.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    draft(folder, ["s3:DeleteBucket", "s3:DeleteBucketPolicy"])
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Keep buckets")
    return folder


def draft(folder: Path, actions: list[str]) -> None:
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    (folder / "policies" / "keep.json").write_text(json.dumps(document), encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Jo", "-c", "user.email=jo@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, timeout=60)


def act(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the action's steps with inputs, as GitHub does: each in its shell, with its environment."""
    given = {name: inputs.get(name, each.get("default", "")) for name, each in ACTION["inputs"].items()}
    assert set(inputs) <= set(given)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    common = {
        "PATH": path, "PYTHONPATH": str(ROOT), "GITHUB_ACTION_PATH": str(FOLDER), "HOME": str(folder.parent),
        "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"),
    }  # fmt: skip
    done = None
    for step in ACTION["runs"]["steps"]:
        assert step["shell"] == "bash"
        env = {name: re.sub(r"\$\{\{ inputs\.(\w+) }}", lambda found: given[found[1]], text)
               for name, text in step["env"].items()}  # fmt: skip
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder, env=common | env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            break
    assert done is not None
    return done


def test_tables_that_pass_pass_and_are_written_as_junit(repository):
    done = act(repository, tables="guard.yaml\n", junit="report.xml")
    assert (done.returncode, done.stdout) == (0, "1 request, 0 failed\n"), done.stderr
    assert "<testsuite " in (repository / "report.xml").read_text("utf-8")
    assert "1 request, 0 failed" in (repository.parent / "summary.md").read_text("utf-8")


def test_a_change_that_allows_more_than_the_revision_before_fails_and_is_shown(repository):
    draft(repository, ["s3:DeleteBucket"])
    done = act(repository, tables="guard.yaml", before="main")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "s3:DeleteBucketPolicy" in done.stdout
    assert (
        not subprocess.run(
            ["git", "worktree", "list", "--porcelain"],
            cwd=repository,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.count("worktree ")
        > 1
    )


def test_a_change_that_allows_less_is_proved_to(repository):
    draft(repository, ["s3:DeleteBucket*"])
    done = act(repository, tables=".", before="main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PROVED" in done.stdout


def test_a_draft_that_would_have_denied_a_call_of_the_trail_fails(repository):
    record = {
        "eventTime": "2026-11-20T00:00:00Z", "eventName": "DeleteBucket", "eventSource": "s3.amazonaws.com",
        "awsRegion": "us-east-1", "requestParameters": {"bucketName": "b"}, "recipientAccountId": PROD,
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{PROD}:user/ci", "accountId": PROD},
    }  # fmt: skip
    (repository / "trail.json").write_text(json.dumps({"Records": [record]}), "utf-8")
    done = act(repository, tables="guard.yaml", trail="trail.json")
    assert done.returncode == 1
    assert "DENIED 1 time: s3:DeleteBucket" in done.stdout


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"tables": "nowhere.yaml"}, "nowhere.yaml: No such file or directory"),
        ({"tables": ""}, "TABLES names no table"),
        ({"tables": "guard.yaml", "before": "nothing"}, "git has no revision nothing here"),
    ],
)
def test_what_is_not_there_is_named(repository, inputs, said):
    done = act(repository, **inputs)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr


def test_the_tests_that_the_script_names_as_inputs_are_declared():
    used = {name for step in ACTION["runs"]["steps"] for text in step["env"].values()
            for name in re.findall(r"inputs\.(\w+)", text)}  # fmt: skip
    assert used == set(ACTION["inputs"])


def test_the_step_that_the_page_shows_gives_inputs_that_there_are():
    page = (ROOT / "docs" / "policy-as-code.md").read_text(encoding="utf-8")
    steps = yaml.safe_load(page[page.index("steps:\n  - uses") : page.index("```\n\nIn other CI systems")])[
        "steps"
    ]
    assert steps[-1]["uses"].endswith("deploy/ci")
    assert set(steps[-1]["with"]) <= set(ACTION["inputs"])
