"""A check that lessons show every piece of an exercise's solution before the exercise requires it.

A piece is an action, a condition operator, a condition key, or an API that the solution calls. It is shown if it occurs
in an earlier cell, in the exercise's own prompt, starter, or documents, or in the text next to the exercise, or if the
exercise's text links to AWS's list of actions, keys, or operators.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labs_helpers.course.content.numbering import lesson_in
from labs_helpers.course.grading.exercise_loading import load

_LISTS = (
    "/service-authorization/latest/reference/",
    "reference_policies_condition-keys",
    "reference_policies_elements_condition_operators",
)

OWN = {"prompt", "clauses", "remarks", "starter", "documents"}
"""What an exercise itself shows."""


def pieces(value: Any) -> Iterator[str]:
    """Return the actions, operators, keys, and calls in a solution, from policies anywhere in it, and from the calls in
    its steps.
    """
    if isinstance(value, str) and value.lstrip().startswith("{"):
        yield from pieces(json.loads(value))
    elif isinstance(value, list):
        for each in value:
            yield from pieces(each)
    elif isinstance(value, dict):
        if isinstance(value.get("call"), str):
            yield value["call"]
        if value.get("Effect") in ("Allow", "Deny"):
            yield from _of_statement(value)
        else:
            for each in value.values():
                yield from pieces(each)


def _of_statement(statement: dict[str, Any]) -> Iterator[str]:
    for name in ("Action", "NotAction"):
        actions = statement.get(name, ())
        yield from [actions] if isinstance(actions, str) else actions
    for operator, keys in statement.get("Condition", {}).items():
        yield operator
        yield from keys


def missing(path: Path) -> dict[str, list[str]]:
    """Exercise → the pieces of its solution that nothing shows before it is to be solved."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    day = lesson_in(path.stem)
    found = {}
    for id, exercise in load(day).items():
        if exercise.kind == "function":
            continue
        asked = next((n for n, text in enumerate(texts) if f'day.check("{id}"' in text), None)
        read = next((n for n, text in enumerate(texts) if f'day.exercise("{id}")' in text), asked)
        if asked is None or read is None:
            found[id] = ["the exercise itself: no cell checks it"]
            continue
        own = exercise.model_dump_json(include=OWN, warnings=False)
        beside = "\n".join(texts[max(read - 1, 0) : asked + 1])
        if any(each in beside for each in _LISTS):
            continue
        before = "\n".join([*texts[:asked], own, beside]).lower()
        lacking = [piece for piece in dict.fromkeys(pieces(exercise.solution)) if not _stands(piece, before)]
        if lacking:
            found[id] = lacking
    return found


def _stands(piece: str, text: str) -> bool:
    """Return whether a piece occurs in a text; for an action that ends in a wildcard, its beginning is enough."""
    wanted = piece.lower().rstrip("*")
    return re.search(re.escape(wanted) + ("" if piece.endswith("*") else r"(?![a-z])"), text) is not None
