"""The format of a progress file, with functions that read, validate, merge, and convert progress."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from labs_helpers.course.content.numbering import EXERCISE_ID
from labs_helpers.course.learner.kept_file import BrokenFile, NewerFile, read_versioned
from labs_helpers.limits import KEPT_DESIGN_CHARACTERS, PROGRESS_BYTES

VERSION = 3
"""The current version. Version 2 added predictions, answers, and beliefs; version 3 added designs.

Designs are stored with the answers now (labs_helpers.course.learner.answers), which import them from older files.
The learner's ID and the dates of passed exercises were added without a new version, because earlier releases ignore
them.
"""
LEARNER = re.compile(r"[0-9a-f]{16}")
"""A learner's ID: random, without information about the person."""
_ID = re.compile(EXERCISE_ID)
_DAY = re.compile(r"[1-9]")
_PREDICTION = re.compile(r"[1-9]\.[a-z][a-z0-9-]{0,60}")
_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
_STATEMENT = re.compile(r"[1-9][0-9]?")
_EXERCISE = {"passed": bool, "attempts": int, "hints": int, "solution_shown": bool}
_QUIZ = {"best": int, "of": int}
_ANSWER = {"right": int, "wrong": int}


class BrokenProgress(BrokenFile):
    """The error for a file that isn't a progress file for this course. The message states where and why."""


class NewerProgress(BrokenProgress, NewerFile):
    """The error for a progress file from a newer version of the course, which must not be overwritten."""


def empty() -> dict[str, Any]:
    """Return the progress of a learner who has done nothing yet."""
    parts = ("exercises", "quizzes", "predictions", "answers", "beliefs", "designs", "dates")
    return {"learner": "", **{name: {} for name in parts}}


def as_text(progress: Mapping[str, Any]) -> str:
    """Return the text of a progress file that `read_progress` can read."""
    return json.dumps({"version": VERSION, **progress}, indent=1, sort_keys=True) + "\n"


def read_progress(path: Path) -> dict[str, Any]:
    """Return the progress in a file, after checking each entry.

    Raises `BrokenProgress` for an invalid file, `NewerProgress` for a file from a newer version, and `OSError` if the
    file can't be read.
    """
    value = read_versioned(path, PROGRESS_BYTES, VERSION, BrokenProgress, NewerProgress)
    later = {name: value.get(name, {}) for name in ("predictions", "answers", "beliefs", "designs", "dates")}
    learner = value.get("learner", "")
    if learner != "" and not (isinstance(learner, str) and LEARNER.fullmatch(learner)):
        raise BrokenProgress("learner: must be 16 hexadecimal digits")
    return {
        "learner": learner,
        "exercises": _entries(value, "exercises", _ID, _EXERCISE),
        "quizzes": _entries(value, "quizzes", _DAY, _QUIZ),
        "predictions": _checked(later["predictions"], "predictions", _PREDICTION, _is_outcome),
        "answers": _entries(later, "answers", _ID, _ANSWER),
        "beliefs": _checked(later["beliefs"], "beliefs", _DAY, _is_belief),
        "designs": _checked(later["designs"], "designs", _DAY, is_design),
        "dates": _checked(later["dates"], "dates", _ID, _is_date),
    }


def _entries(
    value: dict[str, Any], name: str, key: re.Pattern[str], fields: Mapping[str, type]
) -> dict[str, Any]:
    def good(entry: Any) -> bool:
        """Return True for an entry with exactly the given fields, none of them negative."""
        return (
            isinstance(entry, dict)
            and entry.keys() == fields.keys()
            and all(type(entry[field]) is kind and entry[field] >= 0 for field, kind in fields.items())
        )

    return _checked(value.get(name), name, key, good, f"must have the keys {', '.join(fields)}")


def _checked(
    entries: Any,
    name: str,
    key: re.Pattern[str],
    good: Callable[[Any], bool],
    must: str = "isn't a valid entry",
) -> dict[str, Any]:
    if not isinstance(entries, dict):
        raise BrokenProgress(f"{name}: must be an object")
    for id, entry in entries.items():
        if not (key.fullmatch(id) and good(entry)):
            raise BrokenProgress(f"{name}.{id[:20]}: {must}")
    return entries


def _is_outcome(entry: Any) -> bool:
    return type(entry) is bool


def _is_date(entry: Any) -> bool:
    return type(entry) is str and _DATE.fullmatch(entry) is not None


def _is_belief(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() == {"before", "after"}
        and all(
            isinstance(part, dict)
            and all(
                _STATEMENT.fullmatch(number) and type(sure) is int and abs(sure) <= 2
                for number, sure in part.items()
            )
            for part in entry.values()
        )
    )


def is_design(entry: Any) -> bool:
    """Return True for a dict whose JSON has at most KEPT_DESIGN_CHARACTERS. Its content is checked when it is built."""
    try:
        return isinstance(entry, dict) and len(json.dumps(entry, indent=1)) <= KEPT_DESIGN_CHARACTERS
    except RecursionError:
        return False


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Merge the content of two progress files. For an exercise, quiz, or question in both, the larger values apply.

    A passed exercise stays passed, with the earlier of the two dates. If both have them, the learner's ID, predictions,
    and beliefs come from `one`, and designs come from `other`.
    """
    return {
        "learner": one["learner"] or other["learner"],
        "exercises": _larger(one["exercises"], other["exercises"]),
        "quizzes": best_quizzes(one["quizzes"], other["quizzes"]),
        "predictions": {**other["predictions"], **one["predictions"]},
        "answers": _larger(one["answers"], other["answers"]),
        "beliefs": {
            day: {
                when: {
                    **other["beliefs"].get(day, {}).get(when, {}),
                    **one["beliefs"].get(day, {}).get(when, {}),
                }
                for when in ("before", "after")
            }
            for day in {**other["beliefs"], **one["beliefs"]}
        },
        "designs": {**one["designs"], **other["designs"]},
        "dates": {
            id: min(dates[id] for dates in (one["dates"], other["dates"]) if id in dates)
            for id in {**one["dates"], **other["dates"]}
        },
    }


def _larger(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = dict(one)
    for id, entry in other.items():
        mine = both.get(id, entry)
        both[id] = {field: max(mine[field], value) for field, value in entry.items()}
    return both


def best_quizzes(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the better score for each day's quiz; in a tie, the score of more questions."""
    best = dict(one)
    for day, score in other.items():
        best[day] = max(best.get(day, score), score, key=lambda each: (each["best"], each["of"]))
    return best
