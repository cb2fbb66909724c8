"""Bool, which compares "true" and "false", ignoring case."""

from __future__ import annotations

from labs_helpers.engine.policy.conditions.family import Compiled, Static

_TRUTHS = ("true", "false")


def equals(values: list[str], variables: bool) -> Compiled:
    """Compile a test for "true" or "false" that passes if the request's value equals one of the policy's values."""
    wanted = frozenset(value.lower() for value in values if value.lower() in _TRUTHS)
    return Static(lambda value: value.lower() in wanted)
