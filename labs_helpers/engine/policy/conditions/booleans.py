"""Bool: "true" or "false", whatever their case."""

from __future__ import annotations

from labs_helpers.engine.policy.conditions.family import Compiled, Static

_TRUTHS = ("true", "false")


def equals(values: list[str], variables: bool) -> Compiled:
    """Some value is the same truth, in letters of any case."""
    wanted = frozenset(value.lower() for value in values if value.lower() in _TRUTHS)
    return Static(lambda value: value.lower() in wanted)
