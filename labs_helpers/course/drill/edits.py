"""Small edits to a situation's own statements and condition keys that might plausibly change the decision."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from labs_helpers.course.drill.scene import FULL_ACCESS, Scene

_ORDINALS = ("first", "second", "third")
_OPERATORS = {
    "StringEquals": ("StringLike", "StringEqualsIgnoreCase"), "StringLike": ("StringEquals", "StringLikeIfExists"),
    "StringEqualsIgnoreCase": ("StringEquals", "StringLike"),
    "StringNotEquals": ("StringNotEqualsIfExists", "StringNotLike"),
    "Bool": ("BoolIfExists",), "BoolIfExists": ("Bool",), "ArnEquals": ("ArnLike",), "ArnLike": ("ArnEquals",),
    "ForAllValues:StringEquals": ("ForAnyValue:StringEquals", "ForAllValues:StringLike"),
    "ForAnyValue:StringEquals": ("ForAllValues:StringEquals", "ForAnyValue:StringLike"),
    "IpAddress": ("IpAddressIfExists",), "NotIpAddress": ("NotIpAddressIfExists",),
    "DateLessThan": ("DateLessThanEquals",), "DateGreaterThan": ("DateGreaterThanEquals",),
    "NumericLessThan": ("NumericLessThanEquals",), "NumericGreaterThan": ("NumericGreaterThanEquals",),
}  # fmt: skip
"""Operators that learners confuse with each other."""


def statement_edits(scene: Scene) -> Iterator[tuple[str, Scene]]:
    """Yield edits to single statements, each with a sentence and the changed scene."""
    for whose, path in _policies(scene):
        statements = _at(scene, path)["Statement"]
        for number, statement in enumerate(statements):
            name = f"Statement {number + 1} of {whose}"
            for text, edited in _edited(statement, alone=len(statements) == 1):
                changed = copy.deepcopy(scene)
                _at(changed, path)["Statement"][number : number + 1] = [edited] if edited else []
                yield f"{name} {text}.", changed


def key_edits(scene: Scene) -> Iterator[tuple[str, Scene]]:
    """Yield the scene without one of its condition keys, for each key."""
    context = scene.get("context", {})
    for key in context:
        yield (
            f"The request has no {key}.",
            {**scene, "context": {k: v for k, v in context.items() if k != key}},
        )


def _edited(statement: dict[str, Any], *, alone: bool) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield a description of each edit and the edited statement, or None if the statement is removed."""
    if not alone:
        yield "is removed", None
    if statement.get("Resource", "*") != "*":
        yield "has the resource `*`", {**statement, "Resource": "*"}
    conditions = statement.get("Condition", {})
    for operator, tests in conditions.items():
        for other in _OPERATORS.get(operator, ()):
            rest = {name: each for name, each in conditions.items() if name != operator}
            if other not in rest:
                yield (
                    f"has the operator {other} instead of {operator}",
                    {**statement, "Condition": {other: tests, **rest}},
                )
    if len(conditions) == 1:
        yield "has no condition", {name: each for name, each in statement.items() if name != "Condition"}


def _policies(scene: Scene) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield the name (as used in a sentence) and the location of each policy that doesn't just allow everything."""
    given = scene["policies"]
    identity = given.get("identity", [])
    for number, policy in enumerate(identity):
        if policy != FULL_ACCESS:
            which = (
                f"the {_ORDINALS[number]} identity-based policy"
                if len(identity) > 1
                else "the identity-based policy"
            )
            yield which, ("identity", number)
    for name, whose in (("resource", "the resource's policy"), ("boundary", "the permissions boundary")):
        if given.get(name, FULL_ACCESS) != FULL_ACCESS:
            yield whose, (name,)
    if given.get("session", [FULL_ACCESS])[0] != FULL_ACCESS:
        yield "the session policy", ("session", 0)


def _at(scene: Scene, path: tuple[str | int, ...]) -> dict[str, Any]:
    value: Any = scene["policies"]
    for step in path:
        value = value[step]
    found: dict[str, Any] = value
    return found
