"""The state of an identity store: users, groups, and memberships.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/welcome.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.services.identitystore.customer_key import ServiceKey


@dataclass(slots=True)
class Entity:
    """A user or a group.

    `attributes` contains its members in the API (UserName, DisplayName, Emails, …), and `extensions` contains
    additional attributes by extension name. A `disabled` user can't sign in.
    """

    id: str
    attributes: dict[str, Any]
    created: datetime
    created_by: str
    updated: datetime
    updated_by: str
    revision: int = 1
    extensions: dict[str, dict[str, Any]] = field(default_factory=dict)
    disabled: bool = False


@dataclass(slots=True)
class Membership:
    """A user's membership in a group."""

    id: str
    group: str
    user: str
    created: datetime
    created_by: str


@dataclass(slots=True)
class IdentityStore:
    """An identity store, in the account and Region of an IAM Identity Center instance."""

    id: str
    account: str
    region: str
    users: dict[str, Entity] = field(default_factory=dict)
    groups: dict[str, Entity] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    network: dict[str, Any] | None = None
    """The store's NetworkConfiguration, or None if it wasn't set."""
    sealed: ServiceKey | None = None
    """The store's data key, or None if no customer managed KMS key encrypts the store."""

    @property
    def arn(self) -> str:
        """The store's ARN."""
        return f"arn:aws:identitystore::{self.account}:identitystore/{self.id}"

    def user_named(self, name: str) -> Entity | None:
        """Return the user with this user name (case-insensitive), or None if there isn't one."""
        return next((each for each in self.users.values() if _same(each, "UserName", name)), None)

    def enabled_user(self, user: str) -> Entity | None:
        """Return the user with this ID, or None if the user doesn't exist or is disabled."""
        entity = self.users.get(user)
        return None if entity is None or entity.disabled else entity

    def user_with(self, email: str) -> Entity | None:
        """Return the user with this email address (case-insensitive), or None if there isn't one."""
        wanted = email.lower()
        return next((each for each in self.users.values() if wanted in _emails(each)), None)

    def group_named(self, name: str) -> Entity | None:
        """Return the group with this display name (case-insensitive), or None if there isn't one."""
        return next((each for each in self.groups.values() if _same(each, "DisplayName", name)), None)

    def groups_of(self, user: str) -> Iterator[Membership]:
        """Return a user's memberships."""
        return (each for each in self.memberships.values() if each.user == user)

    def members_of(self, group: str) -> Iterator[Membership]:
        """Return a group's memberships."""
        return (each for each in self.memberships.values() if each.group == group)

    def membership_of(self, group: str, user: str) -> Membership | None:
        """Return a user's membership in a group, or None if the user isn't a member."""
        return next((each for each in self.members_of(group) if each.user == user), None)

    def has(self, kind: str, identifier: str) -> bool:
        """Return whether there is a USER or GROUP with this ID."""
        return identifier in (self.users if kind == "USER" else self.groups)

    def principals_of(self, user: str) -> set[tuple[str, str]]:
        """Return the principals whose assignments apply to a user: the user and the user's groups."""
        return {("USER", user), *(("GROUP", each.group) for each in self.groups_of(user))}

    def remove(self, kind: str, identifier: str) -> None:
        """Delete a user or group, and its memberships."""
        del (self.users if kind == "USER" else self.groups)[identifier]
        for each in list(self.memberships.values()):
            if identifier in (each.group, each.user):
                del self.memberships[each.id]


def _same(entity: Entity, attribute: str, value: str) -> bool:
    return str(entity.attributes.get(attribute, "")).lower() == value.lower()


def _emails(entity: Entity) -> set[str]:
    return {str(each.get("Value", "")).lower() for each in entity.attributes.get("Emails") or ()}


class IdentityStores:
    """All identity stores in a cloud, by ID."""

    def __init__(self) -> None:
        self._stores: dict[str, IdentityStore] = {}

    def add(self, store: IdentityStore) -> None:
        """Add a store."""
        self._stores[store.id] = store

    def remove(self, identifier: str) -> None:
        """Delete a store if it exists."""
        self._stores.pop(identifier, None)

    def all(self) -> list[IdentityStore]:
        """Return every store."""
        return list(self._stores.values())

    def find(self, identifier: str) -> IdentityStore | None:
        """Return a store by ID or by ARN, or None if there isn't one."""
        store = self._stores.get(identifier.rpartition("/")[2])
        return store if store is not None and identifier in (store.id, store.arn) else None
