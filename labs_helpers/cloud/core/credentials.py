"""Who holds which keys: long-lived access keys and temporary sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.engine.policy import Policy, Principal


@dataclass(frozen=True, slots=True)
class Credentials:
    """One set of keys and everything that a request signed with them says about its caller.

    `user_id` is AWS's `aws:userid` (`AIDA…`, `AROA…:session`, the account id for root). For long-lived keys
    `token` and `expires` are None, and `issued` is when the key was made, where that is known. `session_policies` are
    the inline and managed policies that were passed when the session was made; `tags` are session tags
    (`aws:PrincipalTag/…`), `transitive` the keys of those that a chained session inherits.
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
    """The STS operation that made the session, e.g. `AssumeRole`, `GetSessionToken`; None for long-lived keys."""
    issuer_id: str | None = None
    """The unique id of the user behind a federated user, whose own `user_id` tells only a name."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """Further condition keys of the session, e.g. `aws:FederatedProvider`, `cognito-identity.amazonaws.com:sub`."""

    @property
    def account(self) -> str:
        """The account of whom they speak for; "" where there is none."""
        return self.principal.account or ""

    @property
    def temporary(self) -> bool:
        """Whether they are a session's."""
        return self.token is not None


class Sessions:
    """Temporary credentials by access key id, and the root users' keys.

    IAM users' keys live with moto's users; these two have no home there.
    """

    def __init__(self) -> None:
        self._by_key: dict[str, Credentials] = {}

    def add(self, credentials: Credentials) -> Credentials:
        """Keep `credentials` so that requests signed with them are known; returns them."""
        self._by_key[credentials.access_key_id] = credentials
        return credentials

    def find(self, access_key_id: str) -> Credentials | None:
        """The credentials with that access key id, expired or not; None if no such session was made."""
        return self._by_key.get(access_key_id)

    def remove(self, access_key_id: str) -> None:
        """Forget a key, as DeleteAccessKey does for the root user."""
        self._by_key.pop(access_key_id, None)

    def __iter__(self) -> Iterator[Credentials]:
        return iter(self._by_key.values())
