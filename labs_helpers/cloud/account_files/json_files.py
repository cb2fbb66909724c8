"""A reader for files of AWS CLI output. Every error names the file and line."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.engine.analysis.positions import JsonFault, Positions, positions
from labs_helpers.limits import ACCOUNT_FILE_BYTES, TooLarge, read_limited

_CLI_ERROR = re.compile(r"An error occurred \((\w+)\) when calling the (\w+) operation")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


class AccountFileError(ValueError):
    """The error for a file that isn't AWS CLI output. The message is "file: line N: the problem"."""

    def __init__(self, file: Path, line: int | None, problem: str) -> None:
        """Create the error from the file, the line (None if unknown), and the problem as part of a sentence."""
        self.file, self.line, self.problem = file, line, problem
        super().__init__(f"{file}: line {line}: {problem}" if line else f"{file}: {problem}")


class NotInFiles(NotModelled):
    """The error for data that the loaded files lack.

    The message names the missing data and the AWS CLI command to run.
    """


@lru_cache(maxsize=4)
def _positions(text: str) -> Positions:
    return positions(text)


@dataclass(frozen=True, slots=True)
class File:
    """A file and its parsed content.

    `refusal` is (error code, operation) if the AWS CLI printed an error instead of output.
    """

    path: Path
    text: str
    value: Any
    refusal: tuple[str, str] | None = None

    @property
    def whole(self) -> Place:
        """The file's whole content as a `Place`."""
        return Place(self, (), self.value)

    def line(self, path: tuple[str | int, ...]) -> int | None:
        """Return the line number of the value at `path`, or, if it doesn't exist, of the innermost value around it."""
        try:
            where = _positions(self.text)
        except JsonFault as fault:
            return fault.position.line
        while path and path not in where:
            path = path[:-1]
        return where.span(path).start.line


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a file, and its path.

    The methods raise `AccountFileError` for content that the AWS CLI wouldn't print.
    """

    file: File
    path: tuple[str | int, ...]
    value: Any

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def wrong(self, problem: str) -> AccountFileError:
        """Return an error about this value. Its message contains the file and the line."""
        return AccountFileError(self.file.path, self.file.line(self.path), problem)

    def member(self, name: str) -> Place:
        """Return a required member of an object."""
        if name not in self:
            raise self.wrong(f"{self._named()} has no {name}")
        return Place(self.file, (*self.path, name), self.value[name])

    def items(self, name: str) -> Iterator[Place]:
        """Yield the items of a member that is a list of objects, or nothing if the member is missing."""
        if name not in self:
            return
        listed = self.member(name)
        if not isinstance(listed.value, list):
            raise listed.wrong(f"{name} isn't a list")
        for index, item in enumerate(listed.value):
            place = Place(self.file, (*listed.path, index), item)
            if not isinstance(item, dict):
                raise place.wrong(f"an item of {name} isn't an object")
            yield place

    def text(self, name: str) -> str:
        """Return a required string member."""
        place = self.member(name)
        if not isinstance(place.value, str):
            raise place.wrong(f"{name} isn't text")
        return place.value

    def optional(self, name: str, default: str = "") -> str:
        """Return a string member, or `default` if it is missing."""
        return self.text(name) if name in self else default

    def time(self, name: str, default: datetime) -> datetime:
        """Return a time member (a string or seconds), or `default` if it is missing or isn't a time."""
        given = self.value.get(name)
        try:
            if isinstance(given, (int, float)):
                return datetime.fromtimestamp(given, UTC)
            parsed = datetime.fromisoformat(str(given).replace("Z", "+00:00"))
        except (ValueError, OverflowError, OSError):
            return default
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)

    def document(self, name: str) -> str:
        """Return a policy document as JSON text: the AWS CLI prints an object, the API returns URL-encoded text."""
        given = self.member(name)
        if isinstance(given.value, dict):
            try:
                return json.dumps(given.value)
            except RecursionError:
                raise given.wrong(f"{name} is nested too deeply") from None
        if isinstance(given.value, str):
            return unquote(given.value) if given.value.lstrip()[:1] == "%" else given.value
        raise given.wrong(f"{name} isn't a policy document")

    def arn(self, name: str) -> str:
        """Return an ARN in the partition `aws`, the only partition that this cloud supports."""
        arn = self.text(name)
        parts = arn.split(":", 5)
        if len(parts) < 6 or parts[0] != "arn":
            raise self.member(name).wrong(f"{arn[:100]} isn't an ARN")
        if parts[1] != "aws":
            raise self.member(name).wrong(
                f"{arn[:100]} is in the partition {parts[1]}, but only aws is supported here"
            )
        return arn

    def _named(self) -> str:
        return f"{self.path[-2]}[{self.path[-1]}]" if len(self.path) > 1 else "the file"


def read_files(paths: Iterable[str | os.PathLike[str]]) -> list[File]:
    """Read the given files, and the `*.json` and `*.json.gz` files in the given folders, in order.

    Raises `AccountFileError` if a file can't be read or parsed.
    """
    return [_read(path) for given in paths for path in _expanded(Path(given))]


def _expanded(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    listed = sorted(each for each in path.rglob("*") if each.name.endswith((".json", ".json.gz")))
    if not listed:
        raise AccountFileError(path, None, "a folder without .json files")
    return listed


def _read(path: Path) -> File:
    text = _text(path)
    error_line = _CLI_ERROR.search(text[:2_000])
    if error_line is not None and not text.lstrip().startswith(("{", "[")):
        return File(path, text, {}, (error_line[1], error_line[2]))
    if not text.strip():
        raise AccountFileError(path, 1, "is empty: did the command print an error to the screen?")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        cut = " The file seems to be truncated." if not text[error.pos :].strip() else ""
        raise AccountFileError(path, error.lineno, f"not valid JSON: {error.msg}.{cut}") from None
    except RecursionError:
        raise AccountFileError(path, 1, "nested too deeply") from None
    if not isinstance(value, dict):
        raise AccountFileError(
            path, 1, "doesn't contain a JSON object, which the AWS CLI prints with --output json"
        )
    return File(path, text, value)


def _text(path: Path) -> str:
    try:
        raw = read_limited(path, ACCOUNT_FILE_BYTES, unpack=True)
    except TooLarge as error:
        raise AccountFileError(path, None, error.problem) from None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AccountFileError(path, None, f"can't be read: {reason}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise AccountFileError(path, line, "isn't UTF-8 text") from None


def steps(path: str) -> tuple[str | int, ...]:
    """Split a policy error's path (`policy.Statement[0].Action`) into keys and indexes within the policy."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(path.removeprefix("policy")))
