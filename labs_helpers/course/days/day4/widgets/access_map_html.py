"""The HTML for the access map's heat map: a row per principal, a column per action, and a square per cell.

The names of the actions are slanted, because 20 of them fit above columns of a square's width, and upright text can't
be read without turning your head. The summary is in the space that slanted names leave free.

The layout follows the width of the map's place, not of the window: the closer the columns are, the steeper the names
are, so that none touches the next one. In a very narrow place, the names are upright. If a row doesn't fit next to its
name, the squares are below the name. The squares of a column are always aligned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labs_helpers.course.shown.access_map import AccessMap
from labs_helpers.course.widgets.design import Verdict, breakable, escaped
from labs_helpers.course.widgets.verdict_table import Grouping, body, cell

_HEIGHT, _NARROW_HEIGHT = "80em", "300em"
"""The heights above which the wide and the narrow map scroll. More than fifty rows fit in each."""
SHOWN_ROWS = 200
"""The maximum number of rows drawn. To see other rows, use the filter or the CSV file, which contains all rows."""
# What an attacker can do isn't good, although it is allowed: the map warns, in words that no policy layer uses.
_CELLS = {
    True: (Verdict.WARN, "!", "can"), False: (Verdict.IMPLICIT_DENY, "·", "can't"),
    None: (Verdict.UNKNOWN, "?", "not answered"),
}  # fmt: skip
_SLANTED, _STEEP, _UPRIGHT = (5.1, 5.1), (3.6, 6.4), (0, 6.6)
"""The width and the height that a letter of a name needs, in pixels, if the name is at 45°, at 60°, or upright.

Upright names have smaller letters.
"""
_STYLE = """<style>
.labs .access { container-type: inline-size; }
.labs .access .map { --slant: var(--long-slant); --ends: var(--long-ends);
  --turn: -45deg; --name: clamp(19.5em, 100cqi - var(--ends) - var(--columns) * (1.75em + 2px) - 1em, 27em);
  --side: min(1.75em, (100cqi - var(--name) - var(--ends)) / var(--columns) - 2px);
  position: relative; max-height: {HEIGHT}; border: 0; padding: 0 0 3px 3px; width: fit-content; max-width: 100%; }
.labs .access .told { position: absolute; left: 3px; top: 0; width: calc(var(--name) + 1em); z-index: 3; }
.labs .access .told > .box { margin: 0 0 .3em; }
.labs .access .key { display: flex; flex-wrap: wrap; gap: .2em 1em; align-items: center; margin: 0; }
.labs .access .key .square { display: inline-block; width: 1.6em; vertical-align: middle; }
.labs .access .map .squares, .labs .access .map .squares tbody { display: block; }
.labs .access .map .squares caption { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.labs .access .map .squares tr { display: flex; align-items: center; }
.labs .access .map .squares tbody tr { border-top: 1px solid var(--labs-line); padding: 1px 0; }
.labs .access .map .squares tbody { width: fit-content; }
.labs .access .map .squares thead { display: block; position: sticky; top: 0; z-index: 2;
  background: var(--labs-ground); padding-right: var(--ends); }
.labs .access .map .squares thead tr { align-items: flex-end; height: max(var(--slant), 12em); }
.labs .access .map .squares th, .labs .access .map .squares td { border: 0; padding: 0; background: none;
  position: static; min-width: 0; max-width: none; }
.labs .access .map .squares tbody th, .labs .access .map .squares .corner { flex: 0 0 var(--name);
  box-sizing: border-box; padding-right: .6em; overflow-wrap: break-word; line-height: 1.3; }
.labs .access .map .squares .corner { padding-bottom: .3em; }
.labs .access .map .squares .group:not(.corner) { flex-basis: auto; padding: .3em 0; }
.labs .access .map .squares td { flex: 0 0 var(--side); margin: 1px; }
.labs .access .map .squares .slanted { position: relative; flex: 0 0 var(--side); height: 100%; margin: 0 1px; }
.labs .access .map .squares .starts { margin-left: 6px; }
.labs .access .slanted > span { position: absolute; left: calc(50% - .5em); bottom: 0; white-space: nowrap;
  font-size: 92%; transform-origin: 0 100%; transform: translateX(var(--aside, .75em)) rotate(var(--turn)); }
.labs .access .square { display: block; height: 1.7em; line-height: calc(1.7em - 2px); box-sizing: border-box;
  text-align: center; font-weight: bold; border-radius: .25em; border: 1px solid var(--labs-line); overflow: hidden; }
.labs .access .square.warn { border-color: var(--tint); background: color-mix(in srgb, var(--tint) 45%, transparent); }
.labs .access .map .squares td:hover .square { border-color: var(--labs-text); }
.labs .access .map .squares td[aria-current] .square { outline: 2px solid var(--labs-text); outline-offset: 1px; }
.labs .access .map .squares tbody tr:hover { background: color-mix(in srgb, var(--labs-text) 8%, var(--labs-ground)); }
.labs .access .who { display: block; font-weight: bold; } .labs .access .of { float: right; font-weight: bold; }
.labs .access .where { display: block; overflow: hidden; padding-right: .6em; }
.labs .access .square .word { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
@container (max-width: 56em) { .labs .access .map { --slant: var(--steep-slant); --ends: var(--steep-ends);
  --turn: -60deg; --aside: .95em; --name: 19.5em; } }
@container (max-width: 46em) { .labs .access .map { --name: 0px; width: 100%; max-height: {NARROW_HEIGHT}; }
  .labs .access .told { position: static; width: auto; }
  .labs .access .map .squares tr { flex-wrap: wrap; }
  .labs .access .map .squares thead tr { height: var(--slant); flex-wrap: nowrap; }
  .labs .access .map .squares .corner { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); white-space: nowrap; }
  .labs .access .map .squares tbody { width: auto; } .labs .access .map .squares tbody tr { padding: .2em 0; }
  .labs .access .map .squares tbody th { flex: 1 0 100%; padding: 0 0 .1em; }
  .labs .access .map .squares td:first-of-type, .labs .access .map .squares .slanted:nth-child(2) { margin-left: 0; } }
@container (max-width: 34em) { .labs .access .map { --ends: var(--upright-ends); --slant: var(--upright-slant);
    --turn: -90deg; --side: min(1.75em, (100cqi - var(--ends) - 5px) / var(--columns) - 1px); }
  .labs .access .map .squares td, .labs .access .map .squares .slanted { margin-right: 0; margin-left: 1px; }
  .labs .access .map .squares .starts:not(:nth-child(2)) { margin-left: 4px; }
  .labs .access .slanted > span { left: 50%; bottom: .3em; font-size: 11px; line-height: 12px; --aside: 6px; }
  .labs .access .square { height: 1.9em; line-height: calc(1.9em - 2px); } }
@media print { .labs .access .map .squares .slanted { position: relative !important; }
  .labs .access .map .squares tr > * { padding: 0 !important; font-size: 92%; }
  .labs .access .map .squares tbody th { padding-right: .6em !important; } }
</style>""".replace("{HEIGHT}", _HEIGHT).replace("{NARROW_HEIGHT}", _NARROW_HEIGHT)


def _square(answer: bool | None) -> str:
    """Return a cell's answer: a filled square with a sign if allowed, and a small sign on an empty square if not."""
    verdict, sign, word = _CELLS[answer]
    return (
        f'<span class="square {verdict.tint}" title="{word}">{sign} <span class="word">{word}</span></span>'
    )


_SQUARES = {answer: _square(answer) for answer in _CELLS}
_KEY = (
    f'<p class="key"><span>{_SQUARES[True]} anyone with the keys can do it</span>'
    f"<span>{_SQUARES[False]} they can't</span></p>"
)


def heat_map(
    asked: AccessMap,
    principals: Sequence[str],
    actions: Sequence[str],
    name: Callable[[str], str],
    group: Grouping,
    told: str = "",
    chosen: tuple[str | None, str | None] = (None, None),
) -> str:
    """Return the table of these principals and actions.

    `name` returns the name of a principal's account, or "" to leave it out; `group` returns a row's group heading, or
    is None to omit groups. `told` is the HTML of the summary, and `chosen` the principal and the action of the cell
    whose reason is shown.
    """
    if not principals or not actions:
        return f'{told}<p role="status">Nothing matches: remove a filter.</p>'
    starts = [_is_start(actions, place) for place in range(len(actions))]
    named = "".join(map(_heading, actions, starts))
    rows = body(principals[:SHOWN_ROWS], group, len(actions), _row(asked, actions, name, starts, chosen))
    left = len(principals) - SHOWN_ROWS
    more = f"<p>And {left} more rows: use Find, or csv().</p>" if left > 0 else ""
    return (
        f'{_STYLE}<div class="access"><div class="scrolled map" style="{_sizes(actions, starts)}" '
        'tabindex="0" role="region" aria-label="Access map">'
        f'<div class="told">{told}{_KEY}</div>'
        '<table class="cells squares"><caption>Who can do which dangerous action</caption>'
        f'<thead><tr><th class="group corner" scope="col">user or role, actions it can do</th>{named}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>{more}"
    )


def _sizes(actions: Sequence[str], starts: Sequence[bool]) -> str:
    """Return what the stylesheet needs to know: the number of columns, and the space that the slanted names need.

    `--ends` is the space to the right of the last column, and the width of the gaps between services.
    """
    gaps = sum(starts)
    return (
        f"--columns: {len(actions)}; "
        f"--long-slant: {_reach(actions, _SLANTED[1]):.0f}px; "
        f"--long-ends: {_overhang(actions, 18, _SLANTED[0]) + 5 * gaps:.0f}px; "
        f"--steep-slant: {_reach(actions, _STEEP[1]):.0f}px; "
        f"--steep-ends: {_overhang(actions, 16, _STEEP[0]) + 5 * gaps:.0f}px; "
        f"--upright-slant: {_reach(actions, _UPRIGHT[1]):.0f}px; "
        f"--upright-ends: {3 * gaps}px"
    )


def _reach(names: Sequence[str], letter: float) -> float:
    """Return the height of slanted names whose letters are `letter` pixels high."""
    return 20 + letter * max(map(len, names))


def _overhang(names: Sequence[str], pitch: int, letter: float) -> float:
    """Return how far slanted names reach beyond the last column.

    The columns are at least `pitch` pixels wide, and a letter of a name is `letter` pixels wide.
    """
    return max(14 + letter * len(name) - pitch * after for after, name in enumerate(reversed(names), 1))


def _is_start(actions: Sequence[str], place: int) -> bool:
    """Return True if a service's columns begin at a place, which is marked by a line."""
    before = actions[place - 1].partition(":")[0] if place else ""
    return actions[place].partition(":")[0] != before


def _heading(action: str, is_start: bool) -> str:
    """Return the heading of an action's column, slanted, with its service."""
    service, _, rest = action.partition(":")
    return (
        f'<th class="slanted{" starts" if is_start else ""}" scope="col" title="{escaped(action, 80)}">'
        f"<span>{escaped(service, 40)}<strong>:{escaped(rest, 80)}</strong></span></th>"
    )


def _row(
    asked: AccessMap,
    actions: Sequence[str],
    name: Callable[[str], str],
    starts: Sequence[bool],
    chosen: tuple[str | None, str | None],
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
                is_chosen=chosen == (principal, action),
            )
            for at, action in enumerate(actions)
        )
        allowed, of = asked.radius(principal)
        whole = escaped(principal.split(":", 5)[-1], 120)
        kind, name_of = _parts(whole)
        where = " · ".join(filter(None, (kind, escaped(name(principal), 80))))
        return (
            f'<tr><th scope="row" title="{whole}"><span class="who">{breakable(name_of)}</span> '
            f'<span class="of">{allowed} of {of}</span> <span class="where">{where}</span></th>{cells}</tr>'
        )

    return row


def _parts(name: str) -> tuple[str, str]:
    """Return a principal's kind and its name, without the path between them."""
    kind, slash, rest = name.partition("/")
    return (kind, rest.rpartition("/")[2]) if slash else ("", kind)
