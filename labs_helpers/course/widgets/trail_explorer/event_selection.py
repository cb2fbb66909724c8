"""Functions that read CloudTrail events from files, reduce them to lines, filter them, and summarize who used what.

Record contents:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import shlex
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs_helpers.course.shown.mistakes import closest
from labs_helpers.limits import TRAIL_FILE_BYTES, read_limited

_ERROR = "error"


@dataclass(frozen=True, slots=True)
class Line:
    """The main fields of an event.

    `who` and `what` are the last parts of ARNs, `about` is the encryption context, and `error` is empty for a
    successful call.
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
        """The whole event as one lowercase string, for full-text search."""
        return json.dumps(self.event, default=str, ensure_ascii=False).lower()


@dataclass(frozen=True, slots=True)
class Use:
    """A caller's use of a resource: the number of calls, and the number of calls that failed or were denied."""

    who: str
    what: str
    times: int
    failed: int
    names: tuple[str, ...]


def read_folder(folder: str | Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the events in all `.json` and `.json.gz` files below a folder, and the paths of all other such files.

    Digest files contain no events and are skipped. Raises `NotADirectoryError` if the folder doesn't exist.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} isn't a folder")
    events: list[dict[str, Any]] = []
    strange = []
    for file in sorted((*folder.rglob("*.json"), *folder.rglob("*.json.gz"))):
        try:
            events += _events_of(file)
        except (ValueError, OSError, EOFError, zlib.error, RecursionError):
            strange.append(file.name)
    return events, strange


def _events_of(file: Path) -> list[dict[str, Any]]:
    """Return the events of a file. Raises ValueError if it is not a log file."""
    read = json.loads(read_limited(file, TRAIL_FILE_BYTES, unpack=True))
    if isinstance(read, dict) and "digestStartTime" in read:
        return []
    records = read.get("Records") if isinstance(read, dict) else None
    if not isinstance(records, list):
        raise ValueError("no Records")
    events = [each for each in records if isinstance(each, dict) and each.get("eventName")]
    if len(events) < len(records):
        raise ValueError("a record isn't an event")
    return events


def lines(events: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Return the events as lines, oldest first."""
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
    """Return the encryption context, such as `patient=4711, ward=north`: a KMS call's purpose in the caller's words."""
    asked = event.get("requestParameters")
    context = asked.get("encryptionContext") if isinstance(asked, Mapping) else None
    return (
        ", ".join(f"{name}={value}" for name, value in context.items())
        if isinstance(context, Mapping)
        else ""
    )


def _who(identity: Mapping[str, Any]) -> str:
    """Return `alice`, `role/session`, `root`, or another name of the identity."""
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
    """Yield the resources of an event: those that it lists, otherwise the resource in its parameters."""
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
    """Return the last part of an ARN, such as `key/1234…`, and any other name unchanged."""
    return arn.split(":", 5)[-1] if arn.startswith("arn:") else arn


def terms(query: str) -> list[tuple[str, str]]:
    """Return a query as (field, word) pairs; the field is "" for a word without a field.

    Raises `ValueError` for an unclosed quotation mark.

    `name=Decrypt who=carol error=AccessDenied 4711`; fields: name, who, what, about, region, via, error, time.
    """
    try:
        words = shlex.split(query)
    except ValueError as error:
        raise ValueError("a quotation mark isn't closed") from error
    found = []
    for word in words:
        field, equals, value = word.partition("=")
        known = equals and field.lower() in (*_FIELDS, _ERROR)
        found.append((field.lower(), value) if known else ("", word))
    return found


def not_understood(query: str) -> list[str]:
    """Return a note on a part of a query that looks like a field or a grouping but is searched for as plain text.

    Raises `ValueError` for an unclosed quotation mark.
    """
    plain = [word for field, word in terms(query) if not field]
    known = ", ".join((*_FIELDS, _ERROR))
    found = []
    for word in plain:
        field, equals, _ = word.partition("=")
        if equals and field.isalpha():
            found.append(f"There is no field {field}. Fields: {known}.")
        elif word.lower() in ("and", "or", "not") or not any(char.isalnum() for char in word):
            found.append(
                f"{word} is searched for as text: events must match every word, and there are no operators."
            )
    return list(dict.fromkeys(found))


def unmatched(all_lines: Sequence[Line], query: str) -> list[str]:
    """Return a note on each term that no line matches, with the closest value that the lines have.

    Raises `ValueError` for an unclosed quotation mark.
    """
    found = []
    for field, word in terms(query):
        if not any(_fits(line, field, word.lower()) for line in all_lines):
            values = dict.fromkeys(value for line in all_lines for value in _values(line, field) if value)
            meant = closest(word, values)
            hint = f' Did you mean "{meant}"?' if meant else ""
            found.append(f"No event has {f'{field}={word}' if field else f'the text {word}'}.{hint}")
    return found


def _values(line: Line, field: str) -> tuple[str, ...]:
    """Return a line's values of a field; for a word without a field, those that are most likely meant."""
    if field == _ERROR:
        return (line.error,)
    return _FIELDS[field](line) if field else (line.name, line.who, *line.what, line.error)


_FIELDS: dict[str, Callable[[Line], tuple[str, ...]]] = {
    "name": lambda line: (line.name,),
    "who": lambda line: (line.who,),
    "what": lambda line: line.what,
    "about": lambda line: (line.about,),
    "region": lambda line: (line.region,),
    "via": lambda line: (line.via,),
    "time": lambda line: (line.time,),
}


def matching(all_lines: Iterable[Line], query: str) -> list[Line]:
    """Return the lines that match every term of a query.

    A term matches if its field (or the whole event, for a word without a field) contains the word.
    """
    asked = [(field, word.lower()) for field, word in terms(query)]
    return [line for line in all_lines if all(_fits(line, field, word) for field, word in asked)]


def _fits(line: Line, field: str, word: str) -> bool:
    if field == _ERROR:
        return word in line.error.lower() if word not in ("none", "") else not line.error
    if field:
        return any(word in value.lower() for value in _FIELDS[field](line))
    return word in line.text


def uses(chosen: Iterable[Line]) -> list[Use]:
    """Return the resources that each caller used, as `Use` objects, most frequent first."""
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
