"""What was worked out from identities and policies, and holds until one of them changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from labs_helpers.cloud.core.state import State

Key = TypeVar("Key")
Value = TypeVar("Value")


class UntilPoliciesChange(Generic[Key, Value]):
    """Values by key, each worked out when it is first asked for, and again after `State.touch_policies`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: dict[Key, tuple[int, Value]] = {}
        self._version = -1

    def get(self, key: Key, work_out: Callable[[], Value]) -> Value:
        """The value that is kept, else what `work_out` gives."""
        # INVARIANT: the version is read before anything is worked out. What another thread changes meanwhile is kept
        # under the old version, so it is stale at once.
        version = self._state.policies_version
        if self._version != version:
            self._kept.clear()
            self._version = version
        kept = self._kept.get(key)
        if kept is None or kept[0] != version:
            kept = self._kept[key] = version, work_out()
        return kept[1]
