"""A cache for values derived from identities and policies, valid until any identity or policy changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from labs_helpers.cloud.core.state import State

Key = TypeVar("Key")
Value = TypeVar("Value")


class PolicyCache(Generic[Key, Value]):
    """Cached values by key, each computed on first use and recomputed after `State.touch_policies`."""

    def __init__(self, state: State) -> None:
        """Start empty, for the policies in `state`."""
        self._state = state
        self._values: dict[Key, tuple[int, Value]] = {}
        self._version = -1

    def get(self, key: Key, compute: Callable[[], Value]) -> Value:
        """Return the value that is cached for `key`. If no value is cached, compute it and store it in the cache."""
        # INVARIANT: the version is read before the value is computed. If another thread changes a policy meanwhile,
        # the value is stored under the old version, so it is stale immediately.
        version = self._state.policies_version
        if self._version != version:
            self._values.clear()
            self._version = version
        kept = self._values.get(key)
        if kept is None or kept[0] != version:
            kept = self._values[key] = version, compute()
        return kept[1]
