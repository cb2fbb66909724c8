"""The matrix's table and notes. Every text is escaped on its way in; the words carry what the tints show."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Iterator, Sequence

from labs_helpers.course.display import clean
from labs_helpers.policy.arn import Arn
from labs_helpers.widgets._matrix_grid import ALLOW, DENY, ERROR, EXPLICIT_DENY, NOT_ASKED, Grid

SHOWN_ACTIONS = 300
SHOWN_PRINCIPALS = 60
SIGNS = {ALLOW: "✓", DENY: "✗", EXPLICIT_DENY: "✗✗", NOT_ASKED: "…", ERROR: "⚠"}
STYLE = """<style>
.labs-matrix { max-width: 100%; overflow: hidden; }
.labs-matrix .widget-html-content { line-height: 1.45; overflow-wrap: anywhere; white-space: normal; min-width: 0; }
.labs-matrix p { margin: .3em 0; }
.labs-matrix .widget-checkbox { margin-right: 1.5em; }
.labs-matrix .scrolled { max-height: min(30em, 75vh); overflow: auto; box-sizing: border-box;
  border: 1px solid var(--jp-border-color1, #888); }
.labs-matrix table { border-collapse: separate; border-spacing: 0; margin: 0; }
.labs-matrix caption { text-align: left; padding: .3em .5em; }
.labs-matrix th { overflow-wrap: anywhere; max-width: 19em; min-width: 5em; }
.labs-matrix td { white-space: nowrap; cursor: pointer; }
.labs-matrix td:focus { outline: 3px solid var(--jp-ui-font-color1, CanvasText); outline-offset: -3px; }
.labs-matrix .scrolled tbody th.group { font-weight: bold; top: auto; }
.labs-matrix th, .labs-matrix td { text-align: left; padding: .15em .5em;
  border: solid var(--jp-border-color2, #bbb); border-width: 0 1px 1px 0; }
.labs-matrix .scrolled th { position: sticky; background: var(--jp-layout-color1, Canvas);
  color: var(--jp-ui-font-color1, CanvasText); }
.labs-matrix .scrolled thead th { top: 0; z-index: 1; vertical-align: bottom; }
.labs-matrix .scrolled tbody th, .labs-matrix .scrolled thead th:first-child { left: 0; font-weight: normal; }
.labs-matrix .scrolled thead th:first-child { z-index: 2; font-weight: bold; }
.labs-matrix td.y { background: rgba(40, 160, 70, .2); font-weight: bold; }
.labs-matrix td.x { background: rgba(215, 55, 50, .18); }
.labs-matrix .why table { border: 1px solid var(--jp-border-color1, #888); }
.labs-matrix .why td { white-space: normal; overflow-wrap: anywhere; }
.labs-matrix textarea { font-family: var(--jp-code-font-family, monospace) !important; direction: ltr; }
@media print { .labs-matrix .scrolled { max-height: none !important; overflow: visible !important; } }
</style>"""
_TINTS = {ALLOW: " class=y", EXPLICIT_DENY: " class=x"}


def escaped(text: str, limit: int = 600) -> str:
    """Text that stands safely within HTML, at most so long."""
    return html.escape(clean(text, limit))


def note(text: str, *, alert: bool = False) -> str:
    """A line that screen readers announce; nothing for an empty text."""
    if not text:
        return ""
    return f'<p role="{"alert" if alert else "status"}">{"⚠ " if alert else ""}{escaped(text, 2_000)}</p>'


def names(principals: Sequence[str]) -> list[str]:
    """What heads the principals' columns: `user/alice`, with the account where there are several."""
    found = [Arn.read(each) for each in principals]
    several = len({arn.account for arn in found if arn is not None}) > 1
    return [
        given if arn is None else f"{arn.resource} ({arn.account})" if several else arn.resource
        for given, arn in zip(principals, found, strict=True)
    ]


def summary(grid: Grid) -> str:
    """How many questions were answered how, in one line, and what is to be known about it."""
    counts = grid.counts()
    told = ", ".join(f"{counts[word]:,} {word}" for word in SIGNS if counts[word])
    size = f"{len(grid.principals):,} principals × {len(grid.actions):,} actions"
    return " ".join([f"{size}: {told}.", *grid.notes])


def table(
    grid: Grid, principals: Sequence[str], actions: Sequence[str], group: Callable[[str], str] | None = None
) -> str:
    """The table of these principals and actions, its first rows and columns if it is large. group: what an action's
    rows stand under."""
    if not principals or not actions:
        return note("No action is left: take a filter away.")
    columns, rows = principals[:SHOWN_PRINCIPALS], actions[:SHOWN_ACTIONS]
    left_out = [
        f"{len(each) - most:,} more {what}"
        for each, most, what in (
            (principals, SHOWN_PRINCIPALS, "principals"),
            (actions, SHOWN_ACTIONS, "actions"),
        )
        if len(each) > most
    ]
    caption = f"Who can do what with {escaped(grid.resource)}"
    part = [
        f"{len(some):,} of {len(whole):,} {what}"
        for some, whole, what in ((columns, grid.principals, "principals"), (rows, grid.actions, "actions"))
        if len(some) < len(whole)
    ]
    caption += f" ({', '.join(part)})" if part else ""
    heads = "".join(
        f'<th scope="col" title="{escaped(arn)}">{escaped(name)}</th>'
        for arn, name in zip(columns, names(columns), strict=True)
    )
    body = "".join(_body(grid, columns, rows, group))
    # One cell is in the order of Tab; the arrows go from there (widgets.design.keys).
    body = body.replace('tabindex="-1"', 'tabindex="0"', 1)
    more = note(f"The CSV holds {' and '.join(left_out)}.") if left_out else ""
    return (
        '<div class="scrolled" tabindex="0" role="region" aria-label="Who can do what">'
        f'<table class="cells"><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">Action</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>{more}'
    )


def _body(
    grid: Grid, columns: Sequence[str], rows: Sequence[str], group: Callable[[str], str] | None
) -> Iterator[str]:
    across = {who: place for place, who in enumerate(grid.principals)}
    down = {action: place for place, action in enumerate(grid.actions)}
    before = None
    for action in rows:
        if group is not None and (head := group(action)) != before:
            before = head
            yield f'<tr><th class="group" scope="rowgroup" colspan="{len(columns) + 1}">{escaped(head)}</th></tr>'
        cells = "".join(_cell(grid.word(who, action), across[who], down[action]) for who in columns)
        yield f'<tr><th scope="row">{escaped(action)}</th>{cells}</tr>'


def _cell(word: str, column: int, row: int) -> str:
    place = f'tabindex="-1" data-column="{column}" data-row="{row}"'
    return f"<td{_TINTS.get(word, '')} {place}>{SIGNS[word]}&nbsp;{word.replace(' ', '&nbsp;')}</td>"


def as_csv(grid: Grid, principals: Sequence[str], actions: Sequence[str]) -> str:
    """The same as text: a line for each action, a column for each principal, under full ARNs."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["action", *principals])
    lines.writerows([action, *(grid.word(who, action) for who in principals)] for action in actions)
    return text.getvalue()
