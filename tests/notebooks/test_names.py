"""No name means two things in a notebook, so a cell that is run again does what it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.names import code_cells, with_two_meanings

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("day*.ipynb"))
SAME_THING = {("day5_kms", "data_key")}
"""A data key is deleted from memory and then decrypted again: it is the same key."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_name_that_another_cell_reads_means_two_things(path: Path) -> None:
    found = with_two_meanings(code_cells(path))
    assert {name: ids for name, ids in found.items() if (path.stem, name) not in SAME_THING} == {}
