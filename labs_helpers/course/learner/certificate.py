"""A certificate of passed checks, which anyone can compare with the learner's progress file.

The comparison shows that the certificate matches the file, and that it was not changed by mistake. It does not show who
passed the checks: a progress file is plain text that its owner can edit. To rerun the answers, use `python -m
labs_helpers grade`.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labs_helpers.course.content.loading import days, exercise_ids
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.drill_memory import SUFFIX
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.learner.progress_format import read_progress
from labs_helpers.course.shown.printable import clean
from labs_helpers.limits import CERTIFICATE_CHARACTERS

_DATA = re.compile(r'<script type="application/json" id="certificate">(.*?)</script>', re.S)


class NoCertificate(ValueError):
    """The error for a file that isn't a certificate for this course, or that was changed."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The exercises that a learner passed. `of`: how many exercises there are.

    `alone`: the exercises that the learner passed without seeing the solution first. `company`: what Day 6's scoreboard
    showed for the learner's company, in one sentence, or empty. `dates`: when each exercise was passed, in the order of
    `passed`, "" if it isn't known. `drill`: what the drill showed, in one or two sentences, or empty.
    """

    name: str
    date: str
    passed: tuple[str, ...]
    alone: tuple[str, ...]
    of: int
    company: str = ""
    dates: tuple[str, ...] = ()
    drill: str = ""

    @property
    def seal(self) -> str:
        """Return a digest of the content. It reveals accidental changes; it isn't a signature."""
        content = [self.name, self.date, self.passed, self.alone, self.of]
        content += [each for each in (self.company, self.dates, self.drill) if each]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return the content as JSON values, with its seal."""
        shown = {"company": self.company, "dates": list(self.dates), "drill": self.drill}
        return {
            "name": self.name, "date": self.date, "passed": list(self.passed), "alone": list(self.alone), "of": self.of,
            **{name: value for name, value in shown.items() if value}, "seal": self.seal,
        }  # fmt: skip

    def as_html(self) -> str:
        """Return an HTML page that opens offline, prints on one sheet, and can be read by `read_certificate`."""
        data = json.dumps(self.as_dict()).replace("<", "\\u003c")
        rows = "".join(
            f"<tr><td>Day {day}</td><td>{passed} of {of}</td><td>{alone}</td>{self._cell('td', when)}</tr>"
            for day, passed, alone, of, when in self._by_day()
        )
        return _PAGE.format(
            name=html.escape(self.name), date=self.date, passed=len(self.passed), of=self.of, rows=rows, data=data,
            seal=self.seal, when=self._cell("th", "when"),
            company="".join(f"<p>{html.escape(text)}</p>\n" for text in (self.company, self.drill) if text),
        )  # fmt: skip

    def _cell(self, tag: str, text: str) -> str:
        """Return a cell of the column of dates, which certificates of older releases don't have."""
        return f"<{tag}>{html.escape(text)}</{tag}>" if self.dates else ""

    def _by_day(self) -> Iterator[tuple[int, int, int, int, str]]:
        dates = dict(zip(self.passed, self.dates, strict=False))
        for day in days():
            ids = exercise_ids(day)
            known = sorted(dates[id] for id in ids if dates.get(id))
            when = " to ".join(dict.fromkeys((known[0], known[-1]))) if known else ""
            yield day, len({*ids} & {*self.passed}), len({*ids} & {*self.alone}), len(ids), when


def certificate(progress: Progress, name: str, now: datetime | None = None) -> Certificate:
    """Return a certificate for a learner's progress, with the learner's name and the date (today or `now`)."""
    ids = [id for day in days() for id in exercise_ids(day)]
    entries = {id: progress.exercise(id) for id in ids}
    passed = tuple(id for id in ids if entries[id]["passed"])
    alone = tuple(id for id in passed if not entries[id]["solution_shown"])
    date = f"{now or datetime.now(UTC):%Y-%m-%d}"
    dates = tuple(map(progress.passed_on, passed))
    return Certificate(
        clean(name, 100), date, passed, alone, len(ids), _company(Answers(progress).shown()),
        dates if any(dates) else (), _drill(progress, now),
    )  # fmt: skip


def _drill(progress: Progress, now: datetime | None) -> str:
    """Return what the drill showed and when, or an empty text if the learner hasn't used it."""
    if not progress.path.with_suffix(SUFFIX).exists():
        return ""
    from labs_helpers.course.learner.drill import Drill

    return Drill(progress, now=now).summary()


def _company(shown: Mapping[str, Any]) -> str:
    """Return a sentence about the learner's company on Day 6, or an empty text if no scoreboard was run for it."""
    if not shown:
        return ""
    return (
        f"{shown['yours']} of {shown['of']} steps of the Day 6 company are this learner's own. "
        f"On {clean(shown['date'], 10)}, {shown['green']} of {shown['probes']} of its probes had the right result."
    )


def read_certificate(path: Path) -> Certificate:
    """Return the certificate in a file that `as_html` wrote.

    Raises `NoCertificate` if the file isn't a certificate, and `OSError` if it can't be read.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read(CERTIFICATE_CHARACTERS + 1)
    found = _DATA.search(text)
    try:
        given = json.loads(found[1]) if found is not None and len(text) <= CERTIFICATE_CHARACTERS else {}
        made = Certificate(
            str(given["name"]), str(given["date"]), tuple(map(str, given["passed"])), tuple(map(str, given["alone"])),
            int(given["of"]), str(given.get("company", "")), tuple(map(str, given.get("dates", ()))),
            str(given.get("drill", "")),
        )  # fmt: skip
        seal = given["seal"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoCertificate("it doesn't contain a certificate of this course") from None
    if seal != made.seal:
        raise NoCertificate("it was changed after it was written: its seal doesn't match its content")
    if made.as_html() != text:
        raise NoCertificate("its visible text doesn't match its data")
    return made


def differences(made: Certificate, progress_file: Path) -> list[str]:
    """Return a line for each statement in a certificate that a progress file contradicts; empty if they agree.

    Raises `BrokenProgress` or `OSError` for a file that isn't a progress file.
    """
    progress = read_progress(progress_file)
    entries, dates = progress["exercises"], progress["dates"]
    lines = [
        f"{id}: passed on {dates[id]}; the certificate says on {date}"
        for id, date in zip(made.passed, made.dates, strict=False)
        if id in dates and date and date < dates[id]
    ]
    for id in made.passed:
        entry = entries.get(id)
        if entry is None or not entry["passed"]:
            lines.append(f"{progress_file.name} doesn't list {id} as passed")
        elif id in made.alone and entry["solution_shown"]:
            lines.append(f"{id}: the solution has been shown since; the certificate says it was not")
    return lines


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>AWS security week</title>
<style>
body{{font:18px/1.5 Georgia,serif;max-width:40em;margin:3em auto;padding:2em;border:3px double #555;color:#111}}
h1{{font-size:1.6em}} .name{{font-size:1.5em;margin:.5em 0}} td{{padding:.15em 1em .15em 0}} small{{color:#444}}
@media print{{body{{border-color:#000;margin:0 auto}}}}
</style>
<h1>AWS security week</h1>
<p class="name">{name}</p>
<p>had passed <strong>{passed} of {of}</strong> checks by {date}.</p>
<table><tr><th></th><th>passed</th><th>without seeing the solution</th>{when}</tr>{rows}</table>
{company}<p><small>This page repeats the content of a progress file. To compare the two, run
<code>python -m labs_helpers certificate --verify</code>. It doesn't show who did the work. Seal: {seal}</small></p>
<script type="application/json" id="certificate">{data}</script>
</html>
"""
