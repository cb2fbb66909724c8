"""The HTML for the access map's heat map: a row per principal, a column per action, and a square per cell.

The names of the actions are slanted, because 20 of them fit above columns of a square's width, and upright text can't
be read without turning your head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labs_helpers.course.shown.access_map import AccessMap
from labs_helpers.course.widgets.design import Verdict, breakable, escaped
from labs_helpers.course.widgets.verdict_table import Grouping, body, cell

_HEIGHT = "80em"
"""The height from which the map scrolls: more than fifty rows."""
SHOWN_ROWS = 200
"""The maximum number of rows drawn. To see other rows, use the filter or the CSV file, which contains all rows."""
# What an attacker can do isn't good, although it is allowed.
_CELLS = {
    True: (Verdict.WARN, "allow"), False: (Verdict.IMPLICIT_DENY, "deny"), None: (Verdict.UNKNOWN, "not answered"),
}  # fmt: skip
_STYLE = """<style>
.labs .scrolled.map { padding: 0 6em 0 0; width: fit-content; max-width: 100%; box-sizing: border-box;
  background: var(--labs-ground); }
.labs .squares th, .labs .squares td { padding: 0 .3em; font-size: 92%; }
.labs .squares tbody td { min-width: 1.55em; width: 1.55em; padding: 1px; text-align: center;
  vertical-align: middle; }
.labs .squares tbody tr:hover > * { background: color-mix(in srgb, var(--labs-text) 8%, var(--labs-ground)); }
.labs .squares .square { display: block; height: 1.5em; line-height: 1.5em; border-radius: .2em; font-weight: bold; }
.labs .squares .square.warn { background: color-mix(in srgb, var(--tint) 45%, transparent); }
.labs .squares tbody th { max-width: 30em; min-width: 17em; }
.labs .squares thead th { border-right: 0; }
.labs .squares td.starts { border-left: 1px solid var(--labs-text); }
.labs .squares thead { background: var(--labs-ground); }
.labs .scrolled .squares .slanted { position: static; background: none; height: 14.5em; min-width: 0; padding: 0;
  overflow-wrap: normal; }
.labs .squares .slanted > span { display: block; width: 1.55em; white-space: nowrap; transform-origin: 0 100%;
  transform: translateX(1.05em) rotate(-45deg); }
.labs .squares tbody th .of { float: right; padding-left: .8em; font-weight: bold; }
.labs .dangerous .good { --tint: var(--labs-warn); }
.labs .cue, .labs .squares td.starts::before { display: none; }
@media screen and (min-width: 641px) and (max-width: 760px) { .labs .cue.wide { display: block; font-weight: bold; } }
@media screen and (max-width: 640px) { .labs .cue.phone { display: block; }
  .labs .scrolled.map { padding: 0; border: 0; width: 100%; }
  .labs .squares, .labs .squares tbody { display: block; }
  .labs .squares caption { display: none; }
  .labs .scrolled.map .squares thead { position: absolute; top: 0; width: 1px; height: 1px;
    overflow: hidden; clip-path: inset(50%); }
  .labs .squares tbody tr { display: flex; flex-wrap: wrap; align-items: center; padding: .3em 0;
    border-bottom: 1px solid var(--labs-line); }
  .labs .scrolled.map .squares tbody th { flex: 1 0 100%; min-width: 0; max-width: 100%; border: 0; padding: 0;
    position: static; box-sizing: border-box; overflow-wrap: break-word; }
  .labs .squares tbody td { display: flex; align-items: center; border: 0; width: auto; min-width: 0; }
  .labs .squares td .square { width: 1.6em; height: 1.7em; line-height: 1.7em; }
  .labs .squares td.starts { border: 0; }
  .labs .squares td.starts::before { display: inline; content: attr(data-service); margin-right: .2em; font-size: 85%; }
  .labs .squares td.starts:not(:nth-child(2)) { margin-left: .4em; } }
@media print { .labs .squares tbody th { min-width: 10em !important; overflow-wrap: normal; }
  .labs .squares tbody th .of { float: none; display: block; padding: 0; } }
.labs .squares .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
</style>"""


def _square(answer: bool | None) -> str:
    """Return a cell's answer: a filled square with a sign if allowed, and a small sign on an empty square if not."""
    verdict, word = _CELLS[answer]
    sign = {True: "✓", False: "·", None: "?"}[answer]
    return (
        f'<span class="square {verdict.tint}" title="{word}">{sign} <span class="word">{word}</span></span>'
    )


_SQUARES = {answer: _square(answer) for answer in _CELLS}
_LEGEND = (
    "Each row is a user or a role, and each column is an action that an attacker wants. A full square with ✓: anyone "
    "with the keys of this user or role can do it in its account. An empty square with a dot: they can't."
)


def heat_map(
    asked: AccessMap,
    principals: Sequence[str],
    actions: Sequence[str],
    name: Callable[[str], str],
    group: Grouping,
) -> str:
    """Return the table of these principals and actions.

    `name` returns the name of a principal's account, or "" to leave it out; `group` returns a row's group heading, or
    is None to omit groups.
    """
    if not principals or not actions:
        return '<p role="status">Nothing matches: remove a filter.</p>'
    starts = [_is_start(actions, place) for place in range(len(actions))]
    named = "".join(map(_heading, actions, starts))
    rows = body(principals[:SHOWN_ROWS], group, len(actions), _row(asked, actions, name, starts))
    left = len(principals) - SHOWN_ROWS
    more = f"<p>And {left} more rows: use Find, or csv().</p>" if left > 0 else ""
    return (
        f'{_STYLE}<p>{_LEGEND}</p><p class="cue wide">→ The table is wider than the page: scroll it to the right.</p>'
        '<p class="cue phone"><strong>Tap a square: its action and the reason are below.</strong></p>'
        f'<div class="scrolled map" style="max-height: {_HEIGHT}" '
        'tabindex="0" role="region" aria-label="Access map">'
        '<table class="cells squares"><caption>Who can do which dangerous action</caption>'
        f'<thead><tr><th class="group corner" scope="col">principal, actions allowed</th>{named}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _is_start(actions: Sequence[str], place: int) -> bool:
    """Return True if a service's columns begin at a place, which is marked by a line."""
    before = actions[place - 1].partition(":")[0] if place else ""
    return actions[place].partition(":")[0] != before


def _heading(action: str, is_start: bool) -> str:
    """Return the heading of an action's column, slanted, with its service."""
    service, _, rest = action.partition(":")
    return (
        f'<th class="slanted{" starts" if is_start else ""}" scope="col" title="{escaped(action, 80)}">'
        f"<span>{escaped(service, 40)}:<strong>{escaped(rest, 80)}</strong></span></th>"
    )


def _row(
    asked: AccessMap, actions: Sequence[str], name: Callable[[str], str], starts: Sequence[bool]
) -> Callable[[str], str]:
    across = {action: place for place, action in enumerate(asked.actions)}
    down = {principal: place for place, principal in enumerate(asked.principals)}

    def row(principal: str) -> str:
        """Return a principal's row."""
        answers = asked.rows[principal]
        cells = "".join(
            cell(
                across[action],
                down[principal],
                _SQUARES[answers[across[action]]],
                "starts" if starts[at] else "",
                action.partition(":")[0] if starts[at] else "",
            )
            for at, action in enumerate(actions)
        )
        allowed, of = asked.radius(principal)
        whole = escaped(principal.split(":", 5)[-1], 120)
        where = f'<span class="dim">{escaped(place, 80)}</span>' if (place := name(principal)) else ""
        return (
            f'<tr><th scope="row" title="{whole}"><span class="of">{allowed} of {of}</span>{breakable(_short(whole))} '
            f"{where}</th>{cells}</tr>"
        )

    return row


def _short(name: str) -> str:
    """Return a principal's kind and name, without the path between them."""
    kind, _, rest = name.partition("/")
    return f"{kind}/{rest.rpartition('/')[2]}" if rest else kind
