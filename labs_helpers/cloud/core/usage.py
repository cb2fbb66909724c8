"""The last uses of keys, users, and roles, updated with every recorded call, in lab clock time.

The record drops its oldest calls, but last uses are kept: at most one per key and, for each user or role, one per
service and action that the user or role tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.record import Entry
from labs_helpers.engine.policy import PrincipalKind

_SPAN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a key or identity.

    It contains the time, the service (its action prefix), the Region, and the ARN of the user, role, or root user.
    """

    time: datetime
    service: str
    region: str
    arn: str


@dataclass(slots=True)
class KeyUse:
    """An access key's last use, and its first use in the same 15-minute period.

    The credential report shows the first use in the period:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """

    latest: Use
    span: Use


@dataclass(slots=True)
class EntityUse:
    """The last attempt by a user or role, allowed or denied: overall, by service, and by (service, action)."""

    latest: Use
    services: dict[str, Use] = field(default_factory=dict)
    actions: dict[tuple[str, str], Use] = field(default_factory=dict)


class Usage:
    """A listener that updates the last uses from the record's entries.

    Users and roles are identified by unique ID, so a later user or role with the same name starts unused. `reports`
    contains the credential and last-accessed reports generated from this data, by account and name.
    """

    def __init__(self) -> None:
        """Start without any uses."""
        self._keys: dict[str, KeyUse] = {}
        self._entities: dict[str, EntityUse] = {}
        self._accounts: dict[str, dict[str, Use]] = {}
        self.reports: dict[tuple[str, str], Any] = {}

    def listen(self, entry: Entry) -> None:
        """Update the last uses from a call that was signed with a known key, whether it succeeded or not."""
        credentials = entry.credentials
        if credentials is None or entry.via_service is not None:
            return
        principal = credentials.principal
        if principal.kind is PrincipalKind.FEDERATED_USER:
            return  # neither an IAM user nor an IAM role
        arn = (
            principal.issuer
            if principal.kind is PrincipalKind.ROLE_SESSION and principal.issuer
            else principal.arn
        )
        use = Use(entry.time, entry.namespace or entry.service, entry.region, arn)
        if not credentials.temporary:
            self._note_key(credentials.access_key_id, use)
        self._accounts.setdefault(credentials.account, {})[use.service] = use
        entity = self._entities.get(entity_id := credentials.user_id.partition(":")[0])
        if entity is None:
            entity = self._entities[entity_id] = EntityUse(use)
        entity.latest = use
        entity.services[use.service] = use
        for action in _actions(entry):
            service, _, name = action.partition(":")
            entity.actions[service, name] = use

    def _note_key(self, key_id: str, use: Use) -> None:
        known = self._keys.get(key_id)
        if known is None:
            self._keys[key_id] = KeyUse(use, use)
            return
        known.latest = use
        if use.time - known.span.time >= _SPAN:
            known.span = use

    def key(self, access_key_id: str) -> KeyUse | None:
        """Return a long-term access key's last use, or None if the key was never used."""
        return self._keys.get(access_key_id)

    def account(self, account: str) -> Mapping[str, Use]:
        """Return the last use of each service by any principal in an account, including deleted principals."""
        return self._accounts.get(account, {})

    def entity(self, unique_id: str) -> EntityUse | None:
        """Return the last uses by a user (`AIDA…`), role (`AROA…`), or root user (account ID), or None."""
        return self._entities.get(unique_id)


def _actions(entry: Entry) -> Iterator[str]:
    for action, _ in entry.allowed:
        yield action
    for judgement in entry.refusals:
        yield judgement.request.action
