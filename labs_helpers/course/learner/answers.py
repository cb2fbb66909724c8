"""A learner's correct answers, which stay in force after the check: one JSON file beside the progress file.

The answers are data, such as policies and designs; functions and resources built in the cloud aren't kept, so that
opening a day never runs code from a file. `Day.next_morning` tests the answers against later events, and a company can
be built from them. The learner can take back an answer, or delete the file; every day also works without this file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from labs_helpers.course.learner.kept_file import BrokenFile, KeptFile, NewerFile
from labs_helpers.course.learner.progress import Progress
from labs_helpers.limits import ANSWERS_BYTES, KEPT_ANSWER_CHARACTERS, TooLarge, read_limited

VERSION = 1
SUFFIX = ".answers.json"
"""The end of the file's name. It replaces `.json` at the end of the name of the progress file."""
_ID = re.compile(r"[1-9]\.[1-9][0-9]?")


class Answers(KeptFile):
    """The correct answers in the file beside the progress file: `….answers.json`.

    The latest correct answer to an exercise replaces the earlier one.
    """

    what = "your correct answers"
    lost = "your correct answers are lost when this kernel ends"

    def __init__(self, progress: Progress) -> None:
        super().__init__(progress.path.with_suffix(SUFFIX), {})
        if progress.path.exists() and not progress.path.is_file():
            self._may_write = False  # the progress is on a device or in no file, and its notice says so

    # Reading

    def all(self) -> dict[str, Any]:
        """Return the answers in force by exercise, in the order of the exercises."""
        self._merge_file()
        return dict(sorted(self._kept.items(), key=lambda entry: _number(entry[0])))

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
            self._kept = {**self._kept, id: answer}

    def take_back(self, id: str) -> bool:
        """Remove the answer to an exercise. Returns False if the exercise has no answer in force."""
        if id not in self.all():
            return False
        with self._saving():
            self._kept = {kept: answer for kept, answer in self._kept.items() if kept != id}
        return True

    def delete(self) -> None:
        """Remove all answers and the file. Raises `OSError` if the file can't be deleted."""
        self._kept = {}
        if self._may_write:
            self.path.unlink(missing_ok=True)

    # The file

    def _read(self) -> dict[str, Any]:
        return read_answers(self.path)

    def _merged(self, found: dict[str, Any] | None) -> dict[str, Any]:
        """Return the file's answers, and those in memory only if they could not be saved.

        An answer that another notebook took back, and a file that the learner deleted, don't come back.
        """
        return {**(found or {}), **(self._kept if self._unsaved else {})}

    def _as_text(self) -> str:
        return json.dumps({"version": VERSION, "answers": self._kept}, indent=1, sort_keys=True) + "\n"

    def _check_writable(self) -> None:
        """Check nothing: in a folder that can't be written to, the progress adds the notice."""


def read_answers(path: Path) -> dict[str, Any]:
    """Return the answers in a file by exercise.

    Raises `BrokenFile` for an invalid file, `NewerFile` for a file from a newer version, and `OSError` if the file
    can't be read.
    """
    try:
        value = json.loads(read_limited(path, ANSWERS_BYTES))
    except TooLarge as error:
        raise BrokenFile(f"it {error.problem}") from None
    except (ValueError, RecursionError):
        raise BrokenFile("it isn't JSON") from None
    if not isinstance(value, dict) or type(value.get("version")) is not int:
        raise BrokenFile('it has no "version"')
    if value["version"] > VERSION:
        raise NewerFile(f"was written by a newer version of the course (format {value['version']})")
    answers = value.get("answers")
    if not isinstance(answers, dict):
        raise BrokenFile("answers: must be an object")
    for id, answer in answers.items():
        if not (_ID.fullmatch(id) and _is_answer(answer)):
            raise BrokenFile(f"answers.{id[:20]}: isn't a valid entry")
    return answers


def _is_answer(value: Any) -> bool:
    """Return True for a JSON object, list, or text of at most KEPT_ANSWER_CHARACTERS."""
    try:
        return isinstance(value, dict | list | str) and len(json.dumps(value)) <= KEPT_ANSWER_CHARACTERS
    except RecursionError:
        return False


def _number(id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in id.split("."))
