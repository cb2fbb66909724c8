"""Null, which requires that the key is absent ("true") or present with a value ("false")."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.engine.policy.variables import Context


def absent(key: str, values: list[str]) -> Callable[[Context], bool]:
    """Compile a test that passes if the key is absent (for the value "true") or present (for the value "false")."""
    wanted = {value.lower() for value in values}
    if_absent, if_present = "true" in wanted, "false" in wanted

    def test(context: Context) -> bool:
        """Return whether the key's presence is as required."""
        value = context.get(key)
        return if_absent if value is None or value == () else if_present

    return test
