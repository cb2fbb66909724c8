"""Counts in what learners read: `counted` puts the unit in the singular for a count of one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.text.sources import ROOT

_PLURAL = re.compile(r" (?!characters|bytes|lines)[a-zA-Z]+s\b")
"""A unit after a count, other than that of a size, of which an error reports only too much."""
_OF = re.compile(r"\b(?:of|All|all|first) $")
"""What precedes a count that isn't the count of its unit, or that is more than one: `1 of 9 probes`."""


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yield a sentence for each number of things that an f-string in the course shows with a plural."""
    for path in sorted((root / "labs_helpers" / "course").rglob("*.py")):
        for line, text in plurals(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(root)}:{line}: “{{len(…)}}{text}” has no singular: use `counted`"


def plurals(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines and units of the f-strings in a module that show a `len(…)` with a plural."""
    for node in ast.walk(ast.parse(source)):
        parts = [ast.Constant(""), *node.values] if isinstance(node, ast.JoinedStr) else []
        for before, (count, after) in zip(parts, pairwise(parts[1:]), strict=False):
            found = _PLURAL.match(_text(after))
            if found and _is_length(count) and not _OF.search(_text(before)):
                yield node.lineno, found[0]


def _text(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else ""


def _is_length(part: ast.expr) -> bool:
    value = part.value if isinstance(part, ast.FormattedValue) else None
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "len"
