"""Every benchmark runs once with its smallest input, untimed, to verify that the code it measures still exists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BENCHES = sorted(path for path in (ROOT / "bench").glob("*.py") if path.stem != "bench_ceiling")
"""All benchmarks except the one that runs completely in a separate test."""
SMALLEST = {
    "bench_account": {"ROLES": 3, "POLICIES": 3},
    "bench_cognito": {"ROUNDS": 1, "SIZES": [1, 2]},
    "bench_envelope": {"ROUNDS": 1},
    "bench_gate": {"ROUNDS": 1, "CALLS": 1},
    "bench_grading": {"days": [2]},
    "bench_notebooks": {"NOTEBOOKS": "small"},
    "bench_open_day": {"ROUNDS": 1, "DAYS": [2]},
    "bench_organization": {"CHAINS": 1, "DEPTH": 1, "CALLS": 4, "ROUNDS": 1, "SIZES": [1, 3]},
    "bench_policy": {"STATEMENTS": [10], "POLICIES": [1]},
    "bench_serve": {"CALLS": 2, "WARM": 1, "CLIENTS": 2, "SECONDS": 0.3},
    "bench_sign_in": {"ROUNDS": 1, "SIGN_INS": 1},
    "bench_try_it": {"ROUNDS": 0},
    "bench_trail": {"CALLS": 20, "ROUNDS": 1},
    "bench_widgets_explorer": {"POLICIES": 4, "ROUNDS": 1},
    "bench_widgets_matrix": {"USERS": 2, "ROLES": 1, "POLICIES": 2, "ACTIONS": 5},
}
"""The constants that determine how much a benchmark does, and their values here. Some benchmarks are already small."""
_RUN = """
import importlib.util, json, pathlib, sys
path, changes = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
spec = importlib.util.spec_from_file_location(path.stem, path)
bench = importlib.util.module_from_spec(spec)
sys.modules[path.stem] = bench
spec.loader.exec_module(bench)
for name, value in changes.items():
    assert hasattr(bench, name), name
    if name == "NOTEBOOKS":
        value = pathlib.Path(sys.argv[3])
    if name == "days":
        value, load = (lambda found=value: found), bench.load
        bench.load = lambda day: dict(list(load(day).items())[:2])
    setattr(bench, name, value)
bench.main(0.01) if path.stem == "bench_policy" else bench.main()
"""


def small_notebook(folder: Path) -> Path:
    """Write a notebook that opens a day and ends."""
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = "from labs_helpers import open_day\nday = open_day(2)"
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "day2_small.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


@pytest.mark.sampled(8)
@pytest.mark.parametrize("script", BENCHES, ids=lambda path: path.stem)
def test_a_benchmark_runs(script, tmp_path):
    """The benchmark ends without an error, and prints at least one figure."""
    arguments = [str(script), json.dumps(SMALLEST.get(script.stem, {})), str(small_notebook(tmp_path))]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert any(letter.isdigit() for letter in done.stdout)


def test_the_page_about_proofs_counts_the_answers_that_need_no_search_as_the_bench_does():
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "bench_ceiling.py")],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    rows = re.findall(r"^(?:solutions|other right answers) +(\d+) +(\d+) ", done.stdout, re.MULTILINE)
    answers, without_search = (sum(map(int, column)) for column in zip(*rows, strict=True))
    cell = f"| {without_search} of {answers} need no search |"
    assert cell in (ROOT / "docs" / "proved.md").read_text("utf-8"), f"docs/proved.md should contain {cell}"
