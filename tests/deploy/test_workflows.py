"""The workflows: what runs every night, each job's limit, and that the judges' parts contain every slow test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
PARTS = [part.split() for part in WORKFLOWS["weekly"]["jobs"]["judges"]["strategy"]["matrix"]["part"]]
ABOUT_MARKS = ("tests/deploy/test_workflows.py", "tests/test_sampled.py")
"""They name the marks, and none of their tests has one."""
SLOW = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "tests").rglob("test_*.py")
    if re.search(r"pytest\.mark\.(slow|sampled)\b|tests\.sampled import", path.read_text(encoding="utf-8"))
)


def commands(workflow: str) -> list[str]:
    return [
        step["run"] for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"] if "run" in step
    ]


@pytest.mark.parametrize("target", ["seeds", "orders"])
def test_the_nightly_run_makes_the_target(target):
    assert f"make {target}" in commands("nightly")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_job_has_a_limit(name):
    for job in WORKFLOWS[name]["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 180


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_target_that_is_made_exists(name):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in commands(name):
        for target in re.findall(r"^make ([a-z-]+)", command, re.MULTILINE):
            assert re.search(rf"^{target}:.* ## ", makefile, re.MULTILINE), target


@pytest.mark.parametrize("file", [name for name in SLOW if name not in ABOUT_MARKS])
def test_a_file_with_slow_tests_is_in_one_part_of_the_weekly_judges(file):
    within = [part for part in PARTS if any(file == path or file.startswith(f"{path}/") for path in part)]
    assert len(within) == 1


def test_each_path_of_the_judges_exists_and_has_slow_tests():
    for path in (path for part in PARTS for path in part):
        assert any(file == path or file.startswith(f"{path}/") for file in SLOW), path


def test_the_judges_run_the_part_that_is_named():
    assert any('JUDGED="${{ matrix.part }}"' in command for command in commands("weekly"))
    assert "pytest $(JUDGED) -m slow" in (ROOT / "Makefile").read_text(encoding="utf-8")
