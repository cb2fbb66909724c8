"""The notebook conventions that a program can check.

Run as ``python -m tests.notebooks.conventions notebooks/*.ipynb``.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.notebooks import predictions, spoilers, times

MEDIAN_LINES = 5
MOST_LINES = 12
# The folders where machines keep people's files, on Linux, macOS and Windows.
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work|mnt)/\w|\b[A-Z]:\\\\?\w")
_FETCHED = re.compile(
    r"<(?:script|link|iframe)\b|!\[[^\]]*\]\(https?:|<img[^>]+src=[\"']?https?:", re.IGNORECASE
)
# A decision that an attempt in the same cell has already drawn.
_DRAWN_TWICE = re.compile(r"^with .*day\.attempt\(.*^day\.explain\(", re.MULTILINE | re.DOTALL)


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _code_lines(cell: dict) -> int:
    return len(_source(cell).splitlines())


def _problems_of_file(notebook: dict) -> Iterator[str]:
    if (notebook["nbformat"], notebook["nbformat_minor"]) < (4, 5):
        yield "is older than nbformat 4.5, which has cell ids"
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        yield "its kernelspec is not python3"
    ids = [cell.get("id") for cell in notebook["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        yield "a cell has no id of its own"


_OPENING = ("By the end, you'll be able to", "What you need to know", "**Time:** about")
_CLOSING = ("Quiz", "Recap", "In real AWS", "What comes next")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(|<img\b(?![^>]*\balt=[\"'][^\"'])")
_NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|<[^>]*>", re.DOTALL)
_EXERCISE = re.compile(r"\bday\.(?:check|hint|solution|exercise)\(\s*[\"']([^\"']+)[\"']")
_DATA = Path(__file__).resolve().parents[2] / "data"


def _known_exercises() -> set[str]:
    return {path.stem for path in _DATA.glob("*/exercises/*.json")}


def _problems_of_shape(cells: list[dict]) -> Iterator[str]:
    opening = _source(cells[0]) if cells else ""
    if not opening.startswith("# "):
        yield "does not open with a title"
    first = "\n".join(_source(cell) for cell in cells[:3])
    for part in _OPENING:
        if part not in first:
            yield f'its opening lacks "{part}"'
    headings = "\n".join(
        line
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in _source(cell).splitlines()
        if line[:1] == "#"
    )
    for part in _CLOSING:
        if part not in headings:
            yield f'lacks the section "{part}"'
    lengths = [_code_lines(cell) for cell in cells if cell["cell_type"] == "code"]
    if lengths and statistics.median(lengths) > MEDIAN_LINES:
        yield f"half of its code cells have more than {MEDIAN_LINES} lines"


def _problems_of_cells(cells: list[dict]) -> Iterator[str]:
    before = None
    for cell in cells:
        name, source = f"cell {cell.get('id')}", _source(cell)
        if _MACHINE_PATH.search(source):
            yield f"{name}: names a path of one machine"
        if _FETCHED.search(source):
            yield f"{name}: fetches something when the page is read"
        for id in _EXERCISE.findall(source):
            if id not in _known_exercises():
                yield f"{name}: there is no exercise {id} in data/"
        if cell["cell_type"] == "markdown" and any(not match[1] for match in _IMAGE.finditer(source)):
            yield f"{name}: a picture has no alternative text"
        if cell["cell_type"] == "markdown" and '"' in _NOT_PROSE.sub("", source):
            yield f"{name}: straight quotes in prose"
        if "```mermaid" in source:
            yield f"{name}: a diagram that only some readers draw; see tests/notebooks/pictures"
        if cell["cell_type"] == "code":
            if cell.get("outputs") or cell.get("execution_count") is not None:
                yield f"{name}: has outputs"
            if _code_lines(cell) > MOST_LINES:
                yield f"{name}: {_code_lines(cell)} lines of code, more than {MOST_LINES}"
            if _DRAWN_TWICE.search(source):
                yield f"{name}: day.explain shows again what day.attempt has shown"
            if before != "markdown":  # below a question, the cell that answers it needs no more words
                yield f"{name}: no text before this code says what to watch for"
        if not source.startswith("day.predict("):
            before = cell["cell_type"]


def problems(path: Path) -> list[str]:
    """Return what is wrong with a notebook, one sentence per problem; empty if nothing is wrong."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    shape = _problems_of_shape(cells) if path.name != "index.ipynb" else ()  # the index is no lesson
    found = [*_problems_of_file(notebook), *shape, *_problems_of_cells(cells)]
    binding = path.stem.split("_")[0] in predictions.BINDING
    if cells and times.says_minutes(_source(cells[0])):
        found += times.problems(path, binding=binding)
    if binding:
        found += predictions.problems(path)
        found += spoilers.unexplained(path)
    return found


def main(paths: list[str]) -> int:
    found = [f"{path}: {problem}" for path in paths for problem in problems(Path(path))]
    print("\n".join(found) or f"Notebook conventions: {len(paths)} notebooks, no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
