"""A learner's answers to the drill, by rule: one JSON file next to the progress file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from labs_helpers.course.learner.kept_file import BrokenFile, KeptFile, read_versioned
from labs_helpers.course.learner.progress import Progress
from labs_helpers.limits import DRILL_BYTES

VERSION = 1
SUFFIX = ".drill.json"
"""The end of the file's name. It replaces `.json` at the end of the name of the progress file."""
_MOST = 300
"""The number of answers that are kept per rule."""
_YEARS = range(1970, 3000)
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Review(NamedTuple):
    """An answer to a question about a rule: when it was given, and whether it was right."""

    at: datetime
    right: bool


Reviews = Mapping[str, tuple[Review, ...]]
"""The answers by the rule's ID, oldest first."""


class DrillMemory(KeptFile):
    """The answers in the file next to the progress file: `….drill.json`."""

    what = "your answers to the drill"
    lost = "your answers to the drill are lost when this kernel ends"

    def __init__(self, progress: Progress) -> None:
        super().__init__(progress.path.with_suffix(SUFFIX), {})
        if progress.path.exists() and not progress.path.is_file():
            self._may_write = False  # the progress is on a device or in no file, and its notice says so

    def reviews(self) -> dict[str, tuple[Review, ...]]:
        """Return all answers by rule, oldest first."""
        return {
            rule: tuple(Review(_read_time(at), right) for at, right in listed)
            for rule, listed in self._kept.items()
        }

    def add(self, rule: str, right: bool, at: datetime) -> None:
        """Save an answer. `at` is in UTC."""
        with self._saving():
            listed = [*self._kept.get(rule, []), [at.strftime(_TIME), right]]
            self._kept[rule] = sorted(listed)[-_MOST:]

    # The file

    def _read(self) -> dict[str, Any]:
        return read_drill_file(self.path)

    def _merged(self, found: dict[str, Any] | None) -> dict[str, Any]:
        """Return the answers in memory and in the file; another notebook might have added some."""
        merged = {rule: list(listed) for rule, listed in (found or {}).items()}
        for rule, listed in self._kept.items():
            there = merged.setdefault(rule, [])
            there.extend(each for each in listed if each not in there)
            there.sort()
            del there[:-_MOST]
        return merged

    def _as_text(self) -> str:
        return json.dumps({"version": VERSION, "reviews": self._kept}, sort_keys=True) + "\n"


def read_drill_file(path: Path) -> dict[str, Any]:
    """Return the answers in a file by rule, each as [time, right].

    Raises `BrokenFile`, `NewerFile`, or `OSError`.
    """
    value = read_versioned(path, DRILL_BYTES, VERSION)
    reviews = value.get("reviews")
    if not isinstance(reviews, dict):
        raise BrokenFile("reviews: must be an object")
    for rule, listed in reviews.items():
        if not (isinstance(listed, list) and all(map(_is_review, listed))):
            raise BrokenFile(f"reviews.{rule[:40]}: isn't a list of answers")
    return reviews


def _is_review(value: Any) -> bool:
    if not (isinstance(value, list) and len(value) == 2 and type(value[0]) is str and type(value[1]) is bool):
        return False
    try:
        _read_time(value[0])
    except ValueError:
        return False
    return True


def _read_time(text: str) -> datetime:
    found = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    if found.year not in _YEARS:
        raise ValueError("the year is out of range")
    return found
