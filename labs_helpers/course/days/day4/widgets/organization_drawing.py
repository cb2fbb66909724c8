"""The organization as a drawn tree: boxes from the root to the accounts, and a request's way through a sieve per level.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labs_helpers.course.days.day4.widgets.organization_html import Node, Step
from labs_helpers.course.shown.look import Verdict, drawing, escaped

LEGEND = (
    "A box shows a root, an OU, or an account, and below its name the policies that are attached there. The request "
    "passes a sieve at each level of the lit path: ✓ lets it through, and ✗ stops it."
)

MOST = 40
"""The maximum number of boxes; of a larger organization, only the way to the chosen account is drawn."""
_WIDTH, _HEIGHT, _RIGHT, _DOWN = 172, 40, 218, 62
_LETTERS = 24
_SAID = 32
"""The maximum number of letters below a box, up to the next box to the right."""
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
    parts += [_stopping(boxes[each.target], each) for each in steps if _stops(each) and each.target in boxes]
    width = max(each.x for each in boxes.values()) + _WIDTH + 8
    if verdict is not None and path and path[-1] in boxes:
        end = boxes[path[-1]]
        parts.append(_end(end, verdict, is_reached=end.node.id in reached))
        width = max(width, end.x + _RIGHT + _END + 8)
    height = max(each.y for each in boxes.values()) + _DOWN
    said = in_words(listed, path, steps) + (f" The request is {verdict.word}." if verdict else "")
    ends = bool(path) and path[-1] in boxes and boxes[path[-1]].x > width / 2
    return drawing.svg(int(width), int(height), said, parts, least=int(width * 0.85), from_end=ends)


def _effects(steps: Sequence[Step]) -> Mapping[str, str]:
    """Return the tint of each level: bad if a policy there stops the request."""
    found: dict[str, str] = {}
    for step in steps:
        if found.get(step.target) != "bad":
            found[step.target] = "bad" if _stops(step) else "good"
    return found


def _stops(step: Step) -> bool:
    return step.effect != "ALLOW"


def _stopping(at: Box, step: Step) -> str:
    """Return the policy and the statement that stop the request, below their level."""
    said = f"✗ {step.by or f'no {step.type} allows it'}"
    shown = said if len(said) <= _SAID else f"{said[: _SAID - 1]}…"
    return f"<g><title>{escaped(said, 300)}</title>{_said(at, shown)}</g>"


def _said(at: Box, text: str) -> str:
    return drawing.label(at.x, at.y + _HEIGHT + 15, text, anchor="start", bold=True, tint="bad")


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
    x, y, top, bottom = each.x - 7, each.y + _HEIGHT / 2, each.y - 2, each.y + _HEIGHT + 2
    sign = "✓" if tint == "good" else "✗"
    bars = drawing.line(x, top, x, bottom, tint=tint, wide=6, dashed=tint == "good")
    ring = (
        f'<circle cx="{x - 13:g}" cy="{y:g}" r="9" '
        f'style="fill:var(--labs-ground);stroke:var(--labs-{tint});stroke-width:2"/>'
    )
    return (
        f'<g class="sieve {tint}">{bars}{ring}{drawing.label(x - 13, y + 4, sign, bold=True, tint=tint)}</g>'
    )


def _box(each: Box, effects: Mapping[str, str], path: Sequence[str], options: Sequence[str]) -> str:
    node = each.node
    tint = effects.get(node.id, "calm" if node.id in path else "edge")
    kind = "" if node.kind == "root" else f" · {node.kind}"
    name = node.name + (" (moved)" if node.moved else "")
    named = f"{name}{kind}" if len(name + kind) <= _LETTERS else name
    lines = [_clipped(named), _clipped(_held(node))]
    drawn = drawing.box(each.x, each.y, _WIDTH, _HEIGHT, lines, tint=tint, lit=node.id in path)
    sieve = _sieve(each, effects[node.id]) if node.id in effects else ""
    choose = f' data-option="{options.index(node.id)}" style="cursor:pointer"' if node.id in options else ""
    return f"<g{choose}>{drawn}</g>{sieve}"


def _held(node: Node) -> str:
    """Return the names of a node's policies, or the first name and how many more there are."""
    held = ", ".join(node.policies)
    if len(held) > _LETTERS and len(node.policies) > 1:
        more = f" +{len(node.policies) - 1} more"
        return node.policies[0][: _LETTERS - len(more)] + more
    return held or ("FullAWSAccess" if node.is_open else "no policies")


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
