"""The core path is self-contained: its cells don't need anything from the other parts."""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs_helpers.course.content.paths import notebooks_in
from tests.notebooks import times

NOTEBOOKS = notebooks_in(Path(__file__).parents[2] / "notebooks")
_NAMING = {"Bucket", "UserName", "RoleName", "QueueName", "GroupName", "TableName"}


def _core(path: Path) -> tuple[list[ast.Module], list[ast.Module]]:
    """Return the code of the cells that the core path runs (including the opening), and of those that it leaves out."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    marked = times.marked("".join(notebook["cells"][0]["source"]))
    sides: tuple[list[ast.Module], list[ast.Module]] = ([], [])
    for name, cells in times.parts(notebook).items():
        side = sides[0] if name in marked else sides[1]
        side += [ast.parse("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    return sides


def _read(cell: ast.Module) -> set[str]:
    """Return the names that a cell reads and doesn't bind itself, in any order."""
    own = _defined(cell) | {each.arg for each in ast.walk(cell) if isinstance(each, ast.arg)}
    names = (each for each in ast.walk(cell) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Load)} - own


def _defined(cell: ast.Module) -> set[str]:
    """Return the names that a cell assigns, imports, and defines."""
    found = set()
    for each in ast.walk(cell):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            found.add(each.id)
        elif isinstance(each, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)) and each.name:
            found.add(each.name)
        elif isinstance(each, (ast.Import, ast.ImportFrom)):
            found |= {(name.asname or name.name).partition(".")[0] for name in each.names}
    return found


def _named(cells: list[ast.Module], *, made: bool) -> Iterator[str]:
    """Return the names of buckets, users, roles, etc. in calls that create them, or in all other calls."""
    for call in (each for cell in cells for each in ast.walk(cell) if isinstance(each, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name.startswith("create_") == made:
            for given in call.keywords:
                if given.arg in _NAMING and isinstance(given.value, ast.Constant):
                    yield f"{given.arg} {given.value.value}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_core_path_reads_no_name_of_a_part_that_it_leaves_out(path):
    core, _ = _core(path)
    known = {*dir(builtins), "get_ipython", "display"}
    for cell in core:
        assert _read(cell) <= known, ast.unparse(cell)
        known |= _defined(cell)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_core_path_uses_nothing_that_a_part_makes_which_it_leaves_out(path):
    core, left_out = _core(path)
    made_elsewhere = set(_named(left_out, made=True)) - set(_named(core, made=True))
    assert not made_elsewhere & set(_named(core, made=False))
