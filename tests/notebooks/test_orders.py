"""Each part of a notebook runs by itself, and the parts run in other orders (tests/notebooks/orders.py says how)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.names import code_cells
from tests.notebooks.orders import alone, order

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("day*.ipynb"))
SEEDS = ("0", "1", "2", "3", "4")
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def run(path: Path, *what: str) -> str:
    """Run cells in a process of their own, because a notebook's cloud changes the process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.notebooks.orders", str(path), *what],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "path", [*NOTEBOOKS[3:], *NOTEBOOKS[:3]], ids=lambda path: path.stem
)  # the fastest one first
def test_each_part_runs_by_itself(path: Path) -> None:
    assert run(path, "parts") == ""


@pytest.mark.slow
@each_notebook
@pytest.mark.parametrize("seed", SEEDS)
def test_parts_run_in_another_order(path: Path, seed: str) -> None:
    assert run(path, seed) == ""


@each_notebook
def test_an_order_has_each_cell_once_and_definitions_before_uses(path: Path) -> None:
    cells = code_cells(path)
    places = order(cells, 1)
    assert sorted(places) == list(range(len(cells)))
    assert places != sorted(places)
    defined: set[str] = set()
    for place in places:
        later = {name for cell in cells for name in cell.defines} & cells[place].reads - defined
        assert later == set(), cells[place].id
        defined |= cells[place].defines.keys()


@each_notebook
def test_a_part_by_itself_leaves_other_parts_out(path: Path) -> None:
    cells = code_cells(path)
    parts = dict.fromkeys(cell.part for cell in cells)
    assert min(len(alone(cells, part)) for part in parts) < len(cells) / 3
