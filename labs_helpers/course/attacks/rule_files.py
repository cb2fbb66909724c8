"""Folders of rules, and files of CloudTrail records."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs_helpers.engine.detection import Rule, RuleError, read_rule
from labs_helpers.engine.detection.rule import Record

ENDINGS = (".yml", ".yaml", ".json", ".sql")
_GZIP = b"\x1f\x8b"


class Unusable(ValueError):
    """The error for a file of rules or records that can't be used. The message names the file."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule, and the name of its file."""

    name: str
    rule: Rule


def read_rules(place: Path) -> list[RuleFile]:
    """Return the rule in a file, or the rules in a folder and its subfolders, by name.

    Raises `Unusable`, with the line and column, for a rule that can't be read, or if there is no rule.
    """
    files = sorted(each for each in place.rglob("*") if each.suffix in ENDINGS) if place.is_dir() else [place]
    if not files:
        raise Unusable(
            f"{place}: there are no rules. Rules are in files with the extension {', '.join(ENDINGS)}"
        )
    return [
        RuleFile(file.relative_to(place).as_posix() if place.is_dir() else file.name, _rule(file))
        for file in files
    ]


def _rule(file: Path) -> Rule:
    try:
        return read_rule(file.read_text(encoding="utf-8"))
    except (RuleError, UnicodeDecodeError) as error:
        raise Unusable(f"{file}: {error}") from None
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from None


def read_trail(files: Sequence[Path]) -> list[Record]:
    """Return the records in files, in order of time.

    A file has CloudTrail's form ({"Records": […]}), or is a list of records, or has one record per line; it can be
    compressed with gzip. Raises `Unusable` for anything else.
    """
    found = [record for file in files for record in _records(file)]
    return sorted(found, key=lambda record: str(record.get("eventTime")))


def _records(file: Path) -> Iterator[Record]:
    try:
        content = file.read_bytes()
        text = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode("utf-8")
        read: Any = _parsed(text)
    except json.JSONDecodeError as error:
        raise Unusable(f"{file}: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (OSError, EOFError, ValueError) as error:
        raise Unusable(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    listed = read.get("Records", [read]) if isinstance(read, dict) else read
    if not isinstance(listed, list) or not all(
        isinstance(each, dict) and "eventName" in each for each in listed
    ):
        raise Unusable(
            f'{file}: these aren\'t CloudTrail records. A file has {{"Records": […]}}, or one per line'
        )
    yield from listed


def _parsed(text: str) -> Any:
    """Return the JSON value in a string, or the list of the values in its lines."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or error.msg != "Extra data":
            raise
        return [json.loads(line) for line in lines]
