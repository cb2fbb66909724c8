"""A learner's progress: one JSON file beside the notebooks, written whole or not at all, never thrown away.

The file is `aws-security-week-progress.json` in the folder that the kernel works in. Every save takes in
what another notebook has written meanwhile, goes to a temporary file first, and replaces the old one in one
step. A file that can't be read is kept aside as `….broken`. Where nothing can be written, progress is kept
in memory, and one line says so; every later save tries again, so that a disk with room again loses nothing.
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
    """The progress of one learner. `path` is the file; the default lies in the current folder.

    The variable LABS_PROGRESS names another file: test runs of a notebook must not count as a learner's attempts.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        chosen = path if path is not None else os.environ.get("LABS_PROGRESS") or FILE_NAME
        self.path = Path(chosen).absolute()
        self.notices: list[str] = []  # said once, with the next page that is shown
        self.describe: Callable[[], Page] | None = None  # what shows the progress again after it was changed
        self._kept: dict[str, Any] = empty()
        self._may_write = True
        self._unsaved = ""  # why what is known here is not in the file; empty where it is
        self._take_in_file()
        self._look_whether_it_can_be_written()

    # What there is

    def exercise(self, id: str) -> dict[str, Any]:
        """passed, attempts, hints, solution_shown of one exercise."""
        return dict(_UNTOUCHED, **self._kept["exercises"].get(id, {}))

    def quiz(self, day: int) -> dict[str, int] | None:
        """The best score of a day's quiz as {"best": …, "of": …}, or None."""
        return self._kept["quizzes"].get(str(day))

    def predictions(self, day: int) -> tuple[int, int]:
        """How many predictions of a day came true, of how many."""
        outcomes = [came for name, came in self._kept["predictions"].items() if name.startswith(f"{day}.")]
        return sum(outcomes), len(outcomes)

    def answers(self) -> dict[str, tuple[int, int]]:
        """How often each question of a quiz ("2.5": day and place) was answered right, and how often wrong."""
        return {id: (entry["right"], entry["wrong"]) for id, entry in self._kept["answers"].items()}

    def beliefs(self, day: int, when: str) -> dict[int, int]:
        """How surely each statement of a day was held true (2 surely … -2 surely not), `when`: before or after."""
        kept = self._kept["beliefs"].get(str(day), {}).get(when, {})
        return {int(number): sure for number, sure in kept.items()}

    def design(self, day: int) -> dict[str, Any] | None:
        """What was kept as designed on a day, as data; None if nothing was."""
        return self._kept["designs"].get(str(day))

    # What happens

    def attempted(self, id: str, passed: bool) -> None:
        """Count a try; what follows once an exercise is passed is none."""

        def change(entry: dict[str, Any]) -> None:
            if not entry["passed"]:
                entry["attempts"] += 1
                entry["passed"] = passed

        self._change(id, change)

    def hinted(self, id: str, number: int) -> None:
        """Count a hint, unless the exercise is passed already."""

        def change(entry: dict[str, Any]) -> None:
            if not entry["passed"]:
                entry["hints"] = max(entry["hints"], number)

        self._change(id, change)

    def predicted(self, day: int, name: str, came_true: bool) -> None:
        """Keep how a prediction came out; the first one counts."""
        with self._saving():
            self._kept["predictions"].setdefault(f"{day}.{name}", came_true)

    def answered(self, outcomes: Mapping[str, bool]) -> None:
        """Count answers to questions by their ids ("2.5")."""
        with self._saving():
            for id, right in outcomes.items():
                entry = self._kept["answers"].setdefault(id, {"right": 0, "wrong": 0})
                entry["right" if right else "wrong"] += 1

    def believed(self, day: int, when: str, sure: Mapping[int, int]) -> None:
        """Keep how surely statements were held true, `when`: before or after."""
        with self._saving():
            entry = self._kept["beliefs"].setdefault(str(day), {"before": {}, "after": {}})
            entry[when] = {str(number): value for number, value in sure.items()}

    def designed(self, day: int, design: Mapping[str, Any]) -> None:
        """Keep what was designed on a day, as data, instead of what was kept before. BrokenProgress: too large."""
        if not is_design(dict(design)):
            raise BrokenProgress(f"a design has {KEPT_DESIGN_CHARACTERS:,} characters at most")
        with self._saving():
            self._kept["designs"][str(day)] = dict(design)

    def solution_shown(self, id: str) -> None:
        """Keep that an exercise's solution was looked at."""
        self._change(id, lambda entry: entry.update(solution_shown=True))

    def quizzed(self, day: int, right: int, of: int) -> None:
        """Keep a day's score; the best one counts."""
        with self._saving():
            self._kept["quizzes"] = best_quizzes(self._kept["quizzes"], {str(day): {"best": right, "of": of}})

    def _change(self, id: str, change: Any) -> None:
        with self._saving():
            entry = self.exercise(id)
            change(entry)
            self._kept["exercises"][id] = entry

    # Taking it along

    def export(self, path: str | os.PathLike[str] | None = None) -> Path | None:
        """Write a copy to download, by default under a dated name here. None (and a line) if it can't be."""
        target = (
            Path(path)
            if path is not None
            else Path(f"aws-security-week-progress-{datetime.now(UTC):%Y-%m-%d}.json")
        )
        try:
            shared_file.replace(target.absolute(), as_text(self._kept))
        except OSError as error:
            _say(f"{target} can't be written: {error.strerror}. Name another place.")
            return None
        _say(
            f"Your progress is in {target}. Download it (right-click in the file browser), and later bring it back "
            f'with day.progress().bring_back("{target.name}").'
        )
        return target

    def bring_back(self, path: str | os.PathLike[str]) -> bool:
        """Take in a file that `export` wrote; what is passed stays passed. False (and a line) if it is none."""
        try:
            brought = read_progress(Path(path))
        except FileNotFoundError:
            _say(f"There is no file {path}. Upload it beside the notebooks first.")
            return False
        except (OSError, BrokenProgress) as error:
            _say(f"{path} can't be brought back: {_reason(error)}. Nothing was changed.")
            return False
        with self._saving():
            mine = self._kept["designs"]
            self._kept = merged(self._kept, brought)
            self._kept["designs"] |= mine
        passed = sum(entry["passed"] for entry in self._kept["exercises"].values())
        _say(f"Brought back. Exercises passed in all: {passed}.")
        if self.describe is not None:
            self.describe().show()
        return True

    def whereabouts(self) -> str:
        """Where the progress is kept, in a sentence that is true also where it can't be: saving it tells."""
        with self._saving():
            pass
        if self._unsaved:
            return f"Your progress is kept in memory only, until this kernel ends: {self._unsaved}."
        return f"Your progress is kept in {self.path.name}."

    def take_notices(self) -> list[str]:
        """What has to be told about the file, each once."""
        told, self.notices = self.notices, []
        return told

    # The file

    @contextlib.contextmanager
    def _saving(self) -> Iterator[None]:
        """Take in what others wrote, change, write all: under a lock, so that no notebook undoes another."""
        with shared_file.locked(self.path):
            self._take_in_file()
            yield
            if not self._may_write:
                return
            try:
                shared_file.replace(self.path, as_text(self._kept))
            except OSError as error:
                self._say_unsaved(error.strerror or type(error).__name__)
            else:
                self._say_saved_again()

    def _look_whether_it_can_be_written(self) -> None:
        """Say at once, and not after the first exercise, that this is no place to keep anything."""
        folder = Path(os.path.realpath(self.path)).parent
        if self._may_write and not os.access(folder, os.W_OK):
            gone = not folder.exists()
            self._say_unsaved(os.strerror(errno.ENOENT if gone else errno.EACCES))

    def _say_unsaved(self, why: str) -> None:
        if not self._unsaved:
            self.notices.append(
                f"{self.path.name} can't be written here ({why}): your progress lasts until this kernel ends, "
                "unless a later try succeeds. day.progress().export(path) saves it elsewhere."
            )
        self._unsaved = f"{self.path.name} can't be written ({why})"

    def _say_saved_again(self) -> None:
        if self._unsaved:
            self.notices.append(f"{self.path.name} can be written again: all your progress is in it.")
        self._unsaved = ""

    def _take_in_file(self) -> None:
        if not self._may_write:
            return
        if self.path.exists() and not self.path.is_file():
            # A device or a folder: moving it aside, or writing over it, would break the machine.
            self._keep_in_memory(
                f"{self.path.name} is no file: your progress lasts until this kernel ends.",
                f"{self.path.name} is no file",
            )
            return
        try:
            self._kept = merged(self._kept, shared_file.patiently(lambda: read_progress(self.path)))
        except FileNotFoundError:
            return
        except NewerProgress as error:
            self._keep_in_memory(
                f"{self.path.name} {error}; it is left as it is, and today's progress is not saved.",
                f"{self.path.name} {error}",
            )
        except BrokenProgress as error:
            self._keep_aside(str(error))
        except OSError as error:
            self._keep_in_memory(
                f"{self.path.name} can't be read here ({error.strerror}): your progress lasts until "
                "this kernel ends.",
                f"{self.path.name} can't be read",
            )

    def _keep_aside(self, problem: str) -> None:
        aside = shared_file.free_name(self.path.with_name(self.path.name + ".broken"))
        try:
            os.replace(self.path, aside)
        except OSError:
            self._keep_in_memory(
                f"{self.path.name} is broken ({problem}) and can't be moved: nothing is saved.",
                f"{self.path.name} is broken and can't be moved",
            )
            return
        self.notices.append(
            f"{self.path.name} could not be read ({problem}). It is kept as {aside.name}, and a new "
            "file is begun."
        )

    def _keep_in_memory(self, notice: str, why: str) -> None:
        """Write no more: what lies there is not ours to write over. `why`: in few words, for every later page."""
        self._may_write, self._unsaved = False, why
        self.notices.append(notice)

    def __repr__(self) -> str:
        return f"Progress({self.path.name!r})"

    def _ipython_display_(self) -> None:
        """Day.progress() has shown it already."""


def _say(text: str) -> None:
    Page().say(text).show()


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
