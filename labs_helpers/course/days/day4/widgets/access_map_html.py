"""The HTML for the access map's heat map: a row per principal, a column per action, and a square per cell.

The names of the actions are slanted. Twenty slanted names fit above columns that are as narrow as a square, and
vertical names can't be read without turning your head. The summary is in the space that slanted names leave free.

The layout follows the width of the map's container, not of the window. Squares that can be clicked are at least 24
pixels apart: if there is no room for them next to the rows' names, they are below the names, and the headings are
steeper. In a narrow container, such as on a phone, a row is collapsed to its count and a strip that shows which squares
are filled. It expands to a list of its actions, and the reason for an action is shown below the action. Paper has no
such list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from labs_helpers.course.shown.access_map import AccessMap
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.widgets.verdict_table import Grouping, body, cell
from labs_helpers.course.widgets.visual_language import Verdict, box, breakable, escaped, framed

_HEIGHT, _NARROW_HEIGHT = "80em", "300em"
"""The heights above which the wide and the narrow map scroll. More than fifty rows fit in each."""
_BESIDE, _WIDE, _LIST = "90.3em", "67.3em", "50em"
"""Below the first width, the reason is below the map or, if that is far away, below the row of its square. Below the
second, the squares move below the rows' names. Below the third, the rows are collapsed.
"""
SHOWN_ROWS = 200
"""The maximum number of rows drawn. To see other rows, use the filter or the CSV file, which contains all rows."""
# What an attacker can do isn't good, although it is allowed: the map warns, in words that no policy layer uses.
_CELLS = {
    True: (Verdict.WARN, "!", "can"), False: (Verdict.IMPLICIT_DENY, "·", "can't"),
    None: (Verdict.UNKNOWN, "?", "not answered"),
}  # fmt: skip
TURNED = {True: "opened", False: "closed"}
"""A change of a cell, and its word."""
_SLANTED, _STEEP = (5.1, 5.1), (3.6, 6.4)
"""The width and the height that a letter of a name needs, in pixels, if the name is at 45° or at 60°."""
_HIDDEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;"
"""The rules for an element that only screen readers find."""
_TEMPLATE = """<style>
.labs .access { container-type: inline-size; }
.labs .access .map { --slant: var(--long-slant); --ends: var(--long-ends);
  --turn: -45deg; --name: clamp(20.5em, 100cqi - var(--ends) - var(--columns) * (1.9em + 2px) - 1em, 27em);
  --side: min(1.9em, (100cqi - var(--name) - var(--ends)) / var(--columns) - 2px);
  position: relative; max-height: {HEIGHT}; border: 0; padding: 0 0 3px 3px; width: fit-content; max-width: 100%; }
.labs .access .told { position: relative; width: calc(var(--name) + 1em); z-index: 3;
  min-height: calc(var(--slant) - var(--corner)); --corner: 1.9em; }
.labs .access .told > .box { margin: 0 0 .3em; } .labs .access .told > .box > p { margin: 0 0 .2em; }
.labs .access .key { display: flex; flex-wrap: wrap; gap: .2em 1em; align-items: center; margin: 0; }
.labs .access .key .square { display: inline-block; width: 1.6em; vertical-align: middle; }
.labs .access .told > p { margin: 0 0 .3em; line-height: 1.3; }
.labs .access .map .squares, {ROWS} > tbody { display: block; }
.labs .access .map .squares { margin: calc(var(--corner) - var(--slant)) 0 0; --corner: 1.9em; }
{ROWS} > caption { {HIDDEN} }
{ROWS} > * > tr { display: flex; align-items: center; }
{ROWS} > tbody > tr { border-top: 1px solid var(--labs-line); padding: 4px 0; }
{ROWS} > tbody { width: fit-content; }
{ROWS} > thead { display: block; position: sticky; top: 0; z-index: 2;
  background: var(--labs-ground); padding-right: var(--ends); }
{ROWS} > thead > tr { align-items: flex-end; height: var(--slant); }
{ROWS} > * > tr > th, {ROWS} > * > tr > td { border: 0; padding: 0; background: none;
  position: static; min-width: 0; max-width: none; }
{ROWS} > tbody > tr > th, {ROWS} .corner { flex: 0 0 var(--name);
  box-sizing: border-box; padding-right: .6em; overflow-wrap: break-word; line-height: 1.3; }
{ROWS} .corner { display: flex; justify-content: space-between; padding-bottom: .3em; }
{ROWS} > tbody > tr > th:not(.group) { display: grid; grid-template-columns: minmax(0, 1fr) auto auto;
  align-items: center; gap: 2px .4em; }
{ROWS} .group:not(.corner) { display: flex; justify-content: space-between; align-items: center; gap: 0 1em;
  padding: .35em .6em .35em .3em; flex: 0 0 var(--name); }
{ROWS} .group:not(.corner) > span:first-child { font-size: 92%; }
{ROWS} > * > tr > td { flex: 0 0 var(--side); margin: 1px; }
{ROWS} .slanted { position: relative; flex: 0 0 var(--side); height: 100%; margin: 0 1px; }
{ROWS} .starts { margin-left: 6px; }
.labs .access .slanted > span { position: absolute; left: calc(50% - .5em); bottom: 0; white-space: nowrap;
  font-size: 92%; transform-origin: 0 100%; transform: translateX(var(--aside, .75em)) rotate(var(--turn)); }
.labs .access .square { display: block; height: 1.7em; line-height: calc(1.7em - 2px); box-sizing: border-box;
  text-align: center; font-weight: bold; border-radius: .25em; border: 1px solid var(--labs-line); overflow: hidden; }
.labs .access .square.warn { border-color: var(--tint); background: color-mix(in srgb, var(--tint) 45%, transparent); }
{ROWS} > * > tr > td:hover .square { border-color: var(--labs-text); }
{ROWS} > * > tr > td[aria-current] .square { outline: 2px solid var(--labs-text); outline-offset: 1px; }
.labs .access .turned, .labs .access .delta { display: none; }
.labs-live .labs .access .turned { {HIDDEN} display: block; }
{ROWS} > * > tr > td:focus { outline: 0; position: relative; z-index: 1; }
{ROWS} > * > tr > td:focus .square { outline: 3px solid var(--labs-text); outline-offset: 1px; }
.labs-live .labs .access td:has(.turned) .square, .labs .access .key .changed .square { position: relative; }
.labs-live .labs .access td:has(.turned) .square::after, .labs .access .key .changed .square::after {
  content: "" / ""; position: absolute; right: 0; top: 0; width: var(--mark, 10px); height: var(--mark, 10px);
  background: var(--labs-text); clip-path: polygon(0 0, 100% 0, 100% 100%); forced-color-adjust: none; }
.labs-live .labs .access .delta { display: block; font-weight: bold; grid-area: 2 / 2; }
.labs .access .key .changed { visibility: hidden; }
.labs-live .labs .access.has-changes .key .changed { visibility: visible; }
{ROWS} > tbody > tr:hover { background: color-mix(in srgb, var(--labs-text) 8%, var(--labs-ground)); }
.labs .access .who { grid-column: 1 / -1; font-weight: bold; } .labs .access .where { grid-area: 2 / 1; }
.labs .access .of { grid-area: 2 / 3; font-weight: bold; } .labs .access :is(.where, tbody .of) { font-size: 92%; }
.labs .access tbody .of.chip { padding: 0 .4em; background: linear-gradient(to right,
  color-mix(in srgb, var(--tint) 45%, transparent) var(--part), transparent var(--part)); }
.labs .access .grouped .who { font-weight: normal; }
@container (min-width: {WIDE}) { .labs .access .map .grouped tbody th:not(.group) { padding-left: 1em; } }
{ROWS} > * > tr:has(.group:not(.corner)) { border-top: 2px solid var(--labs-edge);
  background: color-mix(in srgb, var(--labs-text) 9%, var(--labs-ground)); }
.labs .access .square .word { {HIDDEN} }
.labs .access .named, .labs .access .opens, {ROWS} .reason { display: none; }
@container map (max-width: {BESIDE}) { {ROWS} > * > tr:has(> .far) { flex-wrap: wrap; }
  {ROWS} > * > tr > td.far { display: block; flex: 1 0 100%; min-width: 0; box-sizing: border-box;
    overflow-wrap: anywhere; margin: .4em 0 .6em;
    padding: .3em .2em .3em .7em; border-left: 4px solid var(--labs-text); } }
@container (max-width: {WIDE}) { .labs .access .map { --slant: var(--steep-slant); --ends: var(--steep-ends);
    --turn: -60deg; --aside: .95em; --name: 0px; width: 100%; max-height: {NARROW_HEIGHT};
    --side: min(2.2em, (100cqi - var(--ends)) / var(--columns) - 2px); }
  .labs .access .told { position: static; width: auto; min-height: 0; padding-bottom: .6em; }
  .labs .access .map .squares { margin-top: 0; }
  {ROWS} > * > tr { flex-wrap: wrap; }
  {ROWS} > thead > tr { height: var(--slant); flex-wrap: nowrap; }
  {ROWS} .corner { {HIDDEN} }
  {ROWS} > tbody { width: calc(var(--columns) * (var(--side) + 2px) + var(--gaps) - 1px); }
  {ROWS} > tbody > tr { padding: .2em 0; }
  {ROWS} > tbody > tr > th:not(.group) { flex: 1 0 100%; padding: 0 0 .1em; gap: 1px .6em;
    grid-template-columns: auto minmax(0, 1fr) auto auto; }
  .labs .access .who { grid-area: 1 / 1; } .labs .access .where { grid-area: 1 / 2; }
  .labs-live .labs .access .delta { grid-area: 1 / 3; } .labs .access .of { grid-area: 1 / 4; }
  {ROWS} > tbody .group:not(.corner) { flex: 1 0 100%; padding: .2em 0 .2em .3em; }
  {ROWS} > * > tr > td:first-of-type, {ROWS} .slanted:nth-child(2) { margin-left: 0; } }
@media screen { @container (max-width: {LIST}) { .labs .access .map { padding: 0; }
  {ROWS} > tbody { width: auto; }
  {ROWS} > thead { {HIDDEN} }
  {ROWS} > tbody > tr { position: relative; padding: .5em 0; }
  {ROWS} > tbody > {OPEN} > th { position: relative; margin: -.5em 0 0; padding-block: .5em; }
  {ROWS} > tbody > {OPEN} { position: static; padding-bottom: .6em; }
  {ROWS} > tbody > tr:has(> .group) { padding: .2em 0; }
  {ROWS} > tbody > tr > th:not(.group) { padding-left: 1.6em;
    grid-template-columns: minmax(0, 1fr) auto auto; }
  .labs .access .who { grid-area: 1 / 1 / auto / -1; } .labs .access .where { grid-area: 2 / 1; }
  .labs-live .labs .access .delta { grid-area: 2 / 2; } .labs .access .of { grid-area: 2 / 3; }
  .labs .access .opens { display: block; } .labs .access .opens > summary { position: absolute; inset: 0; z-index: 1;
    cursor: pointer; list-style: none; padding: .5em .25em; }
  .labs .access .opens > summary::before { content: "▸" / ""; }
  .labs .access .opens[open] > summary::before { content: "▾" / ""; }
  .labs .access .opens > summary:focus-visible { outline: 3px solid var(--labs-text); outline-offset: -3px; }
  {ROWS} > tbody > {SHUT} > td { flex: 1 1 0; margin: .25em 1px 0 0; pointer-events: none; }
  {ROWS} > tbody > {SHUT} > td.starts:not(:nth-child(2)) { margin-left: 3px; }
  {ROWS} > tbody > {SHUT} > td:nth-child(2) { margin-left: 1.6em !important; }
  {ROWS} > tbody > {SHUT} > td .square { height: 10px; font-size: 0; border-radius: 2px;
    outline: 0; --mark: 7px; }
  {ROWS} > tbody > {OPEN} > td { flex: 1 0 100%; margin: 0; display: flex; flex-wrap: wrap; gap: 0 .7em;
    align-items: center; min-height: 32px; box-sizing: border-box; padding: 2px 2px 2px 1.6em; white-space: normal;
    border-top: 1px solid color-mix(in srgb, var(--labs-text) 18%, var(--labs-ground)); }
  {ROWS} > tbody > {OPEN} .starts { border-top-color: var(--labs-edge); }
  .labs .access {OPEN} .square { flex: 0 0 26px; height: 26px; line-height: 24px; }
  .labs .access {OPEN} .named { display: block; flex: 1 1 0; overflow-wrap: break-word; line-height: 1.3; }
  .labs-live .labs .access {OPEN} .turned { position: static; width: auto; height: auto; clip-path: none;
    font-weight: bold; padding-right: .4em; }
  {ROWS} > tbody > {OPEN} > td[aria-current] {
    background: color-mix(in srgb, var(--labs-text) 12%, var(--labs-ground)); }
  {ROWS} > tbody > {OPEN} > td:focus { outline: 3px solid var(--labs-text); outline-offset: -3px; position: static; }
  {ROWS} > tbody > {OPEN} > td .square { outline: 0; } {ROWS} > tbody > {OPEN}:hover { background: none; }
  {ROWS} > tbody > {OPEN} > td[data-column]:hover {
    background: color-mix(in srgb, var(--labs-text) 8%, var(--labs-ground)); }
  {ROWS} > tbody > {OPEN} > td.reason { display: block; min-width: 0; overflow-wrap: anywhere; cursor: auto;
    padding: .5em .2em 1em .5em; border-top: 0; border-left: 4px solid var(--labs-text); } } }
.labs-map.labs-map details.why :is(table, tbody, tr, td) { display: block; width: auto; border: 0; padding: 0;
  white-space: normal; background: none; }
.labs-map.labs-map details.why thead { {HIDDEN} }
.labs-map.labs-map details.why tr { padding: .35em 0; font-size: 92%; border-top: 1px solid var(--labs-line); }
.labs-map.labs-map details.why td:first-child { font-weight: bold; }
.labs-map.labs-map details.why td:not(:first-child) { display: inline; }
.labs-map.labs-map details.why td:nth-child(2)::after { content: " · "; }
.labs-map .labs :is(.labs, .reason) .headline, .labs-reason .labs .headline { display: block; font-size: 108%; }
.labs-map .labs .headline > .chip { margin-right: .3em; }
.labs-map .labs-drawn { position: relative; padding: 0 2px; } .labs-map .labs-drawn > .widget-html { margin: 0; }
@container map (min-width: {LIST}) { .labs-map .labs-bar > .widget-inline-hbox:not(.widget-checkbox) {
    flex-basis: 11em; } }
.labs-map .labs-bar .widget-checkbox label { display: flex; align-items: center; gap: .4em; }
.labs-map .labs-bar .widget-checkbox input { margin: 0; }
.labs-map .labs-stale { position: absolute; z-index: 4; left: 5px; right: 0; top: 2px; max-width: 24em;
  flex-flow: row wrap; align-items: center; gap: .2em .6em; padding: .2em .7em .3em; box-sizing: border-box;
  border-left: 4px solid var(--labs-warn); }
.labs-stale > .widget-html { flex: 1 1 18em; margin: 0; } .labs-stale > .jupyter-button { flex: none; margin: 0; }
.labs-stale .box.box { margin: 0; padding: 0; border: 0; } .labs-stale .box > p { margin: 0 0 .1em; }
@container map (max-width: 67em) { .labs-map .labs-stale { max-width: none; } }
.labs-outdated .labs .access .told > .box { visibility: hidden; }
.labs-outdated .labs :is(.squares, .key, .reason), .labs-outdated .labs-answer { filter: grayscale(1); }
@container (max-width: 28em) { .labs-reason .labs-choice select { font-size: 12px; } }
.labs-reason .stop.start { max-width: var(--most, 24em); }
.labs-map.labs-map { container: map / inline-size; font-size: var(--jp-widgets-font-size, 13px); }
@media screen { @container map (max-width: {LIST}) { .labs-reason.labs-reason { {HIDDEN} width: 100%; }
  .labs-reason > :not(.labs-answer), .labs-map .labs-told-keys { display: none !important; }
  .labs-map .labs-stale { left: 2px; } } }
@media print { {ROWS} .slanted { position: relative !important; }
  {ROWS} > * > tr > * { padding: 0 !important; font-size: 92%; }
  {ROWS} > tbody > tr > th { padding-right: .6em !important; } }
</style>"""
_PARTS = {
    "BESIDE": _BESIDE, "HEIGHT": _HEIGHT, "NARROW_HEIGHT": _NARROW_HEIGHT, "WIDE": _WIDE, "LIST": _LIST,
    "HIDDEN": _HIDDEN,
    "ROWS": ".labs .access .map .squares",
    "OPEN": "tr:has(.opens[open])", "SHUT": "tr:not(:has(.opens[open]))",
}  # fmt: skip
_STYLE = reduce(lambda style, name: style.replace(f"{{{name}}}", _PARTS[name]), _PARTS, _TEMPLATE)


def _square(answer: bool | None) -> str:
    """Return a cell's answer: a filled square with a sign if allowed, and a small sign on an empty square if not."""
    verdict, sign, word = _CELLS[answer]
    return (
        f'<span class="square {verdict.tint}" title="{word}">{sign} <span class="word">{word}</span></span>'
    )


_OPENS = '<details class="opens"><summary><span class="heard">each action</span></summary></details>'
"""The element that expands a row in a narrow container; it covers the collapsed row."""
_SQUARES = {answer: _square(answer) for answer in _CELLS}
_KEY = (
    f'<p class="key"><span>{_SQUARES[True]} anyone with the keys can do it</span>'
    f"<span>{_SQUARES[False]} they can't</span>"
    '<span class="changed"><span class="square" aria-hidden="true"></span> changed</span></p>'
)
EXAMPLES = "<p>Actions are evaluated on example resources in the row's account.</p>"
GIVEN = "<p>Actions are evaluated on the resources that are given for them.</p>"
"""The subject of the squares: actions on example resources, or actions that were given with their resources."""
_CORNER = "user or role <span class='of'>blast radius</span>"
"""The heading of the rows: the blast radius is the number of actions that the user or role can perform."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The cells that a map marks.

    `chosen`: the principal and the action of the cell whose reason is shown. `changes`: the cells that opened (True) or
    closed (False) since the last look.
    """

    chosen: tuple[str | None, str | None] = (None, None)
    changes: Mapping[tuple[str, str], bool] = field(default_factory=dict)


_UNMARKED = Marks()


def outdated(title: str, text: str = "") -> str:
    """Return the HTML that covers the summary of a map that no longer shows the cloud as it is."""
    return framed(box(Verdict.WARN, title, text, label="Outdated", word="outdated"))


def heat_map(
    asked: AccessMap,
    principals: Sequence[str],
    actions: Sequence[str],
    name: Callable[[str], str],
    group: Grouping,
    told: str = "",
    marks: Marks = _UNMARKED,
) -> str:
    """Return the table of these principals and actions.

    `name` returns the name of a principal's account, or "" to leave it out; `group` returns a row's group heading, or
    is None to omit groups. `told` is the HTML of the summary.
    """
    if not principals or not actions:
        return f'{told}<p role="status">Nothing matches: remove a filter.</p>'
    starts = [_is_start(actions, place) for place in range(len(actions))]
    named = "".join(map(_heading, actions, starts))
    rows = body(
        principals[:SHOWN_ROWS],
        group,
        len(actions),
        _row(asked, actions, name, starts, marks),
        _counts(asked, group).__getitem__,
    )
    left = len(principals) - SHOWN_ROWS
    more = f"<p>And {counted(left, 'more row')}: use Find, or csv().</p>" if left > 0 else ""
    changed = " has-changes" if marks.changes else ""
    return (
        f'{_STYLE}<div class="access{changed}"><div class="scrolled map" style="{_sizes(actions, starts)}" '
        'tabindex="0" role="region" aria-label="Access map">'
        f'<div class="told">{told}{_KEY}</div>'
        f'<table class="cells squares{" grouped" if group else ""}">'
        "<caption>Who can do which dangerous action</caption>"
        f'<thead><tr><th class="group corner" scope="col">{_CORNER}</th>{named}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>{more}"
    )


def _counts(asked: AccessMap, group: Grouping) -> dict[str, str]:
    """Return the HTML of each group's count: the allowed cells, and all evaluated cells, including filtered ones.

    A group with one row has no count.
    """
    radii: dict[str, list[tuple[int, int]]] = {}
    if group is None:
        return {}
    for principal in asked.rows:
        radii.setdefault(group(principal), []).append(asked.radius(principal))
    return {
        head: f" {_count(*map(sum, zip(*own, strict=True)))}" if len(own) > 1 else ""
        for head, own in radii.items()
    }


def _sizes(actions: Sequence[str], starts: Sequence[bool]) -> str:
    """Return what the stylesheet needs to know: the number of columns, and the space that the slanted names need.

    `--ends` is the space to the right of the last column, and the width of the gaps between services.
    """
    gaps = sum(starts)
    return (
        f"--columns: {len(actions)}; --gaps: {5 * (gaps - 1)}px; "
        f"--long-slant: {_reach(actions, _SLANTED[1]):.0f}px; "
        f"--long-ends: {_overhang(actions, 24, _SLANTED[0]) + 5 * gaps:.0f}px; "
        f"--steep-slant: {_reach(actions, _STEEP[1]):.0f}px; "
        f"--steep-ends: {_overhang(actions, 24, _STEEP[0]) + 5 * gaps:.0f}px"
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


def _full_name(action: str) -> str:
    """Return an action's name for a list, in which a long name may take two lines."""
    service, _, rest = action.partition(":")
    return f"{escaped(service, 40)}<strong>:<wbr>{breakable(escaped(rest, 80))}</strong>"


def _row(
    asked: AccessMap,
    actions: Sequence[str],
    name: Callable[[str], str],
    starts: Sequence[bool],
    marks: Marks,
) -> Callable[[str], str]:
    across = {action: place for place, action in enumerate(asked.actions)}
    down = {principal: place for place, principal in enumerate(asked.principals)}
    named = [f'<span class="named">{_full_name(each)}</span>' for each in asked.actions]

    def row(principal: str) -> str:
        """Return a principal's row."""
        answers = asked.rows[principal]
        changes = {action: opened for (whose, action), opened in marks.changes.items() if whose == principal}
        turned = {each: f'<span class="turned">{TURNED[opened]}</span>' for each, opened in changes.items()}
        cells = "".join(
            cell(
                across[action],
                down[principal],
                _SQUARES[answers[across[action]]] + named[across[action]] + turned.get(action, ""),
                "starts" if starts[at] else "",
                is_chosen=marks.chosen == (principal, action),
            )
            for at, action in enumerate(actions)
        )
        allowed, of = asked.radius(principal)
        whole = escaped(principal.split(":", 5)[-1], 120)
        kind, name_of = _parts(whole)
        where = " · ".join(filter(None, (kind, escaped(name(principal), 80))))
        return (
            f'<tr><th scope="row" title="{whole}"><span class="who">{breakable(name_of)}</span> '
            f'<span class="where">{where}</span> {_delta(list(changes.values()))}{_count(allowed, of)}'
            f"{_OPENS}</th>{cells}</tr>"
        )

    return row


def _count(allowed: int, of: int) -> str:
    """Return how many actions are allowed: if any are, as a warning whose background is filled in proportion."""
    if not allowed:
        return f'<span class="of">{allowed} of {of}</span>'
    part = f"--part: {100 * allowed / of:.0f}%"
    return f'<span class="of chip warn" style="{part}">{Verdict.WARN.sign} {allowed} of {of}</span>'


def _delta(changes: Sequence[bool]) -> str:
    """Return how many cells of a row opened and closed, as signed numbers."""
    if not changes:
        return ""
    closed = changes.count(False)
    counts = (f"+{len(changes) - closed}" * (closed < len(changes)), f"\u2212{closed}" * (closed > 0))
    said = " ".join(filter(None, counts))
    return f'<span class="delta" title="since your last look">{said}</span>'


def _parts(name: str) -> tuple[str, str]:
    """Return a principal's kind and its name, without the path between them."""
    kind, slash, rest = name.partition("/")
    return (kind, rest.rpartition("/")[2]) if slash else ("", kind)
