"""The report on all submissions, as CSV and HTML, with a row for each exercise of each day that a learner submitted."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labs_helpers.course.content.loading import lessons
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.handed_in.submissions import Submission
from labs_helpers.course.handed_in.supervise import RunOutcome
from labs_helpers.course.shown.spreadsheets import harmless

HEADER = ("learner", "day", "exercise", "title", "result", "how", "says")
PASSED, NOT_YET, STOPPED, CLAIMED, NOTHING = "passed", "not yet", "stopped", "claimed", "not handed in"
_AGAIN, _OWN, _FILE = "graded again", "in its own process", "progress file"


@dataclass(frozen=True, slots=True)
class Row:
    """A learner's result in an exercise.

    `how`: the result's source; `says`: the message, or the reason that the cell was stopped.
    """

    learner: str
    day: int
    exercise: str
    title: str
    result: str
    how: str = ""
    says: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the order of HEADER."""
        return self.learner, str(self.day), self.exercise, self.title, self.result, self.how, self.says


def rows(work: Submission, outcome: RunOutcome) -> Iterator[Row]:
    """Yield a row for each problem with a learner's files, each note about a run, and each exercise, in this order."""
    for fault in (*work.faults, *outcome.notes):
        yield Row(work.learner, 0, "", "", "note", "", fault)
    handed = {notebook.day for notebook in work.notebooks} | work.progress_days
    for day in sorted(handed & set(lessons())):
        for exercise in load(day).values():
            yield Row(work.learner, day, exercise.id, exercise.title, *_result(exercise.id, work, outcome))


def _result(id: str, work: Submission, outcome: RunOutcome) -> tuple[str, str, str]:
    verdict = outcome.verdicts.get(id)
    if verdict is not None:
        how = _AGAIN if verdict.again else _OWN
        return PASSED if verdict.passed else NOT_YET, how, " ".join(verdict.messages)
    if id in outcome.stopped:
        return STOPPED, _OWN, outcome.stopped[id]
    if id in work.claimed:
        return (
            CLAIMED,
            _FILE,
            "the progress file lists it as passed, but the submission contains no answer to run again",
        )
    return NOTHING, "", ""


def as_csv(listed: Iterable[Row]) -> str:
    """Return the rows as CSV with a header."""
    return csv_text(HEADER, [row.cells() for row in listed])


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as CSV. Cells are escaped so that spreadsheets don't treat them as formulas."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(header)
    lines.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def as_html(listed: Iterable[Row]) -> str:
    """Return the rows as a page that opens offline. All text from learners is escaped."""
    body = "\n".join(
        f'<tr class="{row.result.replace(" ", "-")}">'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells())
        + "</tr>"
        for row in listed
    )
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    return _PAGE.format(head=head, body=body)


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Submissions</title>
<style>
body{{font:15px/1.45 system-ui,sans-serif;margin:2em;color:#1b1b1b;background:#fff}}
table{{border-collapse:collapse}} th,td{{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}}
.passed td:nth-child(5){{background:#d9f2dd}} .not-yet td:nth-child(5),.stopped td:nth-child(5){{background:#f8dcd7}}
.claimed td:nth-child(5){{background:#f6edcc}}
</style>
<h1>Submissions</h1>
<table><thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table></html>
"""
