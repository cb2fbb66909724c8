"""The organization as a tree: boxes from the root to the accounts, and a request's path through a sieve per level.

Each level has the sign of its own policies, as in the table below the picture. The path ends where a policy stops the
request: the verdict is there, and the levels below it have no effect, so they are gray. Drafts and verdicts have their
own space, so that no box moves when a draft is attached or a request is denied.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from labs_helpers.course.days.day4.widgets.organization_html import (
    MANAGEMENT,
    MOOT,
    Node,
    Step,
    is_stopping,
    states_of,
)
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import Verdict, drawing, escaped
from labs_helpers.course.shown.look.picture_style import WIDTHS

LEGEND = "Each box lists the policies attached there. The sign in front of a box shows their effect on the request."
_GATES = {
    "good": "they allow it",
    "bad": "one denies it, or none allows it",
    "open": "no effect: already denied",
}
_DRAFT, _NONE, _EXEMPT = "draft", "no policies", "no SCP applies here"
_TAG, _TAG_LETTERS = 16, 17
"""The height of a draft's tag, and the number of its letters if it is below a box, where it must not cover the path."""

MOST = 40
"""The maximum number of boxes; for a larger organization, only the path to the chosen account is drawn."""
_WIDTH, _HIGH, _RIGHT, _LINE = 172, 55, 218, 15
"""The size of a box, which has room for three lines, the distance between levels, and the height of a line."""
_TOP, _BELOW = 20, 40
"""The space above a box for the name of a draft, and below it for a verdict or a comment."""
_LETTERS, _LINES = 25, 3
"""The number of letters per line of a box, and of lines per box."""
_BEND = 11
"""The distance after a box at which its line turns, which leaves room for the sieve's sign before the next box."""
_SAID = 28
"""The number of bold letters that fit below a box, before the next box to the right begins."""
_LEFT = 32
"""The space for the sieve in front of the root."""
_NARROW, _STEP, _AT = 264, 48, 22
"""The width of the picture for phones, the space for a sieve between two boxes, and the position of the path."""
_NARROW_PAGE = 640
"""The width of a page below which only the path is drawn, even if the whole tree fits."""
_ROOM = 216
"""The additional width of the picture for narrow pages, compared with the one for phones."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node of the tree at its place."""

    node: Node
    parent: str | None
    x: float
    y: float

    @property
    def middle(self) -> float:
        """The height of the box's middle."""
        return self.y + _HIGH / 2

    @property
    def bottom(self) -> float:
        """The height of the box's lower edge."""
        return self.y + _HIGH


@dataclass(frozen=True)
class Way:
    """A request's path: the IDs from the root to the account, the effects of the policies there, and the decision."""

    path: Sequence[str]
    steps: Sequence[Step]
    verdict: Verdict | None
    exempt: str = ""
    """The ID of the chosen account if it is the management account, or ""."""

    @cached_property
    def states(self) -> dict[str, str]:
        """Return the state of each level whose policies are evaluated."""
        return states_of(self.path, self.steps)

    @cached_property
    def end(self) -> str | None:
        """Return the ID of the first level that stops the request, if one does."""
        return next((id for id in self.path if self.states.get(id) == "bad"), None)

    @property
    def stop(self) -> str | None:
        """Return the ID of the level that stops the request, or None before the decision."""
        return self.end if self.verdict is Verdict.NO else None

    def is_lit(self, id: str) -> bool:
        """Return True if the request reaches a level. After a denial, it doesn't reach the levels below."""
        return id in self.path and (self.end is None or self.path.index(id) <= self.path.index(self.end))

    def stopping(self, id: str) -> str:
        """Return the name of the policy that stops the request at a level, which is drawn separately."""
        return self.words(id)[2:].partition(", statement ")[0] if self.states.get(id) == "bad" else ""

    def words(self, id: str) -> str:
        """Return the comment on a level: what stops the request there, or that its policies have no effect."""
        own = [each for each in self.steps if each.target == id]
        if id == self.exempt and self.verdict is not None and not self.steps:
            return f"· {_EXEMPT}"
        if self.states.get(id) == "open":
            return f"✓ {MOOT}" if own else "· not asked"
        stopping = next(filter(is_stopping, own), None)
        return f"✗ {stopping.by or f'no {stopping.type} allows it'}" if stopping is not None else ""

    @property
    def goal(self) -> str | None:
        """Return the ID of the level where the decision is made: the one that stops the request, or else the last."""
        last = self.path[-1] if self.path else None
        return (self.stop or last) if self.verdict is not None else None

    @property
    def told(self) -> list[str]:
        """Return the verdict, and its reason: the policy and the statement that stop the request, if a level does."""
        if self.verdict is None:
            return []
        by = self.words(self.goal)[2:] if self.goal else ""
        return [f"{self.verdict.sign} {self.verdict.word}", *([by] if by else [])]


def _parents(listed: Sequence[Node]) -> dict[str, str | None]:
    """Return the ID of each node's parent, or None for the root."""
    parents: dict[str, str | None] = {}
    way: list[Node] = []
    for node in listed:
        del way[node.depth :]
        parents[node.id] = way[-1].id if way else None
        way.append(node)
    return parents


def arranged(listed: Sequence[Node]) -> list[Box]:
    """Return the nodes with their positions: levels from left to right, and each parent centered on its children."""
    parents = _parents(listed)
    rows: dict[str, float] = {}
    below: dict[str | None, list[float]] = {}
    leaves = 0
    for node in reversed(listed):
        children = below.get(node.id)
        if children:
            rows[node.id] = (min(children) + max(children)) / 2
        else:
            rows[node.id], leaves = -leaves, leaves + 1
        below.setdefault(parents[node.id], []).append(rows[node.id])
    return [
        Box(
            node,
            parents[node.id],
            _LEFT + node.depth * _RIGHT,
            _TOP + (rows[node.id] + leaves - 1) * (_HIGH + _BELOW),
        )
        for node in listed
    ]


def tree(
    listed: Sequence[Node],
    path: Sequence[str],
    steps: Sequence[Step] = (),
    options: Sequence[str] = (),
    verdict: Verdict | None = None,
) -> str:
    """Return the picture of an organization.

    `path`: the IDs from the root to the chosen node, which are lit. `steps`: the effects of the policies at each level
    on a request, which are drawn as a sieve in front of the level. `options`: the IDs in the list of nodes, so that a
    click on a box chooses it there. `verdict`: the decision, which is drawn below the box where it is made.
    """
    everything, chosen = listed, [each for id in path for each in listed if each.id == id]
    if len(listed) > MOST:
        listed = [each for each in listed if each.id in path]
    exempt = next((each.id for each in chosen[-1:] if each.kind == MANAGEMENT), "")
    way = Way(path, steps, verdict, exempt)
    boxes = {each.node.id: each for each in arranged(listed)}
    parts = [
        _edge(boxes[each.parent], each, way)
        for each in sorted(boxes.values(), key=lambda each: each.node.id in path)  # the lit path lies on top
        if each.parent
    ]
    if verdict is not None and way.goal in boxes:
        parts.append(_verdict_below(boxes[way.goal], way.told, verdict))
    for each in boxes.values():
        parts += [_box(each, way, options, _tag_above(each, way)), _sieve(each, way.states)]
    parts += [_comment(boxes[id], way) for id in path if id in boxes and id != way.goal]
    width = max(each.x for each in boxes.values()) + _WIDTH + 8
    height = max(each.bottom for each in boxes.values()) + _BELOW
    said = in_words(listed, path, steps) + (f" The request is {verdict.word}." if verdict else "")
    least = int(width * 0.85)
    whole = drawing.svg(int(width), int(height), said, parts, least=least)
    small, middle = (_downward(chosen, everything, way, options, said, room) for room in (0, _ROOM))
    downward = f'<div class="downward"><div class="snug">{small}</div><div class="roomy">{middle}</div></div>'
    below = next((each for each in WIDTHS if each >= max(least, _NARROW_PAGE)), WIDTHS[-1])
    return drawing.for_each_width(whole, downward, below)


def _downward(
    chosen: Sequence[Node], listed: Sequence[Node], way: Way, options: Sequence[str], said: str, room: int
) -> str:
    """Return the path to the `chosen` node from top to bottom.

    If there is `room` to the right of the picture, nodes that aren't drawn are named next to the box of their level.
    Otherwise, only their number is shown.
    """
    x, y, bottom = 8.0, float(_STEP), 0.0
    parts: list[str] = []
    for place, node in enumerate(chosen):
        each = Box(node, None, x, y)
        state = way.states.get(node.id, "")
        if place:
            parts.append(_line(f"M{x + _AT:g} {bottom:g} V{y:g}", node.id, way))
        beside = [other for other in listed if other.depth == node.depth and other.id != node.id]
        parent = chosen[place - 1].id if place else ""
        lines = _named_beside(beside, _children_of(parent, listed), room)
        first = each.middle + 4 - (len(lines) - 1) * _LINE / 2
        parts += [
            drawing.label(x + _WIDTH + 12, first + at * _LINE, line, anchor="start")
            for at, line in enumerate(lines)
        ]
        if beside and not room:
            parts.append(_more(len(beside), x + _WIDTH + 8, each.middle))
        bottom = each.bottom
        if way.verdict is not None and node.id == way.goal:
            parts.append(_verdict_below(each, way.told, way.verdict))
            bottom += _room(way.told)
        parts += [_sieve_above(each, state), _box(each, way, options, _tag_below(each, bottom, way))]
        if node.id != way.goal and (comment := way.words(node.id)):
            # Without the sign, which is drawn on the path.
            parts.append(_titled(comment[2:], x + _AT + 14, y - 17, state))
        y = bottom + _STEP
    return drawing.svg(_NARROW + room, int(bottom + 18), said, parts)


def _room(told: Sequence[str]) -> int:
    """Return the height that a verdict needs below a box."""
    return 6 + _LINE * len(told)


def _verdict_below(at: Box, told: Sequence[str], verdict: Verdict) -> str:
    """Return the verdict, which is drawn below the box of its level. The box covers the verdict's upper edge."""
    lines = [*told[:1], *(_fitted(each, _LETTERS) for each in told[1:])]
    under = drawing.box(at.x, at.bottom - 9, _WIDTH, 9 + _room(told), [], tint=verdict.tint, lit=True)
    texts = (
        drawing.label(at.x + _WIDTH / 2, at.bottom + 14 + place * _LINE, line, bold=place == 0, halo=False)
        for place, line in enumerate(lines)
    )
    title = f"<title>{escaped(' · '.join(told), 300)}</title>"
    return f'<g class="verdict {verdict.tint}">{title}{under}{"".join(texts)}</g>'


def _named_beside(others: Sequence[Node], siblings: set[str], room: int) -> list[str]:
    """Return the names of a level's other nodes, in at most two lines that fit beside a box if there is `room`.

    Nodes with the same parent are named first, and nodes elsewhere in the organization on a separate line.
    """
    letters = int((_NARROW + room - _WIDTH - 20) / 7)
    here = ", ".join(each.name for each in others if each.id in siblings)
    elsewhere = ", ".join(each.name for each in others if each.id not in siblings)
    said = [f"{where}: {names}" for where, names in (("also", here), ("in other OUs", elsewhere)) if names]
    most = 1 if len(said) > 1 else 2
    wrapped = (textwrap.wrap(each, letters, max_lines=most, placeholder=" …") for each in said)
    return [line for lines in wrapped for line in lines] if room else []


def _children_of(parent: str, listed: Sequence[Node]) -> set[str]:
    """Return the IDs of the nodes directly in a root or OU."""
    return {id for id, above in _parents(listed).items() if above == parent}


def _more(count: int, x: float, y: float) -> str:
    """Return a button that opens the list of nodes, because the others of a level aren't drawn."""
    wide, high = _NARROW - x - 2, 28
    frame = (
        f'<rect x="{x:g}" y="{y - high / 2:g}" width="{wide:g}" height="{high}" rx="7" '
        'style="fill:var(--labs-ground);stroke:var(--labs-edge);stroke-width:1.5"/>'
    )
    said = drawing.label(x + wide / 2, y + 4, f"+{count} more", halo=False)
    return f'<g data-opens="0" style="cursor:pointer">{frame}{said}</g>'


def _comment(at: Box, way: Way) -> str:
    said = way.words(at.node.id)
    return _titled(said, at.x, at.bottom + 15, way.states.get(at.node.id, "")) if said else ""


def _titled(said: str, x: float, y: float, state: str) -> str:
    """Return a comment on a level, with the full text on demand."""
    is_bad = state == "bad"
    drawn = drawing.label(
        x, y, _fitted(said, _SAID), anchor="start", bold=is_bad, tint="bad" if is_bad else ""
    )
    return f"<g><title>{escaped(said, 300)}</title>{drawn}</g>"


def _fitted(said: str, most: int) -> str:
    """Return the policy and the statement, or only the policy if both don't fit: the table below has both."""
    return said if len(said) <= most else _clipped(said.partition(", statement ")[0], most)


def _edge(upper: Box, lower: Box, way: Way) -> str:
    start, end = (upper.x + _WIDTH, upper.middle), (lower.x, lower.middle)
    drawn = f"M{start[0]:g} {start[1]:g} H{start[0] + _BEND:g} V{end[1]:g} H{end[0]:g}"
    return _line(drawn, lower.node.id, way)


def _line(drawn: str, id: str, way: Way) -> str:
    """Return the line to a level: dashed and gray if the request doesn't get that far, whatever the level's sign is."""
    tint, wide, dash = "line", 1.8, ""
    if way.is_lit(id):
        tint, wide = "good" if id in way.states else "calm", 3.5
    elif id in way.path:
        tint, dash = "open", ' stroke-dasharray="3 5"'
    return f'<path d="{drawn}" fill="none" style="stroke:var(--labs-{tint})" stroke-width="{wide}"{dash}/>'


def _sieve(each: Box, states: Mapping[str, str]) -> str:
    """Return a sieve in front of a level, with the sign of its effect on the request."""
    if not (state := states.get(each.node.id)):
        return ""
    x, y, top, bottom = each.x - 7, each.middle, each.y - 2, each.bottom + 2
    return f'<g class="sieve {state}">{_bars(x, top, x, bottom, state)}{_sign(x - 14, y, state)}</g>'


def _sieve_above(each: Box, state: str) -> str:
    if not state:
        return ""
    x, y = each.x + _AT, each.y - 7
    bars = _bars(each.x - 2, y, each.x + _WIDTH + 2, y, state)
    return f'<g class="level {state}">{bars}{_sign(x, y - 14, state)}</g>'


def _bars(x1: float, y1: float, x2: float, y2: float, state: str) -> str:
    return drawing.line(x1, y1, x2, y2, tint=state, wide=6, dashed=state != "bad")


def _sign(x: float, y: float, state: str) -> str:
    ring = (
        f'<circle cx="{x:g}" cy="{y:g}" r="9" '
        f'style="fill:var(--labs-ground);stroke:var(--labs-{state});stroke-width:2"/>'
    )
    return ring + drawing.label(x, y + 4, "✗" if state == "bad" else "✓", bold=True, tint=state)


def _box(each: Box, way: Way, options: Sequence[str], tag: str) -> str:
    """Return a node's box with its tag. A box that is moved in the preview is dashed, like the tag of a draft."""
    node = each.node
    tint, lines = (
        way.states.get(node.id, "calm" if node.id in way.path else "edge"),
        _lines(node, way.stopping(node.id)),
    )
    is_lit = way.is_lit(node.id)
    drawn = drawing.box(each.x, each.y, _WIDTH, _HIGH, lines, tint=tint, lit=is_lit, dashed=node.moved)
    title = f"<title>{escaped(f'{node.titled}: ' + (', '.join(_policies(node)) or _NONE), 300)}</title>"
    choose = f' data-option="{options.index(node.id)}" style="cursor:pointer"' if node.id in options else ""
    return f"<g{choose}>{title}{drawn}{tag}</g>"


def _tag_above(each: Box, way: Way) -> str:
    """Return the tag of a node's drafts on the upper edge of its box."""
    return _tagged(each, each.y - _TAG - 2, way, _LETTERS - 4)


def _tag_below(each: Box, bottom: float, way: Way) -> str:
    """Return the tag of a node's drafts, placed below the box and the verdict so that it covers neither."""
    return _tagged(each, bottom + 2, way, _TAG_LETTERS)


def _tagged(each: Box, top: float, way: Way, letters: int) -> str:
    """Return the tag of a node's drafts, if it has any.

    If the only draft is the policy that stops the request, the comment on the level already names it.
    """
    drafts = each.node.drafts
    said = _DRAFT if drafts == (way.stopping(each.node.id),) else _listed(drafts, letters)
    return _tag(each.x + _WIDTH - 8, top, said) if drafts else ""


def _tag(right: float, top: float, said: str) -> str:
    """Return a dashed tag."""
    wide = max(len(said), 3) * drawing.LETTER + 14
    return (
        f'<rect class="draft" x="{right - wide:g}" y="{top:g}" width="{wide:g}" height="{_TAG}" rx="5" '
        'style="fill:var(--labs-ground);stroke:var(--labs-text)" stroke-width="1.2" stroke-dasharray="3 2"/>'
        + (drawing.label(right - wide / 2, top + 12, said, halo=False) if said else "")
    )


def _lines(node: Node, stopping: str) -> list[str]:
    """Return the lines in a node's box: its name, AWS's policy, and its other policies.

    `stopping`: a policy that is named elsewhere, because it stops the request.
    """
    kind = "" if node.kind == "root" else f" · {node.kind}"
    name = node.name + (" (moved)" if node.moved else "")
    if len(name + kind) <= _LETTERS:
        named = [f"{name}{kind}"]
    else:
        named = [name, *([MANAGEMENT] if node.kind == MANAGEMENT else [])]
    policies = _policies(node)
    held = [each for each in policies if each not in (stopping, *node.drafts)] if policies else [_NONE]
    return [_clipped(each) for each in (*named, *_held(held, _LINES - len(named)))]


def _policies(node: Node) -> list[str]:
    """Return the names of a node's policies, AWS's policy first."""
    return [*(["FullAWSAccess"] if node.is_open else []), *node.policies]


def _held(policies: Sequence[str], most: int) -> list[str]:
    """Return the names of policies in at most two lines, or in one line if they fit or `most` is 1."""
    if len(policies) > 1 and most > 1 and len(", ".join(policies)) > _LETTERS:
        return [policies[0], _listed(policies[1:])]
    return [_listed(policies)] if policies else []


def _listed(names: Sequence[str], most: int = _LETTERS) -> str:
    """Return the names of policies, or the first name and how many more there are."""
    listed = ", ".join(names)
    more = f" +{len(names) - 1} more" if len(names) > 1 else ""
    return listed if len(listed) <= most else _clipped(names[0], most - len(more)) + more


def _clipped(text: str, most: int = _LETTERS) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def in_words(listed: Sequence[Node], path: Sequence[str], steps: Sequence[Step]) -> str:
    """Return the picture's content as sentences."""
    names = {each.id: each.name for each in listed}
    way = " → ".join(names[id] for id in path if id in names)
    said = [f"An organization with {counted(len(listed), 'root', 'roots, OUs, and accounts')}."]
    if way:
        said.append(f"The path to the chosen node: {way}.")
    said += [f"{each.type} at {each.name}: {each.word}." for each in steps]
    return " ".join(said)


def legend(listed: Sequence[Node]) -> str:
    """Return the picture's legend: the signs in front of the boxes and, if there is a draft, how it is drawn."""
    keys = [(_gate(state), said) for state, said in _GATES.items()]
    if any(each.drafts or each.moved for each in listed):
        keys.append((_icon(_tag(37, 4, ""), 38), _DRAFT))
    items = "".join(f"<li>{drawn} {escaped(said)}</li>" for drawn, said in keys)
    return f'<p class="legend">{LEGEND}</p><ul class="legend">{items}</ul>'


def _gate(state: str) -> str:
    return _icon(_sign(10, 12, state) + _bars(24, 0.5, 24, 23.5, state), 28)


def _icon(drawn: str, width: int) -> str:
    return (
        f'<svg aria-hidden="true" width="{width}" height="24" viewBox="0 0 {width} 24" fill="currentColor" '
        f'style="font:12px sans-serif;vertical-align:-.55em">{drawn}</svg>'
    )
