"""Mutants of a Day 6 answer: the solution without one of its parts, as if someone forgot it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class DesignMutant(NamedTuple):
    """A changed answer. name: what was left out and where: `scps/OneRegion/policy/Statement/1 left out`."""

    name: str
    answer: dict[str, Any]


def design_mutants(solution: dict[str, Any]) -> list[DesignMutant]:
    """Yield the solution without one of its statements, conditions, or settings, for each of them."""
    return [
        DesignMutant("/".join(map(str, path)) + " left out", _without(solution, path))
        for path in _forgettable(solution, ())
    ]


_NAMING = frozenset(
    ("name", "about", "title", "alias", "account", "url", "path", "targets", "accounts", "objects")
)
"""Members that the form requires, so no one forgets them, and texts for people."""


def _forgettable(value: Any, path: Path) -> Iterator[Path]:
    """Yield the paths of the parts that someone can forget: an answer's leaves, and a policy's statements and tests."""
    for name, each in value.items() if isinstance(value, dict) else ():
        place = (*path, name)
        if name in _NAMING:
            continue
        if isinstance(each, dict) and "Statement" in each:
            yield from _of_policy(each, place)
        elif isinstance(each, dict) and each:
            yield from _forgettable(each, place)
        else:
            yield place


def _of_policy(policy: dict[str, Any], path: Path) -> Iterator[Path]:
    for number, statement in enumerate(policy["Statement"]):
        place = (*path, "Statement", number)
        if len(policy["Statement"]) > 1:
            yield place
        tests = [(operator, key) for operator, keys in statement.get("Condition", {}).items() for key in keys]
        for operator, key in tests:
            yield (*place, "Condition", operator, key)


def _without(solution: dict[str, Any], path: Path) -> dict[str, Any]:
    changed = copy.deepcopy(solution)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return _pruned(changed)


def _pruned(value: Any) -> Any:
    """Return a value without the empty conditions and operators that leaving out one test leaves behind."""
    if isinstance(value, list):
        return [_pruned(each) for each in value]
    if not isinstance(value, dict):
        return value
    pruned = {name: _pruned(each) for name, each in value.items()}
    if "Effect" in pruned and "Condition" in pruned:
        tests = {operator: keys for operator, keys in pruned["Condition"].items() if keys}
        pruned = (
            {**pruned, "Condition": tests} if tests else {k: v for k, v in pruned.items() if k != "Condition"}
        )
    return pruned
