"""Links to exercises: each leads to the cell with the exercise's heading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.course.content.loading import exercise_ids, exercise_title, lessons
from labs_helpers.course.lesson.exercise_places import exercise_links, notebook_of

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
