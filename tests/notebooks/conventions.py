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

MEDIAN_LINES = 5
MOST_LINES = 12
# The folders where machines keep people's files, on Linux, macOS and Windows.
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work|mnt)/\w|\b[A-Z]:\\\\?\w")
_FETCHED = re.compile(
    r"<(?:script|link|iframe)\b|!\[[^\]]*\]\(https?:|<img[^>]+src=[\"']?https?:", re.IGNORECASE
)


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


def _problems_of_shape(cells: list[dict]) -> Iterator[str]:
    opening = _source(cells[0]) if cells else ""
    if not opening.startswith("# "):
        yield "does not open with a title"
    if "By the end you can" not in "\n".join(_source(cell) for cell in cells[:3]):
        yield 'its opening lacks "By the end you can"'
    if not any("In real AWS" in _source(cell) for cell in cells if cell["cell_type"] == "markdown"):
        yield 'lacks the section "In real AWS"'
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
        if cell["cell_type"] == "code":
            if cell.get("outputs") or cell.get("execution_count") is not None:
                yield f"{name}: has outputs"
            if _code_lines(cell) > MOST_LINES:
                yield f"{name}: {_code_lines(cell)} lines of code, more than {MOST_LINES}"
            if before != "markdown":
                yield f"{name}: no text before this code says what to watch for"
        before = cell["cell_type"]


def problems(path: Path) -> list[str]:
    """What is wrong with a notebook, one sentence a problem; empty when nothing is."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    return [*_problems_of_file(notebook), *_problems_of_shape(cells), *_problems_of_cells(cells)]


def main(paths: list[str]) -> int:
    found = [f"{path}: {problem}" for path in paths for problem in problems(Path(path))]
    print("\n".join(found) or f"Notebook conventions: {len(paths)} notebooks, no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
