"""A learner's correct answers, which stay in force after the check: one JSON file next to the progress file.

The answers are data, such as policies and designs; functions and what was built in the cloud aren't kept, so that
opening a day never runs code from a file. `Day.next_morning` tests the answers against later events, and Day 6 builds
the learner's company from them. The file also contains the designs that the learner saved, and what the last scoreboard
showed for the company. The learner can take back an answer, or delete the file; a day works the same without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs_helpers.course.content.loading import lessons
from labs_helpers.course.content.numbering import EXERCISE_ID, lesson_of, place_of
from labs_helpers.course.learner.kept_file import BrokenFile, KeptFile, read_versioned
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.learner.progress_format import is_design
from labs_helpers.limits import ANSWERS_BYTES, KEPT_ANSWER_CHARACTERS

VERSION = 2
"""The current version. Version 2 added designs and the result of the scoreboard."""
SUFFIX = ".answers.json"
"""The end of the file's name. It replaces `.json` at the end of the name of the progress file."""
_ID = re.compile(EXERCISE_ID)
_DAY = re.compile(r"[1-9]")
_SHOWN = {"yours": int, "of": int, "green": int, "probes": int, "date": str}
"""The entries of a scoreboard's result."""


class Answers(KeptFile):
    """The correct answers in the file next to the progress file: `….answers.json`.

    The latest correct answer to an exercise replaces the earlier one.
    """

    what = "your correct answers"
    lost = "your correct answers are lost when this kernel ends"

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        super().__init__(progress.path.with_suffix(SUFFIX), _empty())
        if progress.path.exists() and not progress.path.is_file():
            self._may_write = False  # the progress is on a device or in no file, and its notice says so

    # Reading

    def all(self) -> dict[str, Any]:
        """Return the answers in force by exercise, in the order of the exercises."""
        self._merge_file()
        return dict(sorted(self._kept["answers"].items(), key=lambda entry: place_of(entry[0])))

    def as_printed(self) -> dict[str, Any]:
        """Return the answers in force. In a class with a seed, the printed facts replace the learner's own facts."""
        from labs_helpers.course.grading.class_seed import class_seed
        from labs_helpers.course.grading.exercise_loading import load

        answers, seed = self.all(), class_seed()
        if not seed:
            return answers
        learner = self._progress.learner
        known = {id: load(lesson_of(id)).get(id) for id in answers if lesson_of(id) in lessons()}
        return {
            id: answer if exercise is None else exercise.facts(seed, learner).backward()(answer)
            for id, answer in answers.items()
            for exercise in [known.get(id)]
        }

    def design(self, day: int) -> dict[str, Any] | None:
        """Return the design that the learner saved on a day, or None."""
        self._take_over_designs()
        self._merge_file()
        design: dict[str, Any] | None = self._kept["designs"].get(str(day))
        return design

    def shown(self) -> dict[str, Any]:
        """Return the last scoreboard's result for the company that is built from the answers in force, or {}.

        The entries are `yours`, `of`, `green`, `probes`, and `date`.
        """
        self._merge_file()
        return dict(self._kept["shown"])

    # Writing

    def keep(self, id: str, answer: Any) -> None:
        """Put a correct answer in force.

        An answer that is too large for the file isn't kept, and a notice explains this.
        """
        if not _is_answer(answer):
            self.notices.append(
                f"Your answer to {id} has more than {KEPT_ANSWER_CHARACTERS:,} characters as JSON, so it isn't kept."
            )
            return
        with self._saving():
            if self._kept["answers"].get(id) != answer:
                self._kept["shown"] = {}
            self._kept["answers"][id] = answer

    def take_back(self, id: str) -> bool:
        """Remove the answer to an exercise. Returns False if the exercise has no answer in force."""
        if id not in self.all():
            return False
        with self._saving():
            self._kept["answers"].pop(id, None)
            self._kept["shown"] = {}
        return True

    def keep_design(self, day: int, design: dict[str, Any]) -> bool:
        """Save a design of a day, replacing any earlier one. Returns False if it is too large."""
        if not is_design(design):
            return False
        with self._saving():
            self._kept["designs"][str(day)] = design
        return True

    def keep_shown(self, yours: int, of: int, green: int, probes: int, date: str) -> None:
        """Save a scoreboard's result for the company that is built from the answers in force."""
        with self._saving():
            self._kept["shown"] = {
                "yours": yours, "of": of, "green": green, "probes": probes, "date": date
            }  # fmt: skip

    def delete(self) -> None:
        """Remove all answers and designs, and the file. Raises `OSError` if the file can't be deleted."""
        self._progress.release_designs()
        self._kept = _empty()
        if self._may_write:
            self.path.unlink(missing_ok=True)

    @property
    def is_saved(self) -> bool:
        """Return True if the file has everything, and nothing is only in memory."""
        return not self._unsaved

    def saved_where(self, what: str = "It") -> str:
        """Return a sentence that states where the answers and designs are stored: in their file, or only in memory."""
        if self._unsaved:
            return f"{what} is only in memory, and is lost when this kernel ends: {self._unsaved}."
        return f"{what} is saved in {self.path.name}."

    def _take_over_designs(self) -> None:
        """Move the designs of a progress file of an older version here, unless there are newer ones."""
        old = self._progress.old_designs()
        if not old:
            return
        with self._saving():
            self._kept["designs"] = {**old, **self._kept["designs"]}
        if not self._unsaved:
            self._progress.release_designs()

    # The file

    def _read(self) -> dict[str, Any]:
        return _read_file(self.path)

    def _merged(self, found: dict[str, Any] | None) -> dict[str, Any]:
        """Return the file's content and, only if it could not be saved, the content in memory.

        An answer that another notebook took back, and a file that the learner deleted, don't come back.
        """
        found = found or _empty()
        if not self._unsaved:
            return found
        return {name: {**found[name], **kept} for name, kept in self._kept.items()}

    def _as_text(self) -> str:
        parts = {name: part for name, part in self._kept.items() if part or name == "answers"}
        return json.dumps({"version": VERSION, **parts}, indent=1, sort_keys=True) + "\n"

    def _check_writable(self) -> None:
        """Do nothing: if the folder can't be written to, `Progress` adds the notice."""


def read_answers(path: Path) -> dict[str, Any]:
    """Return the answers in a file by exercise. Raises `BrokenFile`, `NewerFile`, or `OSError`."""
    answers: dict[str, Any] = _read_file(path)["answers"]
    return answers


def _empty() -> dict[str, Any]:
    return {"answers": {}, "designs": {}, "shown": {}}


def _read_file(path: Path) -> dict[str, Any]:
    value = read_versioned(path, ANSWERS_BYTES, VERSION)
    if "answers" not in value:
        raise BrokenFile("answers: must be an object")
    parts = {name: value.get(name, {}) for name in _empty()}
    for name, (key, is_valid) in _ENTRIES.items():
        _check_entries(name, parts[name], key, is_valid)
    if parts["shown"] != {} and not _is_shown(parts["shown"]):
        raise BrokenFile("shown: isn't a valid entry")
    return parts


def _check_entries(name: str, part: Any, key: re.Pattern[str], is_valid: Callable[[Any], bool]) -> None:
    if not isinstance(part, dict):
        raise BrokenFile(f"{name}: must be an object")
    for id, entry in part.items():
        if not (key.fullmatch(id) and is_valid(entry)):
            raise BrokenFile(f"{name}.{id[:20]}: isn't a valid entry")


def _is_shown(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _SHOWN.keys()
        and all(
            type(value[name]) is kind and (kind is str or value[name] >= 0) for name, kind in _SHOWN.items()
        )
    )


def _is_answer(value: Any) -> bool:
    """Return True for a JSON object, list, or text of at most KEPT_ANSWER_CHARACTERS."""
    try:
        return isinstance(value, dict | list | str) and len(json.dumps(value)) <= KEPT_ANSWER_CHARACTERS
    except RecursionError:
        return False


_ENTRIES = {"answers": (_ID, _is_answer), "designs": (_DAY, is_design)}
"""The keys and the entries of a file's parts."""
