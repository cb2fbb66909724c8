"""The state of RDS: DB instances and snapshots by account and Region. No actual databases run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Location = tuple[str, str]
"""An account and a Region."""


@dataclass(slots=True)
class Instance:
    """A DB instance. `settings` are the members of its description that come from requests."""

    name: str
    account: str
    region: str
    resource_id: str
    created: datetime
    settings: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The ARN of the DB instance."""
        return f"arn:aws:rds:{self.region}:{self.account}:db:{self.name}"


@dataclass(slots=True)
class Snapshot:
    """A manual snapshot, with the instance's settings at the time when the snapshot was created.

    `restorable_by` contains the accounts that can restore it, or "all" if the snapshot is public.
    """

    name: str
    account: str
    region: str
    instance_name: str
    instance_resource_id: str
    instance_created: datetime
    created: datetime
    settings: dict[str, Any]
    source: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    restorable_by: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """The ARN of the snapshot."""
        return f"arn:aws:rds:{self.region}:{self.account}:snapshot:{self.name}"

    def is_shared_with(self, account: str) -> bool:
        """Return whether the snapshot is shared with the account explicitly, rather than by being public."""
        return account in self.restorable_by

    @property
    def public(self) -> bool:
        """True if every account can restore the snapshot."""
        return "all" in self.restorable_by


class Databases:
    """The DB instances and snapshots in a cloud."""

    def __init__(self) -> None:
        self.instances: dict[tuple[Location, str], Instance] = {}
        self.snapshots: dict[tuple[Location, str], Snapshot] = {}

    def instance(self, location: Location, name: str) -> Instance | None:
        """Return the DB instance with this identifier or ARN in a location, or None if there isn't one."""
        return self.instances.get((location, _own_name(location, name, "db")))

    def snapshot(self, location: Location, name: str) -> Snapshot | None:
        """Return the snapshot with this identifier in a location, or with this ARN in any account.

        Returns None if it doesn't exist.
        """
        parts = name.split(":")
        if len(parts) == 7 and parts[2] == "rds" and parts[5] == "snapshot":
            return self.snapshots.get(((parts[4], parts[3]), parts[6].lower()))
        return self.snapshots.get((location, name.lower()))

    def tagged(self, arn: str) -> Instance | Snapshot | None:
        """Return the DB instance or snapshot with this ARN, or None if there isn't one."""
        parts = arn.split(":")
        if len(parts) != 7:
            return None
        key = (parts[4], parts[3]), parts[6]  # account, Region and name
        if parts[5] == "db":
            return self.instances.get(key)
        return self.snapshots.get(key) if parts[5] == "snapshot" else None


def _own_name(location: Location, name: str, kind: str) -> str:
    own = f"arn:aws:rds:{location[1]}:{location[0]}:{kind}:"
    return name.lower().removeprefix(own)
