"""The nightly run: which packages it updates, and which failures it reports. pip and pytest are replaced with
stand-ins.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "ci" / "newest.sh"
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8"))
STAND_IN = """#!/usr/bin/env bash
case "$2 $3" in
"pip list") cat "$STATE/installed" ;;
"pip install") echo "$@" >"$STATE/asked"; sed -i "s/^moto==.*/moto==$NEWEST/" "$STATE/installed" ;;
"pytest "*) echo "$@" >"$STATE/tested"; echo "FAILED tests/cloud/test_s3.py::test_copy - KeyError"; exit "$ENDS" ;;
esac
"""
pytestmark = pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="needs bash")


def run(folder: Path, *arguments: str, newest: str, ends: int = 1) -> subprocess.CompletedProcess[str]:
    python = folder / "python"
    python.write_text(STAND_IN, encoding="utf-8")
    python.chmod(0o755)
    (folder / "installed").write_text("boto3==1.44.8\nmoto==5.2.5\nmoto-ext==1.0\n", encoding="utf-8")
    env = {
        "PATH": os.environ["PATH"], "PYTHON": str(python), "STATE": str(folder), "NEWEST": newest, "ENDS": str(ends),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }  # fmt: skip
    return subprocess.run(
        ["bash", str(SCRIPT), *arguments], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_broke_with_a_newer_release_is_said(tmp_path):
    done = run(tmp_path, "moto", newest="6.0.0")
    assert done.returncode == 1
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert summary.splitlines() == [
        "moto==5.2.5 -> moto==6.0.0 ",
        "pytest ended with 1 after moto==6.0.0 ",
        "FAILED tests/cloud/test_s3.py::test_copy - KeyError",
    ]
    assert "not browser and not slow" in (tmp_path / "tested").read_text("utf-8")


def test_a_release_with_which_the_tests_pass_passes(tmp_path):
    assert run(tmp_path, "moto", newest="6.0.0", ends=0).returncode == 0


def test_nothing_is_tested_again_without_a_newer_release(tmp_path):
    done = run(tmp_path, "moto", newest="5.2.5")
    assert (done.returncode, (tmp_path / "tested").exists()) == (0, False)
    assert "The pinned versions are the newest." in done.stdout


def test_every_package_of_the_workflow_is_one_of_the_script(tmp_path):
    job = WORKFLOW["jobs"]["newest"]
    packages = job["strategy"]["matrix"]["package"]
    assert {"boto3", "moto", "cryptography"} < set(packages)
    for package in packages:
        assert run(tmp_path, package, newest="5.2.5").returncode == 0
        asked = (tmp_path / "asked").read_text("utf-8")
        assert (package if package != "all" else "cryptography") in asked
    assert "newest.sh ${{ matrix.package }}" in job["steps"][-1]["run"]


def test_another_package_is_refused_with_the_usage(tmp_path):
    done = run(tmp_path, "flask", newest="1")
    assert done.returncode == 2
    assert "usage" in done.stderr
