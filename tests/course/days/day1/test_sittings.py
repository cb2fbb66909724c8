"""The day takes more than one sitting: after the first cell, any part can be run by itself."""

from __future__ import annotations

import ast
import builtins
import json
from pathlib import Path

import pytest

from tests.notebooks.times import parts

NOTEBOOK = json.loads(
    (Path(__file__).parents[4] / "notebooks/day1_shared_responsibility.ipynb").read_text("utf-8")
)
PARTS = parts(NOTEBOOK)


def trees(cells: list[dict]) -> list[ast.Module]:
    return [ast.parse("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]


def defined(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.ExceptHandler(name=str(name)) | ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add((other or name).partition(".")[0])
    return found


def used(tree: ast.AST) -> set[str]:
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


@pytest.mark.parametrize("part", PARTS)
def test_a_part_needs_nothing_but_the_first_cell_and_itself(part: str) -> None:
    known = set(dir(builtins)) | defined(trees(PARTS["opening"])[0])
    for tree in trees(PARTS[part]):
        known |= defined(tree)
        assert used(tree) <= known
