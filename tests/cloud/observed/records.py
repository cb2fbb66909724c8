"""CloudTrail events from AWS, and the calls that should produce the same events here.

The events are TrailDiscover's (CC BY 4.0, by Adan Alvarez), in the folder that LABS_VECTORS names. In most of the
events, a user without permissions is denied. `calls.json` has the call for each event that the cloud can play.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud, recorded_events
from tests.clouds import make_user

_FILE = Path(os.environ.get("LABS_VECTORS", "")) / "observed" / "traildiscover.jsonl"
_TABLE = json.loads(Path(__file__).with_name("calls.json").read_text(encoding="utf-8"))
CALLS: Mapping[str, Mapping[str, Any]] = _TABLE["calls"]
LEFT_OUT: Mapping[str, str] = {
    event: group["why"] for group in _TABLE["left_out"].values() for event in group["events"]
}
_OPERATIONS = {
    "GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
}


def exist() -> bool:
    """Return True if there is a folder with the events."""
    return bool(os.environ.get("LABS_VECTORS")) and _FILE.is_file()


@cache
def events() -> list[dict[str, Any]]:
    """Return the events of calls that were refused or failed."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event.get("errorCode")]


def key(event: Mapping[str, Any]) -> str:
    """Return the key of an event in `calls.json`."""
    return f"{event['eventSource'].split('.')[0]}:{event['eventName']}"


def played() -> Iterator[dict[str, Any]]:
    """Yield the events whose calls the table has; of events with the same key, one that lacked a permission."""
    seen: set[str] = set()
    for event in sorted(events(), key=lambda event: "not authorized" not in event.get("errorMessage", "")):
        if key(event) in CALLS and key(event) not in seen:
            seen.add(key(event))
            yield event


def play(cloud: Cloud) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return by key AWS's event, and this cloud's event of the same call by a user without permissions."""
    session = make_user(cloud, "TrailDiscover")
    found = {}
    for event in played():
        client = session.client(event["eventSource"].split(".")[0], region_name="us-east-1")
        with pytest.raises(ClientError):
            getattr(client, xform_name(operation(event)))(**CALLS[key(event)])
        found[key(event)] = event, recorded_events(cloud)[-1]
    return found


def operation(event: Mapping[str, Any]) -> str:
    """Return the API operation of an event: Lambda's names end with a version, S3's differ."""
    name = re.sub(r"20\d{6}(v\d)?$", "", event["eventName"])
    return _OPERATIONS.get(name, name)


def without_names(message: str) -> str:
    """Return a refusal's message without account numbers, the caller's ARN, and what is encoded or a reference."""
    message = re.sub(r"\b\d{12}\b", "ACCOUNT", message)
    message = re.sub(r"User: arn:aws:\S+ is not", "User: CALLER is not", message)
    message = re.sub(r" Encoded authorization failure message: \S+", " ENCODED", message)
    return re.sub(r"\. Go to https://.*", "", message).strip()
