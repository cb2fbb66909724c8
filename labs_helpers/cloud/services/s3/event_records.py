"""A bucket's events in the forms that queues, topics, functions, and event buses receive.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from labs_helpers.cloud.moto.protocols import second_id


@dataclass(frozen=True, slots=True)
class Requester:
    """The requester of a change to an object, with the source IP address and the IDs of the request."""

    principal: str
    account: str
    source_ip: str
    request_id: str
    operation: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, with its name (`ObjectCreated:Put`), bucket, and object. A deleted object has no size or ETag."""

    name: str
    time: datetime
    bucket: str
    owner: str
    region: str
    key: str
    version: str | None
    sequencer: str
    size: int | None = None
    etag: str | None = None


_NOBODY = Requester("", "", "", "", "")
_requester: ContextVar[Requester] = ContextVar("requester", default=_NOBODY)
_NEWER = ("ObjectTagging", "ObjectAcl")
"""The kinds of events whose records have version 2.3, and whose object has neither a size nor a sequencer."""


@contextmanager
def requested_by(requester: Requester) -> Iterator[None]:
    """Set the requester for the events within the block."""
    token = _requester.set(requester)
    try:
        yield
    finally:
        _requester.reset(token)


def record(event: Happened, configuration: str) -> dict[str, Any]:
    """Return the message for a queue, topic, or function."""
    who, newer = _requester.get(), event.name.startswith(_NEWER)
    return {
        "Records": [
            {
                "eventVersion": "2.3" if newer else "2.1",
                "eventSource": "aws:s3",
                "awsRegion": event.region,
                "eventTime": _with_milliseconds(event.time),
                "eventName": event.name,
                "userIdentity": {"principalId": who.principal},
                "requestParameters": {"sourceIPAddress": who.source_ip},
                "responseElements": {
                    "x-amz-request-id": who.request_id, "x-amz-id-2": second_id(who.request_id),
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": configuration,
                    "bucket": {
                        "name": event.bucket, "ownerIdentity": {"principalId": event.owner},
                        "arn": f"arn:aws:s3:::{event.bucket}",
                    },
                    "object": _object(event, etag="eTag", version="versionId", key=quote_plus(event.key), short=newer),
                },
            }
        ]
    }  # fmt: skip


def test_event(bucket: str, time: datetime) -> dict[str, Any]:
    """Return the message about a new notification configuration.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    request_id = _requester.get().request_id
    return {
        "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": _with_milliseconds(time), "Bucket": bucket,
        "RequestId": request_id, "HostId": second_id(request_id),
    }  # fmt: skip


def _with_milliseconds(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def _object(event: Happened, *, etag: str, version: str, key: str, short: bool) -> dict[str, Any]:
    shown = {
        "key": key, "size": None if short else event.size, etag: event.etag, version: event.version,
        "sequencer": None if short else event.sequencer,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


def detail(event: Happened) -> dict[str, Any]:
    """Return the event's detail for an event bus."""
    who, short = _requester.get(), event.name.startswith(_NEWER)
    shown: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": event.bucket},
        "object": _object(event, etag="etag", version="version-id", key=event.key, short=short),
        "request-id": who.request_id,
        "requester": who.account,
        "source-ip-address": who.source_ip,
    }
    if not short:
        shown["reason"] = who.operation
    if event.name.startswith("ObjectRemoved"):
        created = event.name.endswith("MarkerCreated")
        shown["reason"] = "DeleteObject"
        shown["deletion-type"] = "Delete Marker Created" if created else "Permanently Deleted"
    return shown
