"""A notebook that is run without any answer counts no attempt at an exercise.

`make test` runs every cell of every notebook (with nbval), as a learner does who chooses Run All Cells first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest


class UntouchedPlugin:
    """Fails a notebook's cell after which the progress file has an attempt at another exercise."""

    def __init__(self) -> None:
        self._attempted: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if item.path.suffix == ".ipynb" and call.when == "call":
            new = attempted(Path(os.environ["LABS_PROGRESS"])) - self._attempted
            self._attempted |= new
            if new and report.passed:
                report.outcome = "failed"
                report.longrepr = (
                    f"Without an answer, this cell counts as an attempt at {', '.join(sorted(new))}"
                )
        return report


def attempted(progress: Path) -> set[str]:
    """Return the exercises that have attempts in a progress file."""
    if not progress.exists():
        return set()
    kept = json.loads(progress.read_text("utf-8"))["exercises"]
    return {id for id, entry in kept.items() if entry["attempts"]}
