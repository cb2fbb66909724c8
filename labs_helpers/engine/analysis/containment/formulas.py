"""Formulas over literals: conjunctions and disjunctions, already reduced as far as constants allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard


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


def is_literal(node: Node) -> TypeGuard[int]:
    """Return whether a node is a literal."""
    return node.__class__ is int


def all_of(nodes: Iterable[Node]) -> Node:
    """Return the conjunction."""
    return _reduced(nodes, All, deciding=False)


def some_of(nodes: Iterable[Node]) -> Node:
    """Return the disjunction."""
    return _reduced(nodes, Some, deciding=True)


def _reduced(nodes: Iterable[Node], kind: type[All] | type[Some], *, deciding: bool) -> Node:
    """Return a formula of a kind.

    One `deciding` part, or a literal together with its negation, decides the whole formula.
    """
    parts: dict[Node, None] = {}
    for node in nodes:
        if node is deciding:
            return deciding
        if isinstance(node, kind):
            parts.update(dict.fromkeys(node.parts))
        elif node.__class__ is not bool:
            parts[node] = None
    if any(is_literal(part) and -part in parts for part in parts):
        return deciding
    if not parts:
        return not deciding
    return next(iter(parts)) if len(parts) == 1 else kind(tuple(parts))


def negation(node: Node) -> Node:
    """Return the negation, with negations only in literals."""
    if isinstance(node, All):
        return some_of(map(negation, node.parts))
    if isinstance(node, Some):
        return all_of(map(negation, node.parts))
    if node.__class__ is bool:
        return not node
    return -node
