"""A compiled pattern: a list of alternatives, each with the fields that must all match, and their tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.detection.event_patterns import event_fields
from labs_helpers.engine.detection.event_patterns.event_fields import Field
from labs_helpers.engine.detection.event_patterns.match_types import (
    RESERVED,
    Absent,
    InvalidPattern,
    Test,
    test_of,
)

OR = "$or"
_MOST_ALTERNATIVES = 1000
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or"""

Tests = tuple[Test | Absent, ...]
Branch = Mapping[str, Tests]
"""Tests by field path. For each field, at least one of its tests must succeed."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A valid pattern."""

    branches: tuple[Branch, ...]

    def matches(self, event: Any) -> bool:
        """Return True if an event that was parsed with `event_fields.read` matches one of the alternatives."""
        if not isinstance(event, Mapping):
            return False
        by_path: dict[str, list[Field]] = {}
        for field in event_fields.fields(event):
            by_path.setdefault(field.path, []).append(field)
        return any(_matches(list(branch.items()), by_path, {}) for branch in self.branches)


def _matches(
    wanted: Sequence[tuple[str, Tests]], by_path: Mapping[str, list[Field]], elements: Mapping[int, int]
) -> bool:
    """Return True if each path has a field that passes, and these fields are in the same elements of shared arrays."""
    if not wanted:
        return True
    (path, tests), rest = wanted[0], wanted[1:]
    found = by_path.get(path, ())
    if not found and any(isinstance(test, Absent) for test in tests):
        return _matches(rest, by_path, elements)
    for field in found:
        together = all(elements.get(array, at) == at for array, at in field.elements.items())
        passes = together and any(not isinstance(test, Absent) and test(field.value) for test in tests)
        if passes and _matches(rest, by_path, {**elements, **field.elements}):
            return True
    return False


def compiled(pattern: Any) -> Pattern:
    """Compile a pattern that was parsed with `event_fields.read`. Raises `InvalidPattern` if AWS would reject it."""
    if not isinstance(pattern, Mapping):
        raise InvalidPattern("Filter is not an object")
    return Pattern(tuple(_object(pattern, "", [{}])))


def _object(
    pattern: Mapping[str, Any], path: str, branches: list[dict[str, Tests]]
) -> list[dict[str, Tests]]:
    """Return the branches, each extended by the tests of an object's fields."""
    if not pattern:
        raise InvalidPattern("Empty objects are not allowed")
    for name, value in pattern.items():
        inner = f"{path}.{name}" if path else name
        if name == OR and _is_alternative(value):
            branches = [
                branch
                for alternative in value
                for branch in _object(alternative, path, [dict(each) for each in branches])
            ]
            if len(branches) > _MOST_ALTERNATIVES:
                raise InvalidPattern("Rule has too many $or combinations")
        elif isinstance(value, Mapping):
            branches = _object(value, inner, branches)
        elif isinstance(value, list):
            if not value:
                raise InvalidPattern("Empty arrays are not allowed")
            tests = tuple(test_of(each) for each in value)
            branches = [{**branch, inner: tests} for branch in branches]
        else:
            raise InvalidPattern(f'"{name}" must be an object or an array')
    return branches


def _is_alternative(value: Any) -> bool:
    """Return True for the value of `$or` as an operator: two objects or more, without match types as fields."""
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(each, Mapping) and not RESERVED & each.keys() for each in value)
    )
