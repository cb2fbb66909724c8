"""The state that all parts of a running cloud share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from labs_helpers.cloud.core.caller import Caller
from labs_helpers.cloud.core.clock import Clock
from labs_helpers.cloud.core.credentials import Sessions
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.record import Record
from labs_helpers.cloud.core.usage import Usage
from labs_helpers.cloud.core.web_identity import Issuers

Part = TypeVar("Part")


@dataclass(slots=True)
class State:
    """A running cloud's clock, IDs, sessions, and record, and the state that services add to it.

    `caller` makes calls between services. A reset discards all state, so services don't need reset methods.
    `policies_version` changes whenever identities or their policies might have changed; anything derived from an older
    version is stale.
    """

    ids: Ids
    clock: Clock = field(default_factory=Clock)
    sessions: Sessions = field(default_factory=Sessions)
    record: Record = field(default_factory=Record)
    caller: Caller | None = None
    policies_version: int = 0
    before_call: list[Callable[[Any], None]] = field(default_factory=list)
    """Functions that receive every allowed `Call` before it is performed.

    They do any work that AWS would already have done.
    """
    parts: dict[type, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.record.listeners.append(self.usage.listen)

    def part(self, kind: type[Part]) -> Part:
        """Return a service's part of this cloud's state: the single instance of `kind`, created on first use."""
        part = self.parts.get(kind)
        if part is None:
            part = self.parts[kind] = kind()
        return part

    @property
    def usage(self) -> Usage:
        """The last uses of keys, users, and roles."""
        return self.part(Usage)

    @property
    def issuers(self) -> Issuers:
        """The web identity token issuers in this cloud."""
        return self.part(Issuers)

    def touch_policies(self) -> None:
        """Mark all data derived from identities and policies as stale."""
        self.policies_version += 1
