"""What RDS keeps: DB instances and snapshots by account and Region, found by name or ARN. No database runs in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Place = tuple[str, str]
"""Account and Region."""


@dataclass(slots=True)
class Instance:
    """A DB instance. `settings` are the members of its description that a request gives and a later one may change."""

    name: str
    account: str
    region: str
    resource_id: str
    made: datetime
    settings: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    deleting: bool = False

    @property
    def arn(self) -> str:
        return f"arn:aws:rds:{self.region}:{self.account}:db:{self.name}"


@dataclass(slots=True)
class Snapshot:
    """A manual snapshot: the instance's settings when it was taken, and the accounts that may restore it, or "all"."""

    name: str
    account: str
    region: str
    of: str
    of_resource: str
    of_made: datetime
    made: datetime
    settings: dict[str, Any]
    source: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    restorable_by: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:rds:{self.region}:{self.account}:snapshot:{self.name}"

    def is_shared_with(self, account: str) -> bool:
        return account in self.restorable_by

    @property
    def public(self) -> bool:
        return "all" in self.restorable_by


class Databases:
    """The DB instances and snapshots of a cloud."""

    def __init__(self) -> None:
        self.instances: dict[tuple[Place, str], Instance] = {}
        self.snapshots: dict[tuple[Place, str], Snapshot] = {}

    def instance(self, place: Place, name: str) -> Instance | None:
        """By name or ARN, in one place."""
        return self.instances.get((place, _own_name(place, name, "db")))

    def snapshot(self, place: Place, name: str) -> Snapshot | None:
        """By name, or by its ARN in any account."""
        parts = name.split(":")
        if len(parts) == 7 and parts[2] == "rds" and parts[5] == "snapshot":
            return self.snapshots.get(((parts[4], parts[3]), parts[6].lower()))
        return self.snapshots.get((place, name.lower()))

    def tagged(self, arn: str) -> Instance | Snapshot | None:
        """What an ARN names."""
        parts = arn.split(":")
        if len(parts) != 7:
            return None
        held: Any = {"db": self.instances, "snapshot": self.snapshots}.get(parts[5], {})
        return held.get(((parts[4], parts[3]), parts[6]))


def _own_name(place: Place, name: str, kind: str) -> str:
    own = f"arn:aws:rds:{place[1]}:{place[0]}:{kind}:"
    return name.lower().removeprefix(own)
