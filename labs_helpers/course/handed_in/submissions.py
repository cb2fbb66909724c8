"""What was handed in: notebooks and progress files, by learner."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from labs_helpers.course.learner.progress_format import BrokenProgress, read_progress

LARGEST = 20_000_000
"""Bytes of a notebook."""
_OPENS_A_DAY = re.compile(r"open_day\(\s*([1-9])")
_CHECKS = re.compile(r"""\.check\(\s*["']([1-9]\.[1-9][0-9]?)["']""")


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its place among all code cells, from 0."""

    number: int
    source: str

    @property
    def checks(self) -> tuple[str, ...]:
        """The exercises that it checks, as far as it names them."""
        return tuple(dict.fromkeys(_CHECKS.findall(self.source)))


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of a day."""

    path: Path
    day: int
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class HandedIn:
    """What one learner handed in. `claimed`: the exercises that a progress file says are passed, with its file.
    `faults`: what could not be read, and why; it stays where it is, untouched."""

    learner: str
    notebooks: list[Notebook] = field(default_factory=list)
    claimed: dict[str, Path] = field(default_factory=dict)
    progress_days: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def handed_in(folder: Path) -> list[HandedIn]:
    """By learner, in order of names: a folder of `folder` each, or a file each. FileNotFoundError if it is none."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is no folder")
    learners: dict[str, HandedIn] = {}
    seen: dict[str, str] = {}
    for path in _files(folder):
        first = path.relative_to(folder).parts[0]
        learner = first.rsplit(".", 1)[0] if first == path.name else first
        work = learners.setdefault(learner, HandedIn(learner))
        try:
            raw = _bytes(path)
            (take_notebook if path.suffix == ".ipynb" else _take_progress)(work, path, raw)
        except (ValueError, OSError, RecursionError, BrokenProgress) as error:
            work.faults.append(f"{path.name}: {error}")
            continue
        other = seen.setdefault(hashlib.sha256(raw).hexdigest(), learner)
        if other != learner:
            work.faults.append(f"{path.name}: byte for byte the file that {other} handed in")
    for each in folder.iterdir():
        if each.is_dir() and each.name not in learners and not each.name.startswith("."):
            learners[each.name] = HandedIn(each.name, faults=["there is no notebook and no progress file"])
    return [learners[name] for name in sorted(learners)]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in (".ipynb", ".json") and path.is_file() and not hidden:
            yield path


def _bytes(path: Path) -> bytes:
    with open(path, "rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ValueError(f"has more than {LARGEST:,} bytes")
    return raw


def take_notebook(work: HandedIn, path: Path, raw: bytes) -> None:
    try:
        sources = [_source(cell) for cell in json.loads(raw)["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("is no notebook: it is cut, or something else") from None
    opened = next((found for source in sources if (found := _OPENS_A_DAY.search(source))), None)
    if opened is None:
        raise ValueError("opens no day of this course (open_day)")
    cells = tuple(Cell(number, source) for number, source in enumerate(sources))
    work.notebooks.append(Notebook(path, int(opened[1]), cells))


def _source(cell: dict[str, object]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)  # type: ignore[arg-type]  # a list of lines


def _take_progress(work: HandedIn, path: Path, raw: bytes) -> None:
    kept = read_progress(path)
    for id, entry in kept["exercises"].items():
        work.progress_days.add(int(id.partition(".")[0]))
        if entry["passed"]:
            work.claimed.setdefault(id, path)
