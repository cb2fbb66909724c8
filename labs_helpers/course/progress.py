"""A learner's progress: one JSON file beside the notebooks, written whole or not at all, never thrown away.

The file is `aws-security-week-progress.json` in the folder that the kernel works in. Every save takes in
what another notebook has written meanwhile, goes to a temporary file first, and replaces the old one in one
step. A file that can't be read is kept aside as `….broken`. Where nothing can be written, progress is kept
in memory, and one line says so; every later save tries again, so that a disk with room again loses nothing.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from labs_helpers.course.display import Page

FILE_NAME = "aws-security-week-progress.json"
VERSION = 3
"""2 keeps predictions, answers and beliefs as well, 3 what was designed; files of earlier versions are taken in."""
LARGEST = 1_000_000
LARGEST_DESIGN = 300_000
LOCK_SECONDS = 2.0
PATIENCE_SECONDS = 0.5
"""Longer than a virus scanner, or what copies a folder to a cloud, has a small file open."""
Outcome = TypeVar("Outcome")
_ID = re.compile(r"[1-9]\.[1-9][0-9]?")
_DAY = re.compile(r"[1-9]")
_PREDICTION = re.compile(r"[1-9]\.[a-z][a-z0-9-]{0,60}")
_STATEMENT = re.compile(r"[1-9][0-9]?")
_EXERCISE = {"passed": bool, "attempts": int, "hints": int, "solution_shown": bool}
_QUIZ = {"best": int, "of": int}
_ANSWER = {"right": int, "wrong": int}


class BrokenProgress(Exception):
    """A file that is no progress of this course. The text says where and why."""


class Progress:
    """The progress of one learner. `path` is the file; the default lies in the current folder.

    The variable LABS_PROGRESS names another file: test runs of a notebook must not count as a learner's attempts.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        chosen = path if path is not None else os.environ.get("LABS_PROGRESS") or FILE_NAME
        self.path = Path(chosen).absolute()
        self.notices: list[str] = []  # said once, with the next page that is shown
        self.describe: Callable[[], Page] | None = None  # what shows the progress again after it was changed
        self._kept: dict[str, Any] = {name: {} for name in _SECTIONS}
        self._may_write = True
        self._unsaved = ""  # why what is known here is not in the file; empty where it is
        self._take_in_file()
        self._look_whether_it_can_be_written()

    # What there is

    def exercise(self, id: str) -> dict[str, Any]:
        """passed, attempts, hints, solution_shown of one exercise."""
        return dict(_EMPTY, **self._kept["exercises"].get(id, {}))

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
        if not _is_design(dict(design)):
            raise BrokenProgress(f"a design has {LARGEST_DESIGN:,} characters at most")
        with self._saving():
            self._kept["designs"][str(day)] = dict(design)

    def solution_shown(self, id: str) -> None:
        self._change(id, lambda entry: entry.update(solution_shown=True))

    def quizzed(self, day: int, right: int, of: int) -> None:
        with self._saving():
            self._kept["quizzes"] = _merged_quizzes(
                self._kept["quizzes"], {str(day): {"best": right, "of": of}}
            )

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
            _write(target.absolute(), self._as_text())
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
            self._kept = _merged(self._kept, brought)
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
        with _lock(self.path):
            self._take_in_file()
            yield
            if not self._may_write:
                return
            try:
                _write(self.path, self._as_text())
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
            self._kept = _merged(self._kept, _patiently(lambda: read_progress(self.path)))
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
        aside = _free_name(self.path.with_name(self.path.name + ".broken"))
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

    def _as_text(self) -> str:
        return json.dumps({"version": VERSION, **self._kept}, indent=1, sort_keys=True) + "\n"

    def __repr__(self) -> str:
        return f"Progress({self.path.name!r})"

    def _ipython_display_(self) -> None:
        """Day.progress() has shown it already."""


class NewerProgress(BrokenProgress):
    """Written by a later edition: not ours to change."""


_SECTIONS = ("exercises", "quizzes", "predictions", "answers", "beliefs", "designs")
_EMPTY = {"passed": False, "attempts": 0, "hints": 0, "solution_shown": False}


def _say(text: str) -> None:
    Page().say(text).show()


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)


def read_progress(path: Path) -> dict[str, Any]:
    """The progress in a file. BrokenProgress, NewerProgress or OSError if there is none in it."""
    with open(path, "rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise BrokenProgress(f"it has more than {LARGEST:,} bytes")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise BrokenProgress("it is no JSON") from None
    if not isinstance(value, dict) or type(value.get("version")) is not int:
        raise BrokenProgress('it has no "version"')
    if value["version"] > VERSION:
        raise NewerProgress(f"was written by a later edition (version {value['version']})")
    later = {name: value.get(name, {}) for name in ("predictions", "answers", "beliefs", "designs")}
    return {
        "exercises": _entries(value, "exercises", _ID, _EXERCISE),
        "quizzes": _entries(value, "quizzes", _DAY, _QUIZ),
        "predictions": _checked(later["predictions"], "predictions", _PREDICTION, _is_outcome),
        "answers": _entries(later, "answers", _ID, _ANSWER),
        "beliefs": _checked(later["beliefs"], "beliefs", _DAY, _is_belief),
        "designs": _checked(later["designs"], "designs", _DAY, _is_design),
    }


def _entries(
    value: dict[str, Any], name: str, key: re.Pattern[str], fields: Mapping[str, type]
) -> dict[str, Any]:
    def good(entry: Any) -> bool:
        return (
            isinstance(entry, dict)
            and entry.keys() == fields.keys()
            and all(type(entry[field]) is kind and entry[field] >= 0 for field, kind in fields.items())
        )

    return _checked(value.get(name), name, key, good, f"must have {', '.join(fields)}")


def _checked(
    entries: Any, name: str, key: re.Pattern[str], good: Callable[[Any], bool], must: str = "is no such entry"
) -> dict[str, Any]:
    if not isinstance(entries, dict):
        raise BrokenProgress(f"{name}: must be an object")
    for id, entry in entries.items():
        if not (key.fullmatch(id) and good(entry)):
            raise BrokenProgress(f"{name}.{id[:20]}: {must}")
    return entries


def _is_outcome(entry: Any) -> bool:
    return type(entry) is bool


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


def _is_design(entry: Any) -> bool:
    """Whether it can be kept; what is in it, whoever builds it will look at."""
    try:
        return isinstance(entry, dict) and len(json.dumps(entry, indent=1)) <= LARGEST_DESIGN
    except RecursionError:
        return False


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Both, and where both know an exercise the larger of each: nothing passed is undone.

    What this kernel knows of predictions and beliefs wins; of answers the larger counts; of designs the other's.
    """
    return {
        "exercises": _larger(one["exercises"], other["exercises"]),
        "quizzes": _merged_quizzes(one["quizzes"], other["quizzes"]),
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
    }


def _larger(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for id, entry in other.items():
        mine = merged.get(id, entry)
        merged[id] = {field: max(mine[field], value) for field, value in entry.items()}
    return merged


def _merged_quizzes(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    best = dict(one)
    for day, score in other.items():
        if day not in best or score["best"] > best[day]["best"]:
            best[day] = score
    return best


def _write(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step: a reader finds the old file or the new one, never half of it."""
    path = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):  # a share may know no modes
            os.chmod(name, 0o644)
        _patiently(lambda: os.replace(name, path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _patiently(attempt: Callable[[], Outcome]) -> Outcome:
    """What `attempt` gives. Windows says "access denied" of a file that another program has open at that moment."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except PermissionError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


def _free_name(path: Path) -> Path:
    for number in range(2, 1000):
        if not path.exists():
            break
        path = path.with_name(f"{path.name.rsplit('-', 1)[0] if number > 2 else path.name}-{number}")
    return path


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock file. One that stays longer than anybody's write takes was left by a kernel that died."""
    lock = path.with_name(f".{path.name}.lock")
    end = time.monotonic() + LOCK_SECONDS
    held = False
    while not held:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            held = True
        except FileExistsError:
            if time.monotonic() > end:
                break
            time.sleep(0.02)
        except PermissionError:  # Windows says it of a file that is just being removed
            if time.monotonic() > end or not os.access(lock.parent, os.W_OK):
                break
            time.sleep(0.02)
        except OSError:  # no folder, a full disk: the write itself will say so
            break
    try:
        yield
    finally:
        if held or time.monotonic() > end:
            with contextlib.suppress(OSError):
                os.unlink(lock)
