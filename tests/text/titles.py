"""Checks for the notebooks' headings, objectives, and questions, which must describe what is taught."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.text.sources import ROOT, notebook_cells, notebooks

_HEADING = re.compile(r"^(#{1,4}) (.+)$", re.MULTILINE)
_EXERCISE = re.compile(r"^Exercise ([\dW]+\.\d+): (.+?)(?: \(part \d+, \w+ exercise\))?$")
_STEP = re.compile(r"^Step \d+ · (.+) \(exercise (\d+\.\d+)\)$")
_OBJECTIVES = re.compile(r"\*\*By the end, you'll be able to …\*\*\n\n((?:- .+\n?)+)")
_NO_DOING = {"say", "know", "understand", "learn", "tell", "see", "be", "appreciate"}
_STANDARD = {
    "Quiz",
    "Recap",
    "In real AWS",
    "What comes next",
    "The whole day in one picture",
    "The whole weekend in one picture",
    "How this notebook works",
}
_PREDICT = re.compile(r"\*\*Predict(?! before)[^*]*\*\*(.*?)(?=\n\n|\Z)", re.DOTALL)


def _titles(day: str, root: Path) -> dict[str, str]:
    files = (root / "data" / day / "exercises").glob("*.json")
    exercises = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    return {exercise["id"]: exercise["title"] for exercise in exercises}


def headings(path: Path) -> list[str]:
    """Return the headings of a notebook, without their signs."""
    cells = (cell["source"] for cell in notebook_cells(path) if cell["cell_type"] == "markdown")
    return [match[2].strip() for source in cells for match in _HEADING.finditer(source)]


def _exercise_problems(day: str, found: list[str], root: Path) -> Iterator[str]:
    named: dict[str, list[str]] = {}
    for heading in found:
        if match := _EXERCISE.match(heading):
            named.setdefault(match[1], []).append(match[2])
        elif match := _STEP.match(heading):
            named.setdefault(match[2], []).append(match[1])
    for id, title in _titles(day, root).items():
        if named.get(id) != [title]:
            yield f"{day}: exercise {id} is called “{title}” in data/, and {named.get(id, 'nothing')} in the notebook"


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yield a sentence for each exercise with two titles, repeated heading, idle objective and unasked question."""
    for path in notebooks(root):
        day = path.stem.split("_")[0]
        found = headings(path)
        twice = [
            heading for heading, number in Counter(found).items() if number > 1 and heading not in _STANDARD
        ]
        yield from (f"{path.name}: the heading “{heading}” is given twice" for heading in twice)
        if (root / "data" / day / "exercises").is_dir():
            yield from _exercise_problems(day, found, root)
        cells = notebook_cells(path)
        for match in _OBJECTIVES.finditer(cells[0]["source"]):
            for line in match[1].splitlines():
                if line.removeprefix("- ").split()[0].lower() in _NO_DOING:
                    yield f"{path.name}: the objective “{line.removeprefix('- ')}” names nothing that one does"
        for cell, after in zip(cells, [*cells[1:], {"source": ""}], strict=True):
            if cell["cell_type"] == "markdown" and "day.predict(" not in after["source"]:
                for match in _PREDICT.finditer(cell["source"]):
                    if "?" not in match[1]:
                        yield f"{path.name} [{cell['id']}]: a prediction asks nothing: “{match[0][:70]}”"
