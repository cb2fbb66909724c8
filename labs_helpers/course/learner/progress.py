"""A learner's progress: a JSON file next to the notebooks, which is replaced atomically and never discarded.

The file is `aws-security-week-progress.json` in the kernel's working folder. Every save merges what another notebook
has written since then, writes a temporary file, and replaces the old file in one step. A file that can't be read is
renamed to `….broken`. If the file can't be written, the progress stays in memory, and a notice is shown. Every later
save tries again, so nothing is lost once the disk has room.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labs_helpers.course.learner import shared_file
from labs_helpers.course.learner.progress_format import (
    BrokenProgress,
    NewerProgress,
    as_text,
    best_quizzes,
    empty,
    is_design,
    merged,
    read_progress,
)
from labs_helpers.course.shown.display import Page
from labs_helpers.limits import KEPT_DESIGN_CHARACTERS

FILE_NAME = "aws-security-week-progress.json"
_UNTOUCHED = {"passed": False, "attempts": 0, "hints": 0, "solution_shown": False}


class Progress:
    """One learner's progress, stored in the file `path`, by default in the current folder.

    The environment variable LABS_PROGRESS names a different file, so that a notebook's test runs don't count as a
    learner's attempts.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        chosen = path if path is not None else os.environ.get("LABS_PROGRESS") or FILE_NAME
        self.path = Path(chosen).absolute()
        self.notices: list[str] = []  # shown once, with the next page
        self.describe: Callable[[], Page] | None = (
            None  # returns the progress as a page, to show it after a change
        )
        self._kept: dict[str, Any] = empty()
        self._may_write = True
        self._unsaved = ""  # the reason why the file lacks part of the progress, or empty
        self._merge_file()
        self._check_writable()

    # Reading

    def exercise(self, id: str) -> dict[str, Any]:
        """Return an exercise's entry: passed, attempts, hints, and solution_shown."""
        return dict(_UNTOUCHED, **self._kept["exercises"].get(id, {}))

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
        """Return the learner's certainty about each of a day's statements, from 2 (surely true) to -2 (surely false).

        `when`: before or after.
        """
        kept = self._kept["beliefs"].get(str(day), {}).get(when, {})
        return {int(number): sure for number, sure in kept.items()}

    def design(self, day: int) -> dict[str, Any] | None:
        """Return a day's saved design, as JSON values, or None if no design is saved."""
        design: dict[str, Any] | None = self._kept["designs"].get(str(day))
        return design

    # Writing

    def attempted(self, id: str, passed: bool) -> None:
        """Count an attempt, unless the exercise has already been passed."""

        def change(entry: dict[str, Any]) -> None:
            """Change an entry, unless the exercise is passed."""
            if not entry["passed"]:
                entry["attempts"] += 1
                entry["passed"] = passed

        self._change(id, change)

    def hinted(self, id: str, number: int) -> None:
        """Count a hint, unless the exercise has already been passed."""

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
        """Save the learner's certainty about each of a day's statements, from 2 (surely true) to -2 (surely false).

        `when`: before or after.
        """
        with self._saving():
            entry = self._kept["beliefs"].setdefault(str(day), {"before": {}, "after": {}})
            entry[when] = {str(number): value for number, value in sure.items()}

    def designed(self, day: int, design: Mapping[str, Any]) -> None:
        """Save a day's design, replacing any earlier design. Raises `BrokenProgress` if the design is too large."""
        if not is_design(dict(design)):
            raise BrokenProgress(
                f"the design is longer than {KEPT_DESIGN_CHARACTERS:,} characters, the limit"
            )
        with self._saving():
            self._kept["designs"][str(day)] = dict(design)

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

    # Taking it along

    def export(self, path: str | os.PathLike[str] | None = None) -> Path | None:
        """Write a copy of the progress to download, and return its path.

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
            mine = self._kept["designs"]
            self._kept = merged(self._kept, brought)
            self._kept["designs"] |= mine
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

    def take_notices(self) -> list[str]:
        """Return the notices about the progress file that haven't been shown yet. Each notice is returned only once."""
        notices, self.notices = self.notices, []
        return notices

    # The file

    @contextlib.contextmanager
    def _saving(self) -> Iterator[None]:
        """Merge the file, run the block, and write everything, under a lock so that no notebook undoes another."""
        with shared_file.locked(self.path):
            self._merge_file()
            yield
            if not self._may_write:
                return
            try:
                shared_file.replace(self.path, as_text(self._kept))
            except OSError as error:
                self._note_unsaved(error.strerror or type(error).__name__)
            else:
                self._note_saved()

    def _check_writable(self) -> None:
        """Add a notice at once, and not after the first exercise, if the folder can't be written to."""
        folder = Path(os.path.realpath(self.path)).parent
        if self._may_write and not os.access(folder, os.W_OK):
            gone = not folder.exists()
            self._note_unsaved(os.strerror(errno.ENOENT if gone else errno.EACCES))

    def _note_unsaved(self, why: str) -> None:
        """Add a notice that the file can't be written, unless one was added already."""
        if not self._unsaved:
            self.notices.append(
                f"{self.path.name} can't be written here ({why}): your progress is lost when this kernel ends, "
                "unless a later save succeeds. To save it elsewhere, call day.progress().export(path)."
            )
        self._unsaved = f"{self.path.name} can't be written ({why})"

    def _note_saved(self) -> None:
        """Add a notice that the file can be written, if it could not be written before."""
        if self._unsaved:
            self.notices.append(f"{self.path.name} can be written again, and contains all your progress.")
        self._unsaved = ""

    def _merge_file(self) -> None:
        """Merge the progress in the file into this one, and add a notice if the file can't be used."""
        if not self._may_write:
            return
        if self.path.exists() and not self.path.is_file():
            # Moving or overwriting a device or a folder would damage the machine.
            self._keep_in_memory(
                f"{self.path.name} isn't a file: your progress is lost when this kernel ends.",
                f"{self.path.name} isn't a file",
            )
            return
        try:
            self._kept = merged(self._kept, shared_file.retried(lambda: read_progress(self.path)))
        except FileNotFoundError:
            return
        except NewerProgress as error:
            self._keep_in_memory(
                f"{self.path.name} {error}. The file stays unchanged, and today's progress is not saved.",
                f"{self.path.name} {error}",
            )
        except BrokenProgress as error:
            self._move_aside(str(error))
        except OSError as error:
            self._keep_in_memory(
                f"{self.path.name} can't be read here ({error.strerror}): your progress is lost when "
                "this kernel ends.",
                f"{self.path.name} can't be read",
            )

    def _move_aside(self, problem: str) -> None:
        """Rename a broken file, so that nothing in it is lost when a new one is written."""
        aside = shared_file.free_name(self.path.with_name(self.path.name + ".broken"))
        try:
            os.replace(self.path, aside)
        except OSError:
            self._keep_in_memory(
                f"{self.path.name} is broken ({problem}) and can't be renamed: nothing is saved.",
                f"{self.path.name} is broken and can't be renamed",
            )
            return
        self.notices.append(
            f"{self.path.name} couldn't be read ({problem}). It was renamed to {aside.name}, and a new "
            "file was started."
        )

    def _keep_in_memory(self, notice: str, why: str) -> None:
        """Stop writing: what is at the path must not be overwritten. `why`: a few words for every later page."""
        self._may_write, self._unsaved = False, why
        self.notices.append(notice)

    def __repr__(self) -> str:
        return f"Progress({self.path.name!r})"

    def _ipython_display_(self) -> None:
        """Show nothing as a cell's last value: Day.progress() has shown the progress already."""


def _say(text: str) -> None:
    Page().say(text).show()


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
