"""The learner's progress as a picture: what comes next, all days, the day's exercises, and the share of right answers.

The text of the same page is in `labs_helpers.course.lesson.day_pages`.
"""

from __future__ import annotations

from itertools import groupby
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.loading import exercise_ids, exercise_title
from labs_helpers.course.content.numbering import called, title_of
from labs_helpers.course.learner.self_test import calibration, certainty
from labs_helpers.course.lesson.exercise_places import exercise_links
from labs_helpers.course.lesson.overview import Stop, stops
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import Verdict, chip, escaped, framed, todo
from labs_helpers.course.shown.look.gauges import STYLE, meter, segments

if TYPE_CHECKING:
    from labs_helpers.course.learner.progress import Progress


def progress_card(number: int, progress: Progress) -> str:
    """Return the learner's progress as HTML, for the page of one day."""
    week = stops(progress, Path.cwd())
    here = next(each for each in week if each.day == number)
    links = exercise_links(number, Path.cwd())
    return STYLE + framed(
        '<div class="sized">'
        + head(here)
        + next_todo(here, links)
        + f'<div class="halves"><div>{_week(week, number)}</div><div>{_judgment(number, progress)}</div></div>'
        + _exercises(number, progress, links)
        + "</div>"
    )


def head(here: Stop) -> str:
    """Return the first line: a day's title, and how many of its exercises are passed."""
    done = here.following is None
    verdict = chip(Verdict.YES if done else Verdict.NOTE, f"{here.passed} of {here.of} passed")
    return f'<p class="headline">{verdict} <span>{title_of(here.day)} · {escaped(here.title, 120)}</span></p>'


def next_todo(here: Stop, links: dict[str, str]) -> str:
    """Return the line with the day's next exercise, and a link to it."""
    if here.following is None:
        return todo(f"You have passed every exercise of {called(here.day)}. Choose another day below.")
    named = f"{here.following} {exercise_title(here.following)}"
    call = f"<code>{escaped(f'day.exercise({chr(34)}{here.following}{chr(34)})')}</code>"
    return todo("Next" if here.passed else "First exercise", named, links.get(here.following), call)


def _week(week: list[Stop], number: int) -> str:
    rows = "".join(_day(each, each.day == number) for each in week)
    return f'<p class="part">The week</p><ul class="week" role="list">{rows}</ul>'


def _day(stop: Stop, is_here: bool) -> str:
    title = title_of(stop.day)
    name = f'<a href="{escaped(stop.notebook)}">{title}</a>' if stop.notebook and not is_here else title
    here = ' class="here" aria-current="true"' if is_here else ""
    done = "✓ " if stop.following is None else ""
    return f"<li{here}><span>{name}</span>{segments(stop.done)}<span>{done}{stop.passed} of {stop.of}</span></li>"


def _judgment(number: int, progress: Progress) -> str:
    """Return how often the learner was right: in predictions and the quiz, and in the self-test by certainty."""
    right, of = progress.predictions(number)
    score = progress.quiz(number)
    rows = [
        _gauge("Your predictions", right, of),
        _gauge("The quiz", *(score["best"], score["of"]) if score else (0, 0)),
    ]
    sure = calibration(number, progress)
    for when, group in groupby(sure, lambda each: each.when):
        rows.append(f'<li class="when">The self-test, {when}</li>')
        rows += [_gauge(f"When {each.word}", each.right, each.of, Verdict.NOTE) for each in group]
    meaning = f"<p>{escaped(certainty(sure))}</p>" if sure else ""
    listed = f'<ul class="gauges" role="list">{"".join(rows)}</ul>'
    return f'<p class="part">How often you were right</p>{listed}{meaning}'


def _gauge(name: str, right: int, of: int, verdict: Verdict | None = None) -> str:
    """Return a line with a bar. `verdict`: the bar's color, unless the share of right answers determines it."""
    judged = Verdict.YES if of and 2 * right >= of else Verdict.WARN if of else Verdict.UNKNOWN
    tint = (verdict or judged).tint
    said = f"{right} of {of}" if of else "not yet"
    return f"<li><span>{escaped(name)}</span>{meter(right, of, tint)}<span>{said}</span></li>"


def _exercises(number: int, progress: Progress, links: dict[str, str]) -> str:
    ids = exercise_ids(number)
    rows = "".join(_exercise(id, progress.exercise(id), links.get(id)) for id in ids)
    lines = f"--lines: {ceil(len(ids) / 2)}"
    return f'<p class="part">The exercises</p><ul class="tasks" role="list" style="{lines}">{rows}</ul>'


def _exercise(id: str, entry: dict[str, Any], link: str | None) -> str:
    begun = bool(entry["attempts"] or entry["hints"] or entry["solution_shown"])
    passed = entry["passed"]
    verdict = Verdict.YES if passed else Verdict.NOTE if begun else Verdict.UNKNOWN
    sign = verdict.sign if passed or begun else ""
    mark = f'<span class="mark {verdict.tint}" aria-hidden="true">{sign}</span>'
    name = escaped(f"{id} {exercise_title(id)}", 200)
    heard = "" if passed or begun else ' class="heard"'  # an empty circle means that nothing has begun
    linked = f'<a href="{escaped(link)}">{name}</a>' if link else name
    return f"<li>{mark}<span>{linked}<small{heard}>{said_of(entry)}</small></span></li>"


def said_of(entry: dict[str, Any]) -> str:
    """Return a summary of how an exercise went: `passed, 2 attempts, 1 hint`."""
    parts = ["passed" if entry["passed"] else "begun" if entry["attempts"] or entry["hints"] else "not begun"]
    if entry["attempts"]:
        parts.append(counted(entry["attempts"], "attempt"))
    if entry["hints"]:
        parts.append(counted(entry["hints"], "hint"))
    if entry["solution_shown"]:
        parts.append("solution seen")
    return ", ".join(parts)
