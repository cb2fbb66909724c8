"""A learner's progress: a JSON file next to the notebooks, which is replaced atomically and never discarded.

The file is `aws-security-week-progress.json` in the kernel's working folder (labs_helpers.course.learner.kept_file).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labs_helpers.course.learner import shared_file
from labs_helpers.course.learner.kept_file import KeptFile
from labs_helpers.course.learner.progress_format import (
    BrokenProgress,
    as_text,
    best_quizzes,
    empty,
    merged,
    read_progress,
)
from labs_helpers.course.shown.display import Page

FILE_NAME = "aws-security-week-progress.json"
_UNTOUCHED = {"passed": False, "attempts": 0, "hints": 0, "solution_shown": False}


class Progress(KeptFile):
    """One learner's progress, stored in the file `path`, by default in the current folder.

    The environment variable LABS_PROGRESS names a different file, so that a notebook's test runs don't count as a
    learner's attempts.
    """

    what = "your progress"
    lost = "your progress is lost when this kernel ends"
    elsewhere = " To save it elsewhere, call day.progress().export(path)."

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        chosen = path if path is not None else os.environ.get("LABS_PROGRESS") or FILE_NAME
        self.describe: Callable[[], Page] | None = (
            None  # returns the progress as a page, to show it after a change
        )
        self._released = False  # True if the designs of an older version have been moved
        super().__init__(Path(chosen), empty())

    def _read(self) -> dict[str, Any]:
        return read_progress(self.path)

    def _merged(self, found: dict[str, Any] | None) -> dict[str, Any]:
        both = self._kept if found is None else merged(self._kept, found)
        return {**both, "designs": {}} if self._released else both

    def _as_text(self) -> str:
        return as_text(self._kept)

    # Reading

    def exercise(self, id: str) -> dict[str, Any]:
        """Return an exercise's entry: passed, attempts, hints, and solution_shown."""
        return dict(_UNTOUCHED, **self._kept["exercises"].get(id, {}))

    def passed_on(self, id: str) -> str:
        """Return the date on which an exercise was passed, such as 2027-01-31, or "" if it isn't known."""
        date: str = self._kept["dates"].get(id, "")
        return date

    def quiz(self, day: int) -> dict[str, int] | None:
        """Return the best score in a day's quiz as {"best": …, "of": …}, or None if there is no score."""
        score: dict[str, int] | None = self._kept["quizzes"].get(str(day))
        return score

    def predicted_names(self, day: int) -> dict[str, bool]:
        """Return the predictions that were made on a day, by name: True if the first one was right."""
        start = f"{day}."
        kept = self._kept["predictions"]
        return {name.removeprefix(start): came for name, came in kept.items() if name.startswith(start)}

    def predictions(self, day: int) -> tuple[int, int]:
        """Return the number of correct predictions on a day, and the number of all predictions."""
        outcomes = self.predicted_names(day).values()
        return sum(outcomes), len(outcomes)

    def answers(self) -> dict[str, tuple[int, int]]:
        """Return the numbers of right and wrong answers, by the question's ID ("2.5": day and position in the quiz)."""
        return {id: (entry["right"], entry["wrong"]) for id, entry in self._kept["answers"].items()}

    def beliefs(self, day: int, when: str) -> dict[int, int]:
        """Return how certain the learner is about each of a day's statements.

        The values range from 2 (certain that it is true) to -2 (certain that it is false). `when`: before or after.
        """
        kept = self._kept["beliefs"].get(str(day), {}).get(when, {})
        return {int(number): sure for number, sure in kept.items()}

    @property
    def learner(self) -> str:
        """Return the learner's ID, which determines the values that checks choose; the first call creates it."""
        if not self._kept["learner"]:
            with self._saving():
                self._kept["learner"] = self._kept["learner"] or secrets.token_hex(8)
        learner: str = self._kept["learner"]
        return learner

    def old_designs(self) -> dict[str, Any]:
        """Return the designs, by day, that an older version of the course saved in the progress file."""
        return dict(self._kept["designs"])

    # Writing

    def attempted(self, id: str, passed: bool) -> None:
        """Count an attempt at an exercise, unless the exercise has already been passed."""

        def change(entry: dict[str, Any]) -> None:
            """Change an entry, unless the exercise is passed."""
            if not entry["passed"]:
                entry["attempts"] += 1
                entry["passed"] = passed

        self._change(id, change)
        if passed:
            with self._saving():
                self._kept["dates"].setdefault(id, f"{datetime.now(UTC):%Y-%m-%d}")

    def hinted(self, id: str, number: int) -> None:
        """Count a hint for an exercise, unless the exercise has already been passed."""

        def change(entry: dict[str, Any]) -> None:
            """Change an entry, unless the exercise is passed."""
            if not entry["passed"]:
                entry["hints"] = max(entry["hints"], number)

        self._change(id, change)

    def predicted(self, day: int, name: str, came_true: bool) -> None:
        """Save the outcome of a prediction; only the first outcome counts."""
        with self._saving():
            self._kept["predictions"].setdefault(f"{day}.{name}", came_true)

    def answered(self, outcomes: Mapping[str, bool]) -> None:
        """Count right and wrong answers to questions, by the question's ID ("2.5")."""
        with self._saving():
            for id, right in outcomes.items():
                entry = self._kept["answers"].setdefault(id, {"right": 0, "wrong": 0})
                entry["right" if right else "wrong"] += 1

    def believed(self, day: int, when: str, sure: Mapping[int, int]) -> None:
        """Save how certain the learner is about each of a day's statements.

        The values range from 2 (certain that it is true) to -2 (certain that it is false). `when`: before or after.
        """
        with self._saving():
            entry = self._kept["beliefs"].setdefault(str(day), {"before": {}, "after": {}})
            entry[when] = {str(number): value for number, value in sure.items()}

    def release_designs(self) -> None:
        """Remove the designs that an older version of the course stored here. They are now stored elsewhere."""
        if self._kept["designs"]:
            self._released = True
            with self._saving():
                pass

    def solution_shown(self, id: str) -> None:
        """Record that an exercise's solution was shown."""
        self._change(id, lambda entry: entry.update(solution_shown=True))

    def quizzed(self, day: int, right: int, of: int) -> None:
        """Save the score in a day's quiz; only the best score counts."""
        with self._saving():
            self._kept["quizzes"] = best_quizzes(self._kept["quizzes"], {str(day): {"best": right, "of": of}})

    def _change(self, id: str, change: Any) -> None:
        with self._saving():
            entry = self.exercise(id)
            change(entry)
            self._kept["exercises"][id] = entry

    # Export and import

    def export(self, path: str | os.PathLike[str] | None = None) -> Path | None:
        """Write a copy of the progress for downloading, and return its path.

        By default, the copy has a dated name in the current folder.

        If that fails, print the reason and return None.
        """
        target = (
            Path(path)
            if path is not None
            else Path(f"aws-security-week-progress-{datetime.now(UTC):%Y-%m-%d}.json")
        )
        try:
            shared_file.replace(target.absolute(), as_text(self._kept))
        except OSError as error:
            _say(f"{target} can't be written: {error.strerror}. Choose another path.")
            return None
        _say(
            f"Your progress was copied to {target}. Download it (right-click it in the file browser). To restore it "
            f'later, upload it and call day.progress().bring_back("{target.name}").'
        )
        return target

    def bring_back(self, path: str | os.PathLike[str]) -> bool:
        """Merge the progress from a file that `export` wrote; passed exercises stay passed.

        If that fails, print the reason and return False.
        """
        try:
            brought = read_progress(Path(path))
        except FileNotFoundError:
            _say(f"There is no file {path}. Upload it to the notebooks' folder first.")
            return False
        except (OSError, BrokenProgress) as error:
            _say(f"{path} can't be restored: {_reason(error)}. Nothing was changed.")
            return False
        with self._saving():
            self._kept = merged(self._kept, brought)
            self._released = self._released and not brought["designs"]
        passed = sum(entry["passed"] for entry in self._kept["exercises"].values())
        _say(f"Your progress was restored. Exercises passed in total: {passed}.")
        if self.describe is not None:
            self.describe().show()
        return True

    def whereabouts(self) -> str:
        """Return a sentence that states where the progress is stored: in its file, or only in memory."""
        with self._saving():  # only a save shows if the file can be written
            pass
        if self._unsaved:
            return f"Your progress is only in memory, and is lost when this kernel ends: {self._unsaved}."
        return f"Your progress is saved in {self.path.name}."


def _say(text: str) -> None:
    Page().say(text).show()


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
