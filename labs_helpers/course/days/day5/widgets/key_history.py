"""The history of a KMS key, read from CloudTrail events: its states by Region, its key material, its uses.

Event names and fields: https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
Key states: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from labs_helpers.course.shown.mistakes import UnknownName

ENABLED, DISABLED, ENDING, EMPTY, GONE = (
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingImport",
    "deleted",
)
_BECOMES = {
    "EnableKey": ENABLED,
    "DisableKey": DISABLED,
    "ScheduleKeyDeletion": ENDING,
    "CancelKeyDeletion": DISABLED,
    "ImportKeyMaterial": ENABLED,
    "DeleteImportedKeyMaterial": EMPTY,
    "DeleteExpiredKeyMaterial": EMPTY,
    "DeleteKey": GONE,
}
USES = frozenset(
    (
        "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "Sign", "Verify", "GenerateMac", "VerifyMac", "DeriveSharedSecret",
    )
)  # fmt: skip
_QUIET = USES | {"SynchronizeMultiRegionKey"}
_LOOKS = ("Describe", "Get", "List")
_WINDOW = 30


@dataclass(frozen=True, slots=True)
class Span:
    """A period of time, and the state or key material that applied during the period."""

    start: datetime
    end: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An event in the key's history.

    `who` is the name of a user or role, or the service; `states` contains the state after the event, by Region.
    """

    time: datetime
    region: str
    name: str
    who: str
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class History:
    """The history of a key and its replicas: states and uses by Region.

    `deletions` contains the times at which waiting periods end.
    """

    key_id: str
    begin: datetime
    now: datetime
    moments: tuple[Moment, ...]
    states: Mapping[str, tuple[Span, ...]]
    uses: Mapping[str, tuple[datetime, ...]]
    materials: tuple[Span, ...]
    primaries: tuple[Span, ...]
    deletions: Mapping[str, datetime]

    @property
    def end(self) -> datetime:
        """The last moment to show: now, or the end of a waiting period that hasn't ended."""
        return max((self.now, *self.deletions.values()))


def history(key: str, events: Iterable[Mapping[str, Any]], now: datetime) -> History:
    """Return the history of a key, by its ARN or ID, in all Regions that the events cover, until `now`.

    Denied and failed calls are omitted, because they didn't change anything. Raises `LookupError` if no event is about
    the key.
    """
    key_id = key.rpartition("/")[2]
    own = _in_order([each for each in events if _is_about(each, key_id)])
    if not own:
        raise UnknownName(f"none of these events is about the key {key_id[:80]}")
    told = [
        each for each in own if not each["eventName"].startswith(_LOOKS) and each["eventName"] not in _QUIET
    ]
    regions = list(dict.fromkeys(str(each["awsRegion"]) for each in own))
    changes = {region: list(_changes(told, region)) for region in regions}
    return History(
        key_id,
        _time(own[0]),
        now,
        tuple(_moments(told)),
        {region: _spans(changes[region], now) for region in regions},
        {region: tuple(_time(each) for each in own if _is_use(each, region)) for region in regions},
        _spans(list(_materials(own)), now),
        _spans(list(_primaries(told, regions)), now),
        {region: end for region in regions if (end := _window(told, region)) is not None},
    )


def _in_order(events: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sort events by time; within a second, the creation of a primary key precedes its replicas'."""
    sources = {each["awsRegion"] for each in events if each["eventName"] == "ReplicateKey"}
    return sorted(
        events,
        key=lambda each: (
            _time(each),
            each["eventName"] != "CreateKey" or (bool(sources) and each["awsRegion"] not in sources),
        ),
    )


def _is_about(event: Mapping[str, Any], key_id: str) -> bool:
    if event.get("errorCode"):
        return False
    named = [str(each.get("ARN", "")) for each in event.get("resources") or () if isinstance(each, Mapping)]
    return any(arn.endswith(f":key/{key_id}") for arn in named)


def _is_use(event: Mapping[str, Any], region: str) -> bool:
    return event["eventName"] in USES and event["awsRegion"] == region


def _time(event: Mapping[str, Any]) -> datetime:
    return datetime.strptime(str(event["eventTime"]), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _who(event: Mapping[str, Any]) -> str:
    identity = event.get("userIdentity") or {}
    return str(identity.get("arn") or identity.get("invokedBy") or identity.get("type") or "?").rpartition(
        "/"
    )[2]


def _moments(events: list[Mapping[str, Any]]) -> Iterator[Moment]:
    states: dict[str, str] = {}
    for event in events:
        become = _becomes(event)
        if become is not None:
            states[event["awsRegion"]] = become
        yield Moment(
            _time(event), str(event["awsRegion"]), str(event["eventName"]), _who(event), dict(states)
        )


def _becomes(event: Mapping[str, Any]) -> str | None:
    """Return the state that an event leaves the key in, or None if the event doesn't change the state."""
    if event["eventName"] == "CreateKey":
        origin = (event.get("requestParameters") or {}).get("origin")
        return EMPTY if origin == "EXTERNAL" else ENABLED
    return _BECOMES.get(event["eventName"])


def _changes(events: list[Mapping[str, Any]], region: str) -> Iterator[tuple[datetime, str]]:
    for event in events:
        become = _becomes(event)
        if become is not None and event["awsRegion"] == region:
            yield _time(event), become


def _materials(events: list[Mapping[str, Any]]) -> Iterator[tuple[datetime, str]]:
    """Yield each key material by the beginning of its ID; the first ID is known only if there was a rotation."""
    for event in events:
        details = event.get("serviceEventDetails") or {}
        if event["eventName"] == "RotateKey" and details.get("currentKeyMaterialId"):
            previous = str(details.get("previousKeyMaterialId", "?"))
            yield _time(events[0]), previous[:8]
            break
    else:
        yield _time(events[0]), "the first material"
    for event in events:
        details = event.get("serviceEventDetails") or {}
        if event["eventName"] == "RotateKey" and details.get("currentKeyMaterialId"):
            yield _time(event), str(details["currentKeyMaterialId"])[:8]


def _primaries(events: list[Mapping[str, Any]], regions: list[str]) -> Iterator[tuple[datetime, str]]:
    """Yield the Regions whose key was the primary: first the source of replication, then each promoted replica."""
    source = next((each["awsRegion"] for each in events if each["eventName"] == "ReplicateKey"), regions[0])
    yield _time(events[0]) if events else datetime.min.replace(tzinfo=UTC), str(source)
    for event in events:
        region = str((event.get("requestParameters") or {}).get("primaryRegion", ""))
        if event["eventName"] == "UpdatePrimaryRegion" and region == event["awsRegion"]:
            yield _time(event), region


def _window(events: list[Mapping[str, Any]], region: str) -> datetime | None:
    """Return the end of the waiting period that the key is in after these events, or None if it isn't in one."""
    end = None
    for event in events:
        if event["awsRegion"] != region:
            continue
        if event["eventName"] == "ScheduleKeyDeletion":
            days = (event.get("requestParameters") or {}).get("pendingWindowInDays") or _WINDOW
            end = _time(event) + timedelta(days=int(days))
        elif event["eventName"] in ("CancelKeyDeletion", "DeleteKey"):
            end = None
    return end


def _spans(changes: list[tuple[datetime, str]], now: datetime) -> tuple[Span, ...]:
    """Turn changes into spans, each until the next change, and the last until now. A deleted key has no span."""
    ends = [time for time, _ in changes[1:]] + [now]
    return tuple(
        Span(start, max(start, end), what)
        for (start, what), end in zip(changes, ends, strict=True)
        if what != GONE
    )
