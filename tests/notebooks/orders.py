"""Other orders of a notebook's cells, and its parts by themselves, which run as well if each name means one thing.

    python -m tests.notebooks.orders notebooks/day4_organizations.ipynb 3
    python -m tests.notebooks.orders notebooks/day4_organizations.ipynb parts

executes a notebook in the order that is drawn from the seed 3, or each part by itself, and prints what fails.

A part is executed as a whole, because it tells a story in the cloud. By itself, it comes after the opening and those
cells of other parts that it needs: they define the names that it reads, or make what it names (a bucket, a user). In
another order, it comes after these parts.
"""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import random
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from tests.notebooks.names import Cell, code_cells, parsed

_RESET = "day.reset()"
_MAKING = (
    "create_",
    "put_",
    "attach_",
    "add_",
    "register_",
    "enable_",
    "admin_create",
    "situation",
    "exercise",
)


def needs(cells: list[Cell]) -> list[set[int]]:
    """Return for each cell the places in the list of those that must run before it."""
    found: list[set[int]] = []
    opening = {place for place, cell in enumerate(cells) if cell.part == cells[0].part}
    makers: dict[str, int] = {}
    for place, cell in enumerate(cells):
        before = {other for other in opening if other < place}
        before |= {other for other in range(place) if cells[other].part == cell.part}
        for name in cell.reads:
            defining = [other for other in range(place) if name in cells[other].defines]
            before |= set(defining[-1:])
        before |= {makers[text] for text in _texts(cell) if text in makers}
        for text in _made(cell):
            makers.setdefault(text, place)
        found.append(before)
    return found


def order(cells: list[Cell], seed: int) -> list[int]:
    """Return the places of the cells with the parts in an order that is drawn from a seed.

    A part comes after those that it needs a cell of. Those that rely on the day's beginning come before those that
    begin anew.
    """
    before = needs(cells)
    left: dict[str, set[str]] = {cell.part: set() for cell in cells}
    for place, cell in enumerate(cells):
        left[cell.part] |= {cells[other].part for other in before[place]} - {cell.part}
    anew = [part for part in left if any(cell.part == part and _RESET in cell.source for cell in cells)]
    for part in anew:
        left[part] |= set(itertools.takewhile(lambda each: each != anew[0], left))
    draw, done = random.Random(seed), list[str]()
    while left:
        done.append(draw.choice([part for part, needed in left.items() if needed <= set(done)]))
        del left[done[-1]]
    return sorted(range(len(cells)), key=lambda place: done.index(cells[place].part))


def alone(cells: list[Cell], part: str) -> list[int]:
    """Return the places of a part's cells, with the opening and whatever else they need, in the notebook's order."""
    before = needs(cells)
    wanted = {place for place, cell in enumerate(cells) if cell.part == part}
    while (more := wanted.union(*(before[place] for place in wanted))) != wanted:
        wanted = more
    return sorted(wanted)


def failure(path: Path, places: list[int]) -> str | None:
    """Execute a notebook's cells in an order. Return the ID of the first cell that fails with its error, or None."""
    shell = InteractiveShell.instance()
    shell.reset(new_session=True)
    cells = code_cells(path)
    for place in places:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            result = shell.run_cell(cells[place].source)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            return f"{cells[place].id}: {type(error).__name__}: {error}"
    return None


def _strings(node: ast.AST) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def _texts(cell: Cell) -> set[str]:
    """Return the texts in a cell that could name something: whole strings, without those that many cells contain."""
    return {text for text in _strings(parsed(cell.source)) if len(text) > 2}


def _made(cell: Cell) -> set[str]:
    """Return the texts that a cell passes to calls that make or change something."""
    calls = (node for node in ast.walk(parsed(cell.source)) if isinstance(node, ast.Call))
    making = (
        call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr.startswith(_MAKING)
    )
    return set().union(*map(_strings, making), set())


def main(path: str, *wanted: str) -> int:
    """Execute a notebook in each of the wanted ways, a seed or `parts`, and print what fails."""
    cells, failures = code_cells(Path(path)), 0
    ways: dict[str, list[int]] = {}
    for each in wanted:
        if each == "parts":
            ways |= {part: alone(cells, part) for part in dict.fromkeys(cell.part for cell in cells)}
        else:
            ways[f"order {each}"] = order(cells, int(each))
    for way, places in ways.items():
        found = failure(Path(path), places)
        failures += found is not None
        print(f"{path}, {way}: {found or 'runs'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
