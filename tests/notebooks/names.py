"""The names in a notebook's code cells: what each cell defines, and what it reads from other cells."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

_FUNCTIONS = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Cell(NamedTuple):
    """A code cell: its place in the notebook, its part's heading, its source, and its names.

    `defines` maps each name that it leaves behind to the code that gives the name its meaning; `reads` holds the names
    that it needs from other cells.
    """

    number: int
    id: str
    part: str
    source: str
    defines: dict[str, str]
    reads: frozenset[str]


def code_cells(path: Path) -> list[Cell]:
    """Return a notebook's code cells, in order."""
    found, part = [], ""
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            part = next((line for line in source.splitlines() if line.startswith("## ")), part)
            continue
        tree = parsed(source)
        found.append(Cell(number, cell["id"], part, source, _defined(tree), _read(tree)))
    return found


def parsed(source: str) -> ast.Module:
    """Return the code of a cell, with IPython's commands as calls."""
    plain: str = TransformerManager().transform_cell(source)
    return ast.parse(plain)


def with_two_meanings(cells: list[Cell]) -> dict[str, list[str]]:
    """Return the names that a cell reads although cells define them differently, with the IDs of these cells.

    A cell that reads a name and defines it anew, such as `salaries = salaries + 1`, defines another thing.
    """
    needed = frozenset().union(*(cell.reads for cell in cells))
    meanings: dict[str, dict[str, str]] = {}
    for cell in cells:
        for name, code in cell.defines.items():
            meanings.setdefault(name, {}).setdefault(code, cell.id)
    return {
        name: list(found.values()) for name, found in meanings.items() if name in needed and len(found) > 1
    }


def _defined(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in (single for each in tree.body for single in _singles(each)):
        code = ast.unparse(statement)
        for name, node in _bound(statement):
            is_import = isinstance(node, (ast.Import, ast.ImportFrom))
            found[name] = f"import {name}" if is_import else code
    return found


def _singles(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield `a = 1` and `b = 2` for `a, b = 1, 2`, and any other statement as it is."""
    if (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Tuple)
        and len(statement.targets) == 1
    ):
        target = statement.targets[0]
        if isinstance(target, ast.Tuple) and len(target.elts) == len(statement.value.elts):
            for name, value in zip(target.elts, statement.value.elts, strict=True):
                yield ast.Assign([name], value, lineno=statement.lineno)
            return
    yield statement


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that a statement binds in the notebook, not those within its functions."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name, node
        return
    if isinstance(node, _FUNCTIONS):
        return
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (((each.asname or each.name).partition(".")[0], node) for each in node.names)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id, node
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)


def _read(tree: ast.Module) -> frozenset[str]:
    """Return the names that a cell reads before it has bound them itself; a function reads when it is called."""
    bound: set[str] = set()
    needed: set[str] = set()
    in_functions: set[str] = set()
    for statement in tree.body:
        own = {name for name, _ in _bound(statement)}
        names = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
        local = {each.arg for each in ast.walk(statement) if isinstance(each, ast.arg)}
        local |= {each.id for each in names if isinstance(each.ctx, ast.Store)} - own
        loaded = {each.id for each in names if isinstance(each.ctx, ast.Load)} - local
        if isinstance(statement, ast.FunctionDef):
            in_functions |= loaded
        elif isinstance(statement, ast.Assign):  # `salaries = salaries + 1` reads it first
            needed |= loaded - bound
        else:
            needed |= loaded - bound - own
        bound |= own
    return frozenset(needed | in_functions - bound)
