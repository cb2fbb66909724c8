"""The matrix's table and notes as HTML. All incoming text is escaped; words repeat the meaning of the tints."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from itertools import groupby

from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import Verdict, chip, fold
from labs_helpers.course.widgets.matrix.grid import ALLOW, DENY, ERROR, EXPLICIT_DENY, NOT_ASKED, Grid
from labs_helpers.course.widgets.verdict_table import Grouping, body, cell
from labs_helpers.course.widgets.visual_language import breakable, escaped, note
from labs_helpers.engine.policy.arn import Arn

SHOWN_ACTIONS = 300
SHOWN_PRINCIPALS = 60
_FOLDED = 6
"""If at least this many actions have equal rows, all but the first are collapsed."""
_MOST_COLUMNS = 8
"""The maximum number of principals whose words can fit next to each other."""


def _signs_only() -> str:
    """Return the rules with which cells show only their signs if the words of all columns don't fit."""
    rules = []
    for columns in range(1, _MOST_COLUMNS + 1):
        of = f".labs-matrix .of-{columns} .cells"
        rules.append(
            f"@container (max-width: {11 + 9.8 * columns:g}em) {{ {of} td .word {{ {_UNSEEN} }}"
            f" {of} thead th {{ min-width: 0; max-width: 4.5em; }}"
            f" {of} td {{ min-width: 2.4em; text-align: center; }} }}"
        )
    return "\n".join(rules)


_UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);"
STYLE = """<style>
.labs-matrix { max-width: 100%; overflow: hidden; }
.labs-matrix .widget-html-content { line-height: 1.45; overflow-wrap: anywhere; white-space: normal; min-width: 0; }
.labs-matrix p { margin: .3em 0; } .labs-matrix .labs-bar { gap: 0 1.2em; }
.labs-matrix .labs .scrolled { max-height: min(46em, 75vh); padding: 0; width: fit-content; max-width: 100%;
  border-width: 1px 0 0 1px; }
.labs-matrix .why table { border: 1px solid var(--jp-border-color1, #888); }
.labs-matrix .why td { white-space: normal; overflow-wrap: anywhere; }
.labs-matrix textarea { font-family: var(--jp-code-font-family, monospace) !important; direction: ltr; }
@media screen and (max-width: 640px) {
  .labs-matrix .labs .cells .named { display: inline-block; width: min-content; }
  .labs-matrix .labs .cells thead th { overflow-wrap: normal; max-width: 9em; } }
@media screen and (max-width: 480px) { .labs-matrix .labs-bar { gap: 0; }
  .labs-matrix .labs-bar > .widget-checkbox { flex: 1 0 100%; }
  .labs-matrix .labs .cells tbody th, .labs-matrix .labs .cells .corner { min-width: 7em; max-width: 8em; } }
@media screen { {SIGNS_ONLY} }
</style>""".replace("{SIGNS_ONLY}", _signs_only())
_VERDICTS = {
    ALLOW: Verdict.ALLOW,
    DENY: Verdict.IMPLICIT_DENY,
    EXPLICIT_DENY: Verdict.EXPLICIT_DENY,
    NOT_ASKED: Verdict.UNKNOWN,
    ERROR: Verdict.WARN,
}
_CHIPS = {word: f'<span title="{verdict.word}">{chip(verdict)}</span>' for word, verdict in _VERDICTS.items()}


def _cut(text: str) -> str:
    """Return escaped text of at most 600 characters."""
    return escaped(text, 600)


def names(principals: Sequence[str], among: Sequence[str]) -> list[str]:
    """Return column headings for principals, such as `user/alice`.

    They contain the account if there are several accounts `among` all principals, even if a filter hides some of them.
    """
    found = [Arn.read(each) for each in principals]
    several = len({arn.account for each in among if (arn := Arn.read(each)) is not None}) > 1
    return [
        given if arn is None else f"{arn.resource} ({arn.account})" if several else arn.resource
        for given, arn in zip(principals, found, strict=True)
    ]


def summary(grid: Grid) -> str:
    """Return one line with the number of cells for each answer, followed by the notes."""
    counts = grid.counts()
    told = ", ".join(f"{counts[word]:,} {each.word}" for word, each in _VERDICTS.items() if counts[word])
    size = f"{counted(len(grid.principals), 'principal')} × {counted(len(grid.actions), 'action')}"
    return " ".join([f"{size}: {told}.", *grid.notes])


def table(
    grid: Grid,
    principals: Sequence[str],
    actions: Sequence[str],
    of_actions: Grouping = None,
    of_principals: Grouping = None,
) -> str:
    """Return the table of these principals and actions, or only its first rows and columns if it is large.

    Without groups, the actions with an explicit deny come first, and if many actions have equal rows, all but one are
    collapsed.
    """
    if not principals or not actions:
        return note("No actions match the filters. Remove a filter.")
    columns, rows = principals[:SHOWN_PRINCIPALS], actions[:SHOWN_ACTIONS]
    left_out = [
        f"{len(each) - most:,} more {what}"
        for each, most, what in (
            (principals, SHOWN_PRINCIPALS, "principals"),
            (actions, SHOWN_ACTIONS, "actions"),
        )
        if len(each) > most
    ]
    caption = f"Who can do what with {_cut(grid.resource)}"
    part = [
        f"{len(some):,} of {len(whole):,} {what}"
        for some, whole, what in ((columns, grid.principals, "principals"), (rows, grid.actions, "actions"))
        if len(some) < len(whole)
    ]
    caption += f" ({', '.join(part)})" if part else ""
    first, equal = ([*rows], {}) if of_actions else _apart(grid, columns, rows)

    def cells(listed: Sequence[str], title: str) -> str:
        """Return a table of these actions in its frame."""
        shown = body(listed, of_actions, len(columns), _row(grid, columns))
        return (
            f'<div class="widths of-{min(len(columns), _MOST_COLUMNS)}">'
            f'<div class="scrolled" tabindex="0" role="region" aria-label="{title}"><table class="cells">'
            f"<thead>{_head(columns, grid.principals, of_principals)}</thead><tbody>{shown}</tbody></table></div></div>"
        )

    rest = "".join(
        fold(told, cells(same, escaped(told)))
        for head, same in equal.items()
        for told in [f"{counted(len(same), 'more action')} with the same decisions as {head}"]
    )
    more = note(f"The CSV also contains {' and '.join(left_out)}.") if left_out else ""
    return f'<div class="labs"><p><strong>{caption}</strong></p>{cells(first, caption)}{rest}</div>{more}'


def _apart(grid: Grid, columns: Sequence[str], rows: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the actions to show, explicitly denied ones first, and the actions collapsed below some of them."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for action in rows:
        alike.setdefault(tuple(grid.word(who, action) for who in columns), []).append(action)
    if len(alike) < 2 or max(map(len, alike.values())) < _FOLDED:
        return [*rows], {}
    equal = {those[0]: those[1:] for those in alike.values() if len(those) >= _FOLDED}
    folded = {action for those in equal.values() for action in those}
    denied = {action for words, those in alike.items() if EXPLICIT_DENY in words for action in those}
    shown = [action for action in rows if action not in folded]
    return sorted(shown, key=lambda action: action not in denied), equal


def _head(columns: Sequence[str], among: Sequence[str], group: Grouping) -> str:
    """Return a row of names, below a row of groups if there are groups."""
    named = names(columns, among) if group is None else [each.split(":", 5)[-1] for each in columns]
    heads = "".join(
        f'<th scope="col" title="{_cut(arn)}"><span class="named">{breakable(_cut(name))}</span></th>'
        for arn, name in zip(columns, named, strict=True)
    )
    first = '<th class="group corner" scope="col">Action</th>'
    if group is None:
        return f"<tr>{first}{heads}</tr>"
    groups = "".join(
        f'<th class="group" scope="colgroup" colspan="{len(list(those))}">{_cut(name)}</th>'
        for name, those in groupby(columns, group)
    )
    return f"<tr><td></td>{groups}</tr><tr>{first}{heads}</tr>"


def _row(grid: Grid, columns: Sequence[str]) -> Callable[[str], str]:
    across = {who: place for place, who in enumerate(grid.principals)}
    down = {action: place for place, action in enumerate(grid.actions)}

    def row(action: str) -> str:
        """Return an action's row."""
        cells = "".join(cell(across[who], down[action], _CHIPS[grid.word(who, action)]) for who in columns)
        return f'<tr><th scope="row">{breakable(_cut(action))}</th>{cells}</tr>'

    return row


def as_csv(grid: Grid, principals: Sequence[str], actions: Sequence[str]) -> str:
    """Return the table as CSV: a row per action, a column per principal, with full ARNs as headings."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["action", *principals])
    lines.writerows([action, *(grid.word(who, action) for who in principals)] for action in actions)
    return text.getvalue()
