"""Null: whether a key is absent ("true") or present with a value ("false")."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.engine.policy.variables import Context


def absent(key: str, values: list[str]) -> Callable[[Context], bool]:
    """The key is absent where a value says "true", present where one says "false"."""
    wanted = {value.lower() for value in values}
    if_absent, if_present = "true" in wanted, "false" in wanted

    def test(context: Context) -> bool:
        value = context.get(key)
        return if_absent if value is None or value == () else if_present

    return test
