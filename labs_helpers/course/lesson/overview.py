"""The course's home: its days with links to their notebooks, the learner's progress on each, and what comes next."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.loading import exercise_ids, exercise_title, lessons
from labs_helpers.course.content.numbering import WEEKEND, folder_of, title_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.shown.display import clean, show
from labs_helpers.course.shown.look import Verdict, chip, escaped, framed

_STYLE = """<style>
.labs .home { display: grid; grid-template-columns: repeat(auto-fill, minmax(15em, 1fr)); gap: .7em; list-style: none;
  margin: .5em 0; padding: 0; }
.labs .home li { margin: 0; padding: .6em .8em; border: 1px solid var(--labs-edge); border-radius: .6em; }
.labs .home li.here { border-width: 3px; border-color: var(--labs-calm); }
.labs .home a { font-weight: bold; text-decoration: underline; }
.labs .home p { display: flex; gap: .5em; align-items: center; }
.labs .ring { width: 2.6em; height: 2.6em; flex: none; transform: rotate(-90deg); }
.labs .ring circle { fill: none; stroke-width: 5; stroke: var(--labs-line); }
.labs .ring .done { stroke: var(--labs-good); }
</style>"""
_AROUND = 100.0
"""The length of a ring's circle, so that a share of it is a percentage."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A day, or the weekend, in the overview, with the numbers of its passed checks and of all its checks.

    `notebook` is None if the notebook isn't there. `following` is the ID of the first exercise that isn't passed, or
    None if all are.
    """

    day: int
    title: str
    notebook: str | None
    passed: int
    of: int
    following: str | None = None

    @property
    def words(self) -> str:
        """Return what comes next on this day."""
        return f"Next: {self.following} {exercise_title(self.following)}" if self.following else "All passed"


def stops(progress: Progress, folder: Path) -> list[Stop]:
    """Return the days of the course and the weekend, in order, with the notebooks that are in `folder`."""
    found = []
    for day in lessons():
        ids = exercise_ids(day)
        notebook = next((each.name for each in sorted(folder.glob(f"{folder_of(day)}_*.ipynb"))), None)
        left = [id for id in ids if not progress.exercise(id)["passed"]]
        title = read_json(data_path(folder_of(day), "day.json"))["title"]
        found.append(Stop(day, title, notebook, len(ids) - len(left), len(ids), left[0] if left else None))
    return found


def current(found: list[Stop]) -> Stop | None:
    """Return the day to continue with: the last day that was begun and isn't finished, otherwise the first unfinished.

    The result is None if every check of the course is passed.
    """
    left = [each for each in found if each.following]
    begun = [each for each in left if each.passed]
    return begun[-1] if begun else left[0] if left else None


def way(progress: str | os.PathLike[str] | None = None) -> None:
    """Show each day with a link to its notebook in the current folder, its passed checks, and what comes next.

    The weekend is shown as well, but the total has only the checks of the six days.
    """
    kept = Progress(progress)
    found = stops(kept, Path.cwd())
    here = current(found)
    lines = [
        f"  {title_of(each.day).lower():<7}  {each.passed:>2} of {each.of:>2}  {clean(each.title, 100)}. {each.words}"
        for each in found
    ]
    week = [each for each in found if each.day != WEEKEND]
    total = f"Checks passed: {sum(each.passed for each in week)} of {sum(each.of for each in week)}"
    more = [f"Continue with {'the weekend' if here.day == WEEKEND else f'Day {here.day}'}."] if here else []
    lines += [total, *more, *(notices := kept.take_notices())]
    show("\n".join(lines), _as_html(found, here, [total, *notices]))


def _as_html(found: list[Stop], here: Stop | None, lines: list[str]) -> str:
    cards = "".join(_card(each, each is here) for each in found)
    said = "".join(f"<p>{escaped(line)}</p>" for line in lines)
    return _STYLE + framed(f'<ul class="home" role="list">{cards}</ul>{said}')


def _card(stop: Stop, is_here: bool) -> str:
    title = f"{title_of(stop.day)} · {escaped(stop.title, 100)}"
    link = f'<a href="{escaped(stop.notebook)}">{title}</a>' if stop.notebook else f"<strong>{title}</strong>"
    said = chip(Verdict.NOTE, "continue here") if is_here else ""
    return (
        f"<li{' class=here' if is_here else ''}>{link}"
        f"<p>{_ring(stop.passed / stop.of)}<span>{stop.passed} of {stop.of} checks passed {said}</span></p>"
        f"<p>{escaped(stop.words)}</p></li>"
    )


def _ring(share: float) -> str:
    """Return a ring of which a share is drawn; the words next to it say the same."""
    radius = _AROUND / 6.2832
    circle = f'<circle cx="20" cy="20" r="{radius:.2f}"'
    done = f'{circle} class="done" stroke-dasharray="{share * _AROUND:.1f} {_AROUND:.0f}"/>' if share else ""
    return f'<svg class="ring" viewBox="0 0 40 40" aria-hidden="true">{circle}/>{done}</svg>'
