"""Credentials: long-term access keys and temporary sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.engine.policy import Policy, Principal


@dataclass(frozen=True, slots=True)
class Credentials:
    """One set of keys, and all facts about the caller who signs requests with these keys.

    `user_id` is AWS's `aws:userid` (`AIDA…`, `AROA…:session`, or the account ID for the root user). Long-term keys
    don't have `token` or `expires`; their `issued` is their creation time, if known. `session_policies` are the inline
    and managed policies passed when the session was created. `tags` are session tags (`aws:PrincipalTag/…`), and
    `transitive` contains the keys of the tags that a chained session inherits.
    """

    access_key_id: str
    secret: str = field(repr=False)
    principal: Principal
    user_id: str
    token: str | None = field(default=None, repr=False)
    issued: datetime | None = None
    expires: datetime | None = None
    active: bool = True
    user_name: str | None = None
    session_policies: tuple[tuple[str, Policy], ...] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()
    source_identity: str | None = None
    mfa_time: datetime | None = None
    via: str | None = None
    """The STS operation that created the session, such as `AssumeRole`, or None for long-term keys."""
    issuer_id: str | None = None
    """The unique ID of the user that requested a federated session (whose `user_id` contains only a name)."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """Additional condition keys for the session: `aws:FederatedProvider`, `cognito-identity.amazonaws.com:sub`, etc."""

    @property
    def account(self) -> str:
        """The caller's account ID, or "" if the caller doesn't belong to an account."""
        return self.principal.account or ""

    @property
    def temporary(self) -> bool:
        """True if the credentials are the temporary credentials of a session."""
        return self.token is not None


class Sessions:
    """Temporary credentials, and access keys of root users, by access key ID.

    moto stores IAM users' keys with its users, but has no place for these credentials.
    """

    def __init__(self) -> None:
        """Start without credentials."""
        self._by_key: dict[str, Credentials] = {}

    def add(self, credentials: Credentials) -> Credentials:
        """Store and return `credentials`, so that requests signed with them are recognized."""
        self._by_key[credentials.access_key_id] = credentials
        return credentials

    def find(self, access_key_id: str) -> Credentials | None:
        """Return the credentials with this access key ID, expired or not, or None if the ID is unknown."""
        return self._by_key.get(access_key_id)

    def remove(self, access_key_id: str) -> None:
        """Remove an access key, as DeleteAccessKey does for the root user."""
        self._by_key.pop(access_key_id, None)

    def __iter__(self) -> Iterator[Credentials]:
        return iter(self._by_key.values())
