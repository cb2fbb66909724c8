"""The record of all calls to the cloud: callers, operations, and results. CloudTrail events are built from it."""

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
"""The number of calls to keep. Older calls are dropped, so that a long session doesn't fill up memory."""
BLOB_LIMIT = 1_024
"""The maximum length, in bytes, of blobs to keep. No code reads longer blobs (uploads, packages) from the record."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A placeholder for a blob that was too long to keep."""

    size: int


def kept(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters in the form of the record, with `Dropped` in place of blobs longer than `BLOB_LIMIT`."""
    if not any(isinstance(value, bytes | bytearray | dict | list) for value in parameters.values()):
        return parameters
    return {name: _trimmed(value) for name, value in parameters.items()}


def _trimmed(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return Dropped(len(value)) if len(value) > BLOB_LIMIT else value
    if isinstance(value, dict):
        return {name: _trimmed(item) for name, item in value.items()}
    return [_trimmed(item) for item in value] if isinstance(value, list) else value


@dataclass(slots=True)
class Entry:
    """One recorded call, successful or not.

    `parameters` are as parsed from the request, so code that displays them must redact secrets first. `error_code` and
    `error_message` are None for calls that succeeded.
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
    """True if the request's signature was in the URL's query string."""
    allowed: tuple[tuple[str, str], ...] = ()
    """The actions that the engine allowed for this call, as (action, resource) pairs."""
    needed: tuple[tuple[str, str], ...] = ()
    """The pairs in `allowed` that the principal's identity-based policies had to allow."""
    refusals: tuple[Judgement, ...] = ()
    """The judgments that denied the call, with the policies as they were when the call was made."""
    namespace: str = ""
    """The prefix of the service's actions (`sso` for sso-admin), or "" if the prefix is the service's name."""
    credentials: Credentials | None = field(default=None, repr=False)
    shown: Mapping[str, Any] = field(default_factory=dict)
    """Details that CloudTrail shows in addition to the parameters and the response, by CloudTrail's names.

    These are additionalEventData; resources, as (type, ARN) pairs; userIdentity for a caller without an access key;
    eventType and serviceEventDetails for an event that a service initiated; and `requested` if a request caused such an
    event.
    """
    bytes_sent: int = 0
    """The length of the response body."""
    answer: Answer | None = field(default=None, repr=False)
    """The response to a call that changed something, or None for a read, as in CloudTrail."""

    @property
    def refused(self) -> bool:
        """True if the call was denied for lack of permissions, not rejected for another reason."""
        return bool(self.refusals)


class Record:
    """The calls to the cloud, oldest first, at most `LIMIT`.

    Each new entry is passed to `listeners`, such as trails and last-accessed data.
    """

    def __init__(self, limit: int = LIMIT):
        """Start empty, with room for `limit` calls."""
        self._entries: deque[Entry] = deque(maxlen=limit)
        self.listeners: list[Callable[[Entry], None]] = []
        self.decided: tuple[Judgement, ...] = ()
        """All judgments (allows and denials) on the last call, ignoring calls that services make for a caller."""

    def add(self, entry: Entry) -> None:
        """Add a call and pass it to the listeners."""
        self._entries.append(entry)
        for listener in self.listeners:
            listener(entry)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Record the calls in the block separately.

        Listeners don't receive these calls, and the record discards them after the block. Listeners added within the
        block receive entries immediately and remain after the block, because a service that is first used within the
        block registers its listener only once.
        """
        entries, listeners = self._entries, self.listeners
        self._entries, self.listeners = entries.copy(), []
        try:
            yield
        finally:
            listeners += self.listeners
            self._entries, self.listeners = entries, listeners

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))  # a copy, because other threads might add calls meanwhile

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]
