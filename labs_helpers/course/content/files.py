"""A reader for JSON files in data/, whose errors name the file and the location."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class DataError(Exception):
    """A fault in one of the course's data files. The message is "file: location: fault"."""

    def __init__(self, file: Path, place: str, problem: str) -> None:
        self.file, self.place, self.problem = file, place, problem
        super().__init__(f"{file}: {place}: {problem}" if place else f"{file}: {problem}")


def read_json(file: Path) -> Any:
    """Return the JSON value in `file`. Raises `DataError` if the file is missing, isn't JSON, or repeats a key."""
    try:
        return json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_no_key_twice)
    except FileNotFoundError:
        raise DataError(file, "", "the file doesn't exist") from None
    except json.JSONDecodeError as error:
        raise DataError(file, f"line {error.lineno}, column {error.colno}", error.msg) from None
    except ValueError as error:
        raise DataError(file, "", str(error)) from None


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"the key {twice[0]!r} occurs twice in one object")
    return dict(pairs)
