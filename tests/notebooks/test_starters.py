"""An exercise's cell begins with the starter that the exercise shows, so checking it as it is isn't an attempt."""

from __future__ import annotations

import ast
import json
import linecache
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs_helpers.course.content.numbering import WEEKEND, folder_of
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.lesson.starters import is_starter

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
DEFINITIONS = (ast.FunctionDef, ast.Import, ast.ImportFrom)


def _answers_as_found(notebook: Path) -> dict[str, object]:
    """Return exercise → answer, as the cells pass them to `check` before a learner changes anything.

    An answer that needs more than the notebook's functions, such as what a demo returned, is left out.
    """
    answers: dict[str, object] = {}
    names: dict[str, Any] = {"__name__": notebook.stem, "day": SimpleNamespace(check=answers.__setitem__)}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            continue
        defines = all(isinstance(node, DEFINITIONS) for node in ast.parse(source).body)
        if defines or re.search(r"^day\.check\(\"[\dW.]+\", ", source, re.MULTILINE):
            linecache.cache[cell["id"]] = (len(source), None, source.splitlines(keepends=True), cell["id"])
            try:
                exec(compile(source, cell["id"], "exec"), names)
            except NameError:
                continue
    return answers


FOUND = [
    pytest.param(day, id, answer, id=id)
    for day in (1, 2, 3, 4, 5, WEEKEND)
    for id, answer in _answers_as_found(next(NOTEBOOKS.glob(f"{folder_of(day)}_*.ipynb"))).items()
]


@pytest.mark.parametrize(("day", "id", "answer"), FOUND)
def test_checking_a_cell_as_it_is_is_no_attempt(day: int, id: str, answer: object) -> None:
    exercise = load(day)[id]
    assert is_starter(exercise, answer) or not grade(exercise, answer).counts


def test_most_exercises_have_such_a_cell() -> None:
    assert len(FOUND) > 30
