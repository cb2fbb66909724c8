"""Formulas over literals: conjunctions and disjunctions, already reduced as far as constants allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class All:
    """A conjunction of literals and disjunctions."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """A disjunction of literals and conjunctions."""

    parts: tuple[Node, ...]


Node: TypeAlias = "bool | int | All | Some"
"""A constant, a literal (never 0 or 1 as bool: see `is_literal`), or a compound formula."""


def is_literal(node: Node) -> bool:
    """Return whether a node is a literal."""
    return node.__class__ is int


def all_of(nodes: Iterable[Node]) -> Node:
    """Return the conjunction."""
    parts: dict[Node, None] = {}
    for node in nodes:
        if node is False:
            return False
        if isinstance(node, All):
            parts.update(dict.fromkeys(node.parts))
        elif node is not True:
            parts[node] = None
    if any(is_literal(part) and -part in parts for part in parts):  # type: ignore[operator]
        return False
    if not parts:
        return True
    return next(iter(parts)) if len(parts) == 1 else All(tuple(parts))


def some_of(nodes: Iterable[Node]) -> Node:
    """Return the disjunction."""
    parts: dict[Node, None] = {}
    for node in nodes:
        if node is True:
            return True
        if isinstance(node, Some):
            parts.update(dict.fromkeys(node.parts))
        elif node is not False:
            parts[node] = None
    if any(is_literal(part) and -part in parts for part in parts):  # type: ignore[operator]
        return True
    if not parts:
        return False
    return next(iter(parts)) if len(parts) == 1 else Some(tuple(parts))


def negation(node: Node) -> Node:
    """Return the negation, with negations only in literals."""
    if isinstance(node, All):
        return some_of(map(negation, node.parts))
    if isinstance(node, Some):
        return all_of(map(negation, node.parts))
    if node.__class__ is bool:
        return not node
    return -node
