"""The table of a league, as a web page and as CSV. All text from learners is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labs_helpers.course.days.day6.league.league_rules import rules
from labs_helpers.course.handed_in.league import Standing
from labs_helpers.course.handed_in.report import csv_text
from labs_helpers.course.shown.printable import clean

HEADER = (
    "rank", "learner", "points", "probes green", "work probes green", "campaigns stopped", "flags held", "flags taken",
    "alarms", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A learner's place in the table. `tier`: 0 if enough work probes are green, 1 if not, 2 if there is no company."""

    tier: int
    points: int
    green: int
    cells: tuple[str, ...]


def table(standings: Iterable[Standing]) -> list[tuple[str, ...]]:
    """Return the rows of the table, the best first, in the order of HEADER.

    The points are the sum of the green probes, the flags held, and the flags taken. A company in which fewer work
    probes are green than on Monday is ranked below all others, because a company in which nothing works is easy to
    defend.
    """
    places = sorted(
        map(_place, standings), key=lambda place: (place.tier, -place.points, -place.green, place.cells)
    )
    rows: list[tuple[str, ...]] = []
    rank, before = 0, None
    for number, place in enumerate(places, 1):
        key = (place.tier, place.points, place.green)
        rank, before = (rank if key == before else number), key
        rows.append((str(rank), *map(clean, place.cells)))
    return rows


def _place(standing: Standing) -> Place:
    notes = "; ".join(standing.entrant.notes)
    result, name = standing.result, standing.entrant.name
    flags = len(rules().footholds) * len(rules().flags)
    if result is None:
        return Place(2, 0, 0, (name, "0", "", "", "", "", str(len(standing.taken)), "", f"defeated: {notes}"))
    held = flags - len(standing.lost)
    points = result["green"] + held + len(standing.taken)
    still = result["work"] < rules().work_on_monday
    if still:
        notes = "; ".join(filter(None, ("fewer work probes are green than on Monday", notes)))
    cells = (
        name,
        str(points),
        f"{result['green']} of {result['probes']}",
        f"{result['work']} of {result['work_probes']}",
        f"{result['campaigns_stopped']} of {result['campaigns']}",
        f"{held} of {flags}",
        str(len(standing.taken)),
        result["alarms"],
        notes,
    )
    return Place(int(still), points, result["green"], cells)


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """Return the table as CSV with a header. Cells are escaped so that spreadsheets don't treat them as formulas."""
    return csv_text(HEADER, rows)


def as_html(rows: Sequence[Sequence[str]]) -> str:
    """Return the table as a page that opens offline."""
    head = "".join(f'<th scope="col">{name}</th>' for name in HEADER)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    footholds = "".join(
        f"<dt>{html.escape(each.name)}</dt><dd>{html.escape(each.about)}</dd>" for each in rules().footholds
    )
    flags = "".join(
        f"<dt>{html.escape(each.name)}</dt><dd>{html.escape(each.about)}</dd>" for each in rules().flags
    )
    return _PAGE.format(head=head, body=body, footholds=footholds, flags=flags)


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>League</title>
<style>
body{{font:15px/1.45 system-ui,sans-serif;margin:2em;color:#1b1b1b;background:#fff}}
table{{border-collapse:collapse}} th,td{{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}}
td:last-child{{max-width:30em;overflow-wrap:anywhere}} dt{{font-weight:bold}}
</style>
<h1>League</h1>
<table><thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table>
<h2>Points</h2>
<p>Points are the green probes, the flags held, and the flags taken. A flag is held from a foothold if neither a robot
nor an attack that was handed in took it. A company in which fewer work probes are green than on
Monday is ranked below all others.</p>
<h2>Footholds</h2><dl>{footholds}</dl>
<h2>Flags</h2><dl>{flags}</dl>
</html>
"""
