"""Submissions: notebooks and progress files by learner."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs_helpers.course.content.numbering import EXERCISE_ID, WEEKEND, lesson_of
from labs_helpers.course.learner.answers import SUFFIX as ANSWERS
from labs_helpers.course.learner.progress_format import BrokenProgress, read_progress
from labs_helpers.limits import NOTEBOOK_BYTES, TooLarge, read_limited

_OPENS_A_DAY = re.compile(r"open_(?:day\(\s*([1-9])|weekend\()")
_CHECKS = re.compile(rf"""\.check\(\s*["']({EXERCISE_ID})["']""")


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell; `number` is its position among the notebook's code cells, from 0."""

    number: int
    source: str

    @property
    def checks(self) -> tuple[str, ...]:
        """Return the IDs of the exercises that the cell checks, if the code contains these IDs."""
        return tuple(dict.fromkeys(_CHECKS.findall(self.source)))


@dataclass(frozen=True, slots=True)
class Notebook:
    """A day's notebook."""

    path: Path
    day: int
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class Submission:
    """The files that one learner submitted.

    `learner_id`: the ID in the progress file, which determines the values that the learner's checks used; "" without a
    file. `claimed`: exercises that a progress file lists as passed, with the file. `faults`: files that could not be
    read, and why. Files are never changed.
    """

    learner: str
    learner_id: str = ""
    notebooks: list[Notebook] = field(default_factory=list)
    claimed: dict[str, Path] = field(default_factory=dict)
    progress_days: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def read_submissions(folder: Path) -> list[Submission]:
    """Return the submissions in `folder`, sorted by learner. Each learner has a folder or a file in it.

    Raises `FileNotFoundError` if `folder` is not a folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} isn't a folder")
    learners: dict[str, Submission] = {}
    seen: dict[str, str] = {}
    for path in _files(folder):
        first = path.relative_to(folder).parts[0]
        learner = first.rsplit(".", 1)[0] if first == path.name else first
        work = learners.setdefault(learner, Submission(learner))
        try:
            raw = read_limited(path, NOTEBOOK_BYTES)
            (add_notebook if path.suffix == ".ipynb" else _add_progress)(work, path, raw)
        except TooLarge as error:
            work.faults.append(f"{path.name}: {error.problem}")
            continue
        except (ValueError, OSError, RecursionError, BrokenProgress) as error:
            work.faults.append(f"{path.name}: {error}")
            continue
        other = seen.setdefault(hashlib.sha256(raw).hexdigest(), learner)
        if other != learner:
            work.faults.append(f"{path.name}: identical to the file that {other} submitted")
    _report_shared_ids(learners.values())
    for each in folder.iterdir():
        if each.is_dir() and each.name not in learners and not each.name.startswith("."):
            learners[each.name] = Submission(
                each.name, faults=["the folder contains no notebook and no progress file"]
            )
    return [learners[name] for name in sorted(learners)]


def _report_shared_ids(works: Iterable[Submission]) -> None:
    """Add a fault to each submission whose progress file has the same ID as an earlier submission's."""
    owners: dict[str, str] = {}
    for work in works:
        owner = owners.setdefault(work.learner_id, work.learner) if work.learner_id else work.learner
        if owner != work.learner:
            work.faults.append(f"the progress file is a copy of {owner}'s: it has the same learner ID")


def _files(folder: Path) -> Iterator[Path]:
    """Yield the notebooks and progress files, but no answer files: answers are graded in their notebooks."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        of_answers = path.name.endswith(ANSWERS)
        if path.suffix in (".ipynb", ".json") and path.is_file() and not (hidden or of_answers):
            yield path


def add_notebook(work: Submission, path: Path, raw: bytes) -> None:
    """Add a notebook to a submission. Raises `ValueError` for a file that isn't a day's notebook."""
    try:
        sources = [_source(cell) for cell in json.loads(raw)["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("isn't a notebook, or is incomplete") from None
    opened = next((found for source in sources if (found := _OPENS_A_DAY.search(source))), None)
    if opened is None:
        raise ValueError("doesn't open a day of this course (open_day or open_weekend)")
    cells = tuple(Cell(number, source) for number, source in enumerate(sources))
    work.notebooks.append(Notebook(path, int(opened[1] or WEEKEND), cells))


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)  # a list of lines


def _add_progress(work: Submission, path: Path, raw: bytes) -> None:
    kept = read_progress(path)
    work.learner_id = work.learner_id or kept["learner"]
    for id, entry in kept["exercises"].items():
        work.progress_days.add(lesson_of(id))
        if entry["passed"]:
            work.claimed.setdefault(id, path)
