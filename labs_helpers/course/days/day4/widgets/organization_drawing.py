"""The organization as a drawn tree: boxes from the root to the accounts, and a request's way through a sieve per level.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labs_helpers.course.days.day4.widgets.organization_html import Node, Step
from labs_helpers.course.shown.look import Verdict, drawing

MOST = 40
"""The maximum number of boxes; of a larger organization, only the way to the chosen account is drawn."""
_WIDTH, _HEIGHT, _RIGHT, _DOWN = 172, 40, 218, 52
_LETTERS = 24
_LEFT = 30
"""The space for the sieve in front of the root."""
_END = 104
"""The width of the verdict behind the chosen account."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node of the tree at its place."""

    node: Node
    parent: str | None
    x: float
    y: float


def arranged(listed: Sequence[Node]) -> list[Box]:
    """Return the nodes with their places: a level is further right, and a parent is at the middle of its children."""
    parents: dict[str, str | None] = {}
    way: list[Node] = []
    for node in listed:
        del way[node.depth :]
        parents[node.id] = way[-1].id if way else None
        way.append(node)
    rows: dict[str, float] = {}
    leaves = 0
    for node in reversed(listed):
        below = [rows[id] for id, parent in parents.items() if parent == node.id]
        if below:
            rows[node.id] = (min(below) + max(below)) / 2
        else:
            rows[node.id], leaves = -leaves, leaves + 1
    return [
        Box(node, parents[node.id], _LEFT + node.depth * _RIGHT, 8 + (rows[node.id] + leaves - 1) * _DOWN)
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
    click on a box chooses it there. `verdict`: the decision, which is drawn at the end of the way.
    """
    if len(listed) > MOST:
        listed = [each for each in listed if each.id in path]
    boxes = {each.node.id: each for each in arranged(listed)}
    effects = _effects(steps)
    stopped = next((id for id in path if effects.get(id) == "bad"), None)
    reached = set(path[: path.index(stopped)]) if stopped else set(path)
    parts = [
        _edge(
            boxes[each.parent], each, effects, is_lit=each.node.id in path, is_reached=each.parent in reached
        )
        for each in boxes.values()
        if each.parent
    ]
    for each in boxes.values():
        parts.append(_box(each, effects, path, options))
    width = max(each.x for each in boxes.values()) + _WIDTH + 8
    if verdict is not None and path and path[-1] in boxes:
        end = boxes[path[-1]]
        parts.append(_end(end, verdict, is_reached=end.node.id in reached))
        width = max(width, end.x + _RIGHT + _END + 8)
    height = max(each.y for each in boxes.values()) + _HEIGHT + 8
    said = in_words(listed, path, steps) + (f" The request is {verdict.word}." if verdict else "")
    return drawing.svg(int(width), int(height), said, parts, least=int(width * 0.85))


def _effects(steps: Sequence[Step]) -> Mapping[str, str]:
    """Return the tint of each level: bad if a policy there stops the request."""
    found: dict[str, str] = {}
    for step in steps:
        if found.get(step.target) != "bad":
            found[step.target] = "good" if step.effect == "ALLOW" else "bad"
    return found


def _edge(upper: Box, lower: Box, effects: Mapping[str, str], *, is_lit: bool, is_reached: bool) -> str:
    start, end = (upper.x + _WIDTH, upper.y + _HEIGHT / 2), (lower.x, lower.y + _HEIGHT / 2)
    middle = (start[0] + end[0]) / 2 - 6
    tint = ("calm" if is_reached else "bad") if is_lit else "line"
    dash = "" if is_reached or not is_lit else ' stroke-dasharray="3 5"'
    return (
        f'<path d="M{start[0]:g} {start[1]:g} H{middle:g} V{end[1]:g} H{end[0]:g}" fill="none" '
        f'style="stroke:var(--labs-{tint})" stroke-width="{3.5 if is_lit else 1.5}"{dash}/>'
    )


def _end(last: Box, verdict: Verdict, *, is_reached: bool) -> str:
    """Return the verdict, to the right of the last box of the way."""
    x, y = last.x + _WIDTH, last.y + _HEIGHT / 2
    tint = verdict.tint
    way = drawing.arrow(x, y, last.x + _RIGHT, y, tint=tint, wide=3.5, dashed=not is_reached)
    said = drawing.box(
        last.x + _RIGHT, last.y, _END, _HEIGHT, [f"{verdict.sign} {verdict.word}"], tint=tint, lit=True
    )
    return f'<g class="verdict {tint}">{way}{said}</g>'


def _sieve(each: Box, tint: str) -> str:
    """Return a sieve in front of a level, with the sign of what it does to the request."""
    x, top, bottom = each.x - 9, each.y - 2, each.y + _HEIGHT + 2
    sign = "✓" if tint == "good" else "✗"
    bars = drawing.line(x, top, x, bottom, tint=tint, wide=6, dashed=tint == "good")
    return (
        f'<g class="sieve {tint}">{bars}{drawing.label(x - 12, each.y + 12, sign, bold=True, tint=tint)}</g>'
    )


def _box(each: Box, effects: Mapping[str, str], path: Sequence[str], options: Sequence[str]) -> str:
    node = each.node
    tint = effects.get(node.id, "calm" if node.id in path else "edge")
    held = ", ".join(node.policies)
    lines = [_clipped(node.name + (" (moved)" if node.moved else "")), _clipped(held or node.kind)]
    drawn = drawing.box(each.x, each.y, _WIDTH, _HEIGHT, lines, tint=tint, lit=node.id in path)
    sieve = _sieve(each, effects[node.id]) if node.id in effects else ""
    choose = f' data-option="{options.index(node.id)}" style="cursor:pointer"' if node.id in options else ""
    return f"<g{choose}>{drawn}</g>{sieve}"


def _clipped(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def in_words(listed: Sequence[Node], path: Sequence[str], steps: Sequence[Step]) -> str:
    """Return the picture's content as sentences."""
    names = {each.id: each.name for each in listed}
    way = " → ".join(names[id] for id in path if id in names)
    said = [f"An organization with {len(listed)} roots, OUs, and accounts."]
    if way:
        said.append(f"The way to the chosen one: {way}.")
    said += [f"{each.type} at {each.name}: {each.word}." for each in steps]
    return " ".join(said)
