"""Days 1 to 5 have steps that are half written; completed as their answer shows, each does what its text promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.half_written import FEWEST, steps

ROOT = Path(__file__).parents[2]
each_day = pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("day[1-5]_*.ipynb")), ids=lambda path: path.stem
)


@each_day
def test_a_day_has_half_written_steps_with_an_answer_below(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    places = {cell["id"]: place for place, cell in enumerate(cells)}
    assert len(steps(path)) >= FEWEST
    for id, step in steps(path).items():
        assert step["open"] in "".join(cells[places[id]]["source"])
        below = "".join(cells[places[id] + 1]["source"])
        assert "<details><summary>" in below, f"{id} has no answer"


@pytest.mark.slow
@each_day
def test_completed_steps_do_what_their_text_promises(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.notebooks.half_written", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
