"""An envelope message as a picture: your key opens the data key, and the data key opens the frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labs_helpers.course.days.day5.envelope.anatomy import BODY, KEYS
from labs_helpers.course.shown.look import drawing

_YOURS, _OPENS = ("your key", "opens the data key"), "the data key opens the content"
_SIZE, _GAP, _EDGE = (128, 48), 14, 14
_LIST, _TALL, _BETWEEN, _WAY = 192, 40, 10, 22
"""The narrow form: the size of its boxes, the space between them, and the space between the arrows beside them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the message as a box. `option`: the index of its first field in the list of fields."""

    name: str
    lines: tuple[str, str]
    tint: str
    is_chosen: bool
    option: int


def nested(parts: Sequence[Part]) -> str:
    """Return the picture of a message's parts; a click on a part chooses its first field."""
    return drawing.for_each_width(_across(parts), _down(parts), below=480)


def _across(parts: Sequence[Part]) -> str:
    """Return the wide form: the parts from left to right, and your key above them."""
    wide, tall = _SIZE
    top, drawn = 84, []
    for at, part in enumerate(parts):
        x = 2 * _EDGE + at * (wide + _GAP)
        drawn.append(_box(part, x, top, wide, tall))
        if part.name == KEYS:
            drawn.append(drawing.box(x - 25, 4, wide + 50, 40, _YOURS, tint="plum"))
            drawn.append(drawing.arrow(x + wide / 2, 44, x + wide / 2, top - 2, tint="plum"))
        if part.name == BODY:
            low, start, end = top + tall, x - wide / 2 - _GAP, x + wide / 2
            drawn.append(_bent([(start, low), (start, low + 20), (end, low + 20), (end, low + 10)]))
            drawn.append(drawing.arrow(end, low + 18, end, low + 2, tint="teal"))
            drawn.append(drawing.label(x - _GAP / 2, low + 36, _OPENS))
    width = 4 * _EDGE + len(parts) * (wide + _GAP) - _GAP
    around = drawing.box(_EDGE, top - 12, width - 2 * _EDGE, tall + 24, [])
    return drawing.svg(width, top + tall + 46, _said(parts), [around, *drawn], most=int(width * 1.2))


def _down(parts: Sequence[Part]) -> str:
    """Return the narrow form: your key, and the parts below each other."""
    first, x = 66, _EDGE
    places = {part.name: first + at * (_TALL + _BETWEEN) for at, part in enumerate(parts)}
    drawn = [_box(part, x, places[part.name], _LIST, _TALL) for part in parts]
    bottom, right = first + len(parts) * (_TALL + _BETWEEN), x + _LIST
    around = drawing.box(4, first - 10, _LIST + 2 * (x - 4), bottom - first + 10, [])
    drawn.append(drawing.box(x, 4, _LIST, _TALL, _YOURS, tint="plum"))
    keys, outer, inner = places[KEYS], right + 2 * _WAY, right + _WAY
    drawn.append(_bent([(right, 24), (outer, 24), (outer, keys + 12), (right + 10, keys + 12)], "plum"))
    drawn.append(drawing.arrow(right + 12, keys + 12, right + 2, keys + 12, tint="plum"))
    if BODY in places:
        body = places[BODY] + _TALL / 2
        drawn.append(_bent([(right, keys + 28), (inner, keys + 28), (inner, body), (right + 10, body)]))
        drawn.append(drawing.arrow(right + 12, body, right + 2, body, tint="teal"))
        drawn.append(drawing.label(x, bottom + 18, _OPENS, anchor="start"))
    return drawing.svg(264, bottom + 26, _said(parts), [around, *drawn], most=330)


def _box(part: Part, x: float, y: float, width: float, height: float) -> str:
    drawn = drawing.box(x, y, width, height, part.lines, tint=part.tint, lit=part.is_chosen)
    return f'<g data-option="{part.option}" style="cursor:pointer">{drawn}</g>'


def _bent(points: Sequence[tuple[float, float]], tint: str = "teal") -> str:
    """Return a line with corners, from an encrypted key to what it opens."""
    way = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{way}" fill="none" style="stroke:var(--labs-{tint});stroke-width:1.8"/>'


def _said(parts: Sequence[Part]) -> str:
    """Return the picture's content in words."""
    names = ", ".join(part.name for part in parts)
    return (
        f"The message: {names}. Your key opens the data key in the keys part, "
        "and the data key opens the content of the body."
    )
