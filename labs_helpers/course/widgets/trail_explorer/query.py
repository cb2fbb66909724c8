"""CloudTrail events to ask: read from files, boiled down to lines, filtered, summed to who used what.

Record contents: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import shlex
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs_helpers.limits import TRAIL_FILE_BYTES, read_limited

_ERROR = "error"


@dataclass(frozen=True, slots=True)
class Line:
    """What of an event is read first.

    who, what: the last part of an ARN; about: the encryption context; error: empty if it was answered.
    """

    time: str
    region: str
    name: str
    who: str
    via: str
    what: tuple[str, ...]
    about: str
    error: str
    event: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Everything of the event as one text in lower case, to look for words in."""
        return json.dumps(self.event, default=str, ensure_ascii=False).lower()


@dataclass(frozen=True, slots=True)
class Use:
    """How often somebody did something to a resource, and how often that was refused or failed."""

    who: str
    what: str
    times: int
    failed: int
    names: tuple[str, ...]


def read_folder(folder: str | Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The events of all `.json` and `.json.gz` files below a folder, and the files that are none of CloudTrail's.

    Digest files have no events and are passed over. Raises `NotADirectoryError`.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    events: list[dict[str, Any]] = []
    strange = []
    for file in sorted((*folder.rglob("*.json"), *folder.rglob("*.json.gz"))):
        try:
            events += _events_of(file)
        except (ValueError, OSError, EOFError, zlib.error, RecursionError):
            strange.append(file.name)
    return events, strange


def _events_of(file: Path) -> list[dict[str, Any]]:
    """Raises ValueError for what is no log file."""
    read = json.loads(read_limited(file, TRAIL_FILE_BYTES, unpack=True))
    if isinstance(read, dict) and "digestStartTime" in read:
        return []
    records = read.get("Records") if isinstance(read, dict) else None
    if not isinstance(records, list):
        raise ValueError("no Records")
    events = [each for each in records if isinstance(each, dict) and each.get("eventName")]
    if len(events) < len(records):
        raise ValueError("a record is no event")
    return events


def lines(events: Iterable[Mapping[str, Any]]) -> list[Line]:
    """The events as lines, oldest first."""
    return sorted((_line(each) for each in events), key=lambda line: line.time)


def _line(event: Mapping[str, Any]) -> Line:
    identity = event.get("userIdentity")
    identity = identity if isinstance(identity, Mapping) else {}
    via = str(identity.get("invokedBy") or "")
    return Line(
        str(event.get("eventTime", "")),
        str(event.get("awsRegion", "")),
        str(event.get("eventName", "")),
        _who(identity) or via or "?",
        via,
        tuple(dict.fromkeys(_touched(event))),
        _about(event),
        str(event.get("errorCode") or ""),
        event,
    )


def _about(event: Mapping[str, Any]) -> str:
    """`patient=4711, ward=north`: what a KMS key was used for, in the caller's words."""
    asked = event.get("requestParameters")
    context = asked.get("encryptionContext") if isinstance(asked, Mapping) else None
    return (
        ", ".join(f"{name}={value}" for name, value in context.items())
        if isinstance(context, Mapping)
        else ""
    )


def _who(identity: Mapping[str, Any]) -> str:
    """`alice`, `role/session`, `root`, or whatever the identity is known by."""
    arn = str(identity.get("arn") or "")
    if arn:
        path = arn.split(":", 5)[-1]
        kind, _, name = path.partition("/")
        return name if kind == "assumed-role" else name.rpartition("/")[2] or path
    for known in ("userName", "principalId", "accountId", "type"):
        if identity.get(known) and not (known == "type" and identity.get("invokedBy")):
            return str(identity[known])
    return ""


def _touched(event: Mapping[str, Any]) -> Iterator[str]:
    """The resources of an event: those that it lists, otherwise the one that its parameters name."""
    listed = event.get("resources")
    listed = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    arns = [str(each["ARN"]) for each in listed if each.get("ARN")]
    if arns:
        yield from (_short(arn) for arn in arns)
        return
    asked = event.get("requestParameters")
    if isinstance(asked, Mapping):
        for name in (
            "keyId",
            "bucketName",
            "secretId",
            "tableName",
            "roleArn",
            "roleName",
            "userName",
            "name",
        ):
            if isinstance(asked.get(name), str):
                yield _short(asked[name])
                return
    yield str(event.get("eventSource", "?")).removesuffix(".amazonaws.com")


def _short(arn: str) -> str:
    """`key/1234…` of an ARN, with the account if it is needed to tell; a name as it is."""
    return arn.split(":", 5)[-1] if arn.startswith("arn:") else arn


def terms(query: str) -> list[tuple[str, str]]:
    """A query as (field, word) pairs, the field empty for a word alone. Raises `ValueError` for an open quote.

    `name=Decrypt who=carol error=AccessDenied 4711`; fields: name, who, what, about, region, via, error, time.
    """
    try:
        words = shlex.split(query)
    except ValueError as error:
        raise ValueError("a quote is opened and not closed") from error
    found = []
    for word in words:
        field, equals, value = word.partition("=")
        known = equals and field.lower() in (*_FIELDS, _ERROR)
        found.append((field.lower(), value.lower()) if known else ("", word.lower()))
    return found


_FIELDS = {
    "name": lambda line: (line.name,),
    "who": lambda line: (line.who,),
    "what": lambda line: line.what,
    "about": lambda line: (line.about,),
    "region": lambda line: (line.region,),
    "via": lambda line: (line.via,),
    "time": lambda line: (line.time,),
}


def matching(all_lines: Iterable[Line], query: str) -> list[Line]:
    """The lines that every term of a query fits: a field that contains the word, or an event that does."""
    asked = terms(query)
    return [line for line in all_lines if all(_fits(line, field, word) for field, word in asked)]


def _fits(line: Line, field: str, word: str) -> bool:
    if field == _ERROR:
        return word in line.error.lower() if word not in ("none", "") else not line.error
    if field:
        return any(word in value.lower() for value in _FIELDS[field](line))
    return word in line.text


def uses(chosen: Iterable[Line]) -> list[Use]:
    """Who did how much to what, the most frequent first."""
    counted: dict[tuple[str, str], list[Line]] = {}
    for line in chosen:
        for what in line.what:
            counted.setdefault((line.who, what), []).append(line)
    found = [
        Use(
            who,
            what,
            len(own),
            sum(bool(line.error) for line in own),
            tuple(sorted({line.name for line in own})),
        )
        for (who, what), own in counted.items()
    ]
    return sorted(found, key=lambda use: (-use.times, use.who, use.what))
