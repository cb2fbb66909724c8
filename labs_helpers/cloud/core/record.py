"""What was asked of the cloud, by whom, and what came of it: the material of CloudTrail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.judgement import Judgement

LIMIT = 20_000
"""How many calls are kept; older ones are dropped, so a long session stays within memory."""
BLOB_LIMIT = 1_024
"""Bytes of a parameter that are kept. Nobody reads longer ones (uploads, deployment packages) from the record."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Stands for a blob that was too long to keep."""

    size: int


def kept(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters as the record keeps them: `Dropped` stands for blobs beyond `BLOB_LIMIT`."""
    if not any(isinstance(value, bytes | bytearray | dict | list) for value in parameters.values()):
        return parameters
    return {name: _kept(value) for name, value in parameters.items()}


def _kept(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return Dropped(len(value)) if len(value) > BLOB_LIMIT else value
    if isinstance(value, dict):
        return {name: _kept(item) for name, item in value.items()}
    return [_kept(item) for item in value] if isinstance(value, list) else value


@dataclass(slots=True)
class Entry:
    """One recorded call, answered or refused.

    `parameters` are as parsed from the request: whoever shows them redacts secrets first. `error_code` and
    `error_message` are None for calls that succeeded. `decisions` holds what the engine answered, in order.
    """

    event_id: str
    request_id: str
    time: datetime
    service: str
    operation: str
    region: str
    account: str
    principal_arn: str | None
    caller_account: str | None
    access_key_id: str | None
    source_ip: str
    user_agent: str
    parameters: Mapping[str, Any] = field(repr=False)
    error_code: str | None = None
    error_message: str | None = None
    read_only: bool = False
    via_service: str | None = None
    presigned: bool = False
    """Whether the signature came in the URL's query."""
    allowed: tuple[tuple[str, str], ...] = ()
    """(action, resource) of what was asked and allowed."""
    refusals: tuple[Judgement, ...] = ()
    """What was asked and refused, with the policies as they were."""
    namespace: str = ""
    """The prefix of the service's actions (`sso` of sso-admin); empty where it is the service's own name."""
    credentials: Credentials | None = field(default=None, repr=False)
    shown: Mapping[str, Any] = field(default_factory=dict)
    """What CloudTrail shows beyond parameters and answer, by its own names: additionalEventData; resources, as (type,
    ARN) pairs; userIdentity of who called without an access key; eventType and serviceEventDetails of what a service
    did by itself, and `requested` where somebody's request led to that."""
    answer: Answer | None = field(default=None, repr=False)
    """The answer to a call that changed something; reads keep none, as in CloudTrail."""

    @property
    def refused(self) -> bool:
        """Whether the call was refused for want of permission (not: failed for another reason)."""
        return bool(self.refusals)


class Record:
    """The calls that the cloud was asked, oldest first; at most `LIMIT` of them.

    `listeners` are told of each new entry: trails that deliver it, last-accessed data.
    """

    def __init__(self, limit: int = LIMIT):
        self._entries: deque[Entry] = deque(maxlen=limit)
        self.listeners: list[Callable[[Entry], None]] = []

    def add(self, entry: Entry) -> None:
        """Write a call down, and tell whoever listens."""
        self._entries.append(entry)
        for listener in self.listeners:
            listener(entry)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within the block calls are recorded apart: nobody is told of them, and afterwards they are forgotten.

        Who begins to listen within the block is told from then on, and goes on listening after it: a service that is
        first used there registers only once.
        """
        entries, listeners = self._entries, self.listeners
        self._entries, self.listeners = entries.copy(), []
        try:
            yield
        finally:
            listeners += self.listeners
            self._entries, self.listeners = entries, listeners

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))  # others may call meanwhile

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]
