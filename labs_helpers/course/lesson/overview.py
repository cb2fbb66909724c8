"""An overview of the course: its days, their notebooks, and the learner's progress on each."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from pathlib import Path

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.loading import exercise_ids, lessons
from labs_helpers.course.content.numbering import WEEKEND, folder_of, title_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.shown.display import clean, show


@dataclass(frozen=True, slots=True)
class Stop:
    """A day, or the weekend, in the overview, with the numbers of its passed checks and of all its checks.

    `notebook` is None if the notebook isn't there.
    """

    day: int
    title: str
    notebook: str | None
    passed: int
    of: int


def stops(progress: Progress, folder: Path) -> list[Stop]:
    """Return the days of the course and the weekend, in order, with the notebooks that are in `folder`."""
    found = []
    for day in lessons():
        ids = exercise_ids(day)
        notebook = next((each.name for each in sorted(folder.glob(f"{folder_of(day)}_*.ipynb"))), None)
        passed = sum(progress.exercise(id)["passed"] for id in ids)
        title = read_json(data_path(folder_of(day), "day.json"))["title"]
        found.append(Stop(day, title, notebook, passed, len(ids)))
    return found


def way(progress: str | os.PathLike[str] | None = None) -> None:
    """Show each day with a link to its notebook in the current folder and the number of checks passed so far.

    The weekend is shown as well, but the total has only the checks of the six days.
    """
    kept = Progress(progress)
    found = stops(kept, Path.cwd())
    lines = [
        f"  {title_of(each.day).lower():<7} {each.passed:>2} of {each.of:>2}  {clean(each.title, 100)}"
        for each in found
    ]
    week = [each for each in found if each.day != WEEKEND]
    total = f"Checks passed: {sum(each.passed for each in week)} of {sum(each.of for each in week)}"
    notices = kept.take_notices()
    show("\n".join([*lines, total, *notices]), _as_html(found, [total, *notices]))


def _as_html(found: list[Stop], lines: list[str]) -> str:
    rows = "".join(
        f"<tr><td>{title_of(each.day)}</td><td>{_link(each)}</td><td>{each.passed} of {each.of}</td></tr>"
        for each in found
    )
    said = "".join(f"<p>{html.escape(clean(line))}</p>" for line in lines)
    return f"<table><tr><th>day</th><th>notebook</th><th>passed</th></tr>{rows}</table>{said}"


def _link(stop: Stop) -> str:
    title = html.escape(clean(stop.title, 100))
    return f'<a href="{html.escape(stop.notebook)}">{title}</a>' if stop.notebook else title
