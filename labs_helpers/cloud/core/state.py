"""What the cloud's parts share while it runs."""

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
    """Clock, ids, sessions and record of a running cloud, the `Caller` for services that call others, and the parts
    that services keep here. A reset throws it away whole, so nothing in it need know how to forget.

    `policies_version` changes whenever identities or their policies may have changed; what was collected
    under an older version is stale.
    """

    ids: Ids
    clock: Clock = field(default_factory=Clock)
    sessions: Sessions = field(default_factory=Sessions)
    record: Record = field(default_factory=Record)
    caller: Caller | None = None
    policies_version: int = 0
    before_call: list[Callable[[Any], None]] = field(default_factory=list)
    """Told of every `Call` that was allowed, right before it is performed: for what AWS would have done by then."""
    parts: dict[type, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.record.listeners.append(self.usage.listen)

    def part(self, kind: type[Part]) -> Part:
        """What a service keeps while this cloud runs: the one `kind()`, made when it is first asked for."""
        found = self.parts.get(kind)
        if found is None:
            found = self.parts[kind] = kind()
        return found

    @property
    def usage(self) -> Usage:
        """When keys, users and roles were last used."""
        return self.part(Usage)

    @property
    def issuers(self) -> Issuers:
        """Who issues web identity tokens within the cloud."""
        return self.part(Issuers)

    def touch_policies(self) -> None:
        """Make everything that was collected about identities and policies stale."""
        self.policies_version += 1
