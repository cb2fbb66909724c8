"""The course's home: its days with links to their notebooks, the learner's progress on each, and what comes next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.loading import exercise_ids, exercise_title, lessons
from labs_helpers.course.content.numbering import WEEKEND, called, folder_of, title_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.exercise_places import exercise_links, in_order, notebook_of
from labs_helpers.course.shown.display import show
from labs_helpers.course.shown.look import Verdict, chip, escaped, framed, todo
from labs_helpers.course.shown.look.gauges import STYLE, ring
from labs_helpers.course.shown.printable import clean

GROUPS = {
    "First, in this order": (1, 2),
    "Then, in any order": (3, 4, 5),
    "Last, and an extra for the weekend": (6, WEEKEND),
}
"""The days, grouped by the order in which learners can take them, as in the index."""
NEEDS = {WEEKEND: "You need Days 1 and 2, or the terms that they teach."}
"""The requirements of days that can be taken out of order, as in the index."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A day, or the weekend, in the overview, and which of its checks are passed.

    `begins` is how the day begins, and `minutes` how long the day and its core path take. `notebook` is None if the
    notebook isn't there. `following` is the ID of the first exercise that isn't passed, or None if all are.
    """

    day: int
    title: str
    begins: str
    minutes: tuple[int, int]
    notebook: str | None
    done: tuple[bool, ...]
    following: str | None = None

    @property
    def passed(self) -> int:
        """Return the number of passed checks."""
        return sum(self.done)

    @property
    def of(self) -> int:
        """Return the number of checks."""
        return len(self.done)

    @property
    def words(self) -> str:
        """Return what comes next on this day."""
        return f"Next: {self.following} {exercise_title(self.following)}" if self.following else "All passed"


def stops(progress: Progress, folder: Path) -> list[Stop]:
    """Return the days of the course and the weekend, in order, with the notebooks that are in `folder`."""
    found = []
    for day in lessons():
        ids = exercise_ids(day)
        done = tuple(progress.exercise(id)["passed"] for id in ids)
        card = read_json(data_path(folder_of(day), "day.json"))
        minutes = card["minutes"], card["core_minutes"]
        order = in_order(day, folder)
        following = next((id for id in order if not progress.exercise(id)["passed"]), None)
        notebook = notebook_of(day, folder)
        found.append(Stop(day, card["title"], card["begins"], minutes, notebook, done, following))
    return found


def current(found: list[Stop]) -> Stop | None:
    """Return the day to continue with: the last day that was begun but not finished, or else the first unfinished day.

    The result is None if every check of the course is passed.
    """
    left = [each for each in found if each.following]
    begun = [each for each in left if each.passed]
    return begun[-1] if begun else left[0] if left else None


def way(progress: str | os.PathLike[str] | None = None) -> None:
    """Show each day with a link to its notebook in the current folder, its passed checks, and what comes next.

    The total has the checks of the six days, and the extra ones of the weekend separately.
    """
    kept = Progress(progress)
    found = stops(kept, Path.cwd())
    here = current(found)
    lines = [
        f"  {title_of(each.day).lower():<7}  {each.passed:>2} of {each.of:>2}  {clean(each.title, 100)}. {each.words}"
        for each in found
    ]
    more = [f"Continue with {called(here.day)}."] if here else []
    total = _total(found)
    lines += [total, *more, *(notices := kept.take_notices())]
    show("\n".join(lines), _as_html(found, here, [total, *notices]))


def _total(found: list[Stop]) -> str:
    """Return how many checks are passed: those of the six days, and the extra ones of the weekend."""
    week = [each for each in found if each.day != WEEKEND]
    extra = "".join(
        f", and {each.passed} of the weekend's {each.of} extra checks"
        for each in found
        if each.day == WEEKEND
    )
    return f"Checks passed: {sum(each.passed for each in week)} of {sum(each.of for each in week)}{extra}"


def _as_html(found: list[Stop], here: Stop | None, lines: list[str]) -> str:
    """Return the days as cards in the groups of the index. These cards replace the index's own cards."""
    groups = "".join(
        f'<p class="part" role="heading" aria-level="3">{title}</p>'
        f'<ul class="home" role="list">{_cards(found, days, here)}</ul>'
        for title, days in GROUPS.items()
    )
    said = "".join(f'<p class="foot">{escaped(line)}</p>' for line in lines)
    return STYLE + framed(f'<div class="labs-home sized">{_banner(here)}{groups}{said}</div>')


def _cards(found: list[Stop], days: Sequence[int], here: Stop | None) -> str:
    return "".join(_card(each, each is here) for each in found if each.day in days)


def _banner(here: Stop | None) -> str:
    """Return what comes next, with a link to the day's beginning or to the next exercise."""
    if here is None or here.following is None:
        return f'<p class="todo good">{chip(Verdict.YES, "passed")} You have passed every check of the course.</p>'
    if not here.passed:
        return todo(f"Begin with {called(here.day)}", here.title, here.notebook)
    named = f"{here.following} {exercise_title(here.following)}"
    target = exercise_links(here.day, Path.cwd()).get(here.following)
    return todo(f"Continue with {called(here.day)}", named, target)


def _card(stop: Stop, is_here: bool) -> str:
    title = f"{title_of(stop.day)} · {escaped(stop.title, 100)}"
    link = f'<a href="{escaped(stop.notebook)}">{title}</a>' if stop.notebook else f"<strong>{title}</strong>"
    begins = " ".join(filter(None, (stop.begins, NEEDS.get(stop.day))))
    marked = is_here and stop.passed > 0  # before the first passed check, the banner shows where to begin
    here = chip(Verdict.NOTE, "you are here") if marked else ""
    said = here if stop.following else chip(Verdict.YES, "done")
    return (
        f"<li{' class=here' if marked else ''}><div>{link}<p>{escaped(begins)}</p><p>{takes(*stop.minutes)}</p></div>"
        f'<p class="gauge">{ring(stop.passed / stop.of)}<span>{stop.passed} of {stop.of} passed</span> {said}</p></li>'
    )


def takes(minutes: int, core_minutes: int) -> str:
    """Return how long a day takes: `5 h 20 min, core path 2 h 55 min`, which breaks only after the comma."""
    said = (_hours(minutes), f"core path {_hours(core_minutes)}")
    return ", ".join(each.replace(" ", "\N{NO-BREAK SPACE}") for each in said)


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
