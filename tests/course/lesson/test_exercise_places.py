"""Links to exercises: each leads to the cell with the exercise's heading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.course.content.loading import exercise_ids, exercise_title, lessons
from labs_helpers.course.lesson.exercise_places import exercise_links, in_order, notebook_of

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"


@pytest.mark.parametrize("lesson", lessons())
def test_every_exercise_has_a_link_to_the_cell_with_its_heading(lesson: int) -> None:
    links = exercise_links(lesson, NOTEBOOKS)
    assert sorted(links) == sorted(exercise_ids(lesson))
    name = notebook_of(lesson, NOTEBOOKS)
    assert name is not None
    cells = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]
    texts = {cell["id"]: "".join(cell["source"]) for cell in cells}
    for id, link in links.items():
        file, cell = link.split("#cell-id=")
        assert file == name
        assert exercise_title(id) in texts[cell]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": [{}]}', '{"cells": 3}'])
def test_a_notebook_that_is_broken_or_missing_has_no_links(tmp_path: Path, text: str) -> None:
    assert exercise_links(2, tmp_path) == {}
    (tmp_path / "day2_iam.ipynb").write_text(text, encoding="utf-8")
    assert exercise_links(2, tmp_path) == {}


@pytest.mark.parametrize("begun", ["", '{"cells": [{"cell_type": "mark'])
def test_a_notebook_that_jupyter_is_saving_has_its_links(tmp_path: Path, begun: str) -> None:
    """Jupyter copies the file, writes to it, and removes the copy."""
    whole = (NOTEBOOKS / "day2_iam.ipynb").read_bytes()
    (tmp_path / "day2_iam.ipynb").write_text(begun, encoding="utf-8")
    (tmp_path / ".~day2_iam.ipynb").write_bytes(whole)
    assert exercise_links(2, tmp_path) == exercise_links(2, NOTEBOOKS) != {}


def test_exercises_are_in_the_order_of_the_notebook_or_of_their_numbers_without_it(tmp_path: Path) -> None:
    assert in_order(2, NOTEBOOKS)[:3] == ("2.1", "2.3", "2.2")
    assert sorted(in_order(2, NOTEBOOKS)) == sorted(exercise_ids(2))
    assert in_order(2, tmp_path) == exercise_ids(2)
