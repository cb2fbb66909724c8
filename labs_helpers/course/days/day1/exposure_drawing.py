"""The exposure plot's picture: how long each event lasted, on a logarithmic scale, with its name above its bar.

An outage is an empty bar with a dashed edge, and an exposure is a full red one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labs_helpers.course.shown.look import drawing

_TICKS = (
    (1, "1 hour"),
    (24, "1 day"),
    (168, "1 week"),
    (720, "30 days"),
    (8_760, "1 year"),
    (43_800, "5 years"),
)
_LEAST, _MOST = 0.25, 87_600
_WIDTH, _LEFT, _RIGHT = 780, 8, 690
_TOP, _ROW, _GROUP = 34, 44, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """An event with its duration in hours, and the same in words. `is_open`: data was exposed."""

    what: str
    hours: float
    shown: str
    is_open: bool


def bars(groups: Sequence[tuple[str, Sequence[Bar]]], description: str) -> str:
    """Return the picture of groups of events, each group below its title. The first group is highlighted."""
    parts, y = [], float(_TOP)
    for place, (title, listed) in enumerate(groups):
        parts.append(drawing.label(_LEFT, y + 14, title, anchor="start", bold=True))
        y += _GROUP
        for each in listed:
            parts.append(_bar(each, y, wide=place == 0))
            y += _ROW
    height = int(y + 8)
    scale = [_tick(hours, word, height) for hours, word in _TICKS]
    return drawing.svg(_WIDTH, height, description, [*scale, *parts], least=640)


def _x(hours: float) -> float:
    """Return the position of a time on the scale; anything below a quarter of an hour is at its start."""
    low, high = math.log10(_LEAST), math.log10(_MOST)
    share = (math.log10(min(max(hours, _LEAST), _MOST)) - low) / (high - low)
    return _LEFT + share * (_RIGHT - _LEFT)


def _tick(hours: float, word: str, height: int) -> str:
    x = _x(hours)
    return drawing.line(x, 20, x, height - 6, tint="line", wide=1) + drawing.label(x, 14, word)


def _bar(each: Bar, y: float, *, wide: bool) -> str:
    width = max(_x(each.hours) - _LEFT, 2) if each.hours else 2
    tint, high = ("bad" if each.is_open else "slate"), (18 if wide else 12)
    color = f"var(--labs-{tint})"
    share = 55 if each.is_open else 0
    dash = "" if each.is_open else ' stroke-dasharray="4 3"'
    return (
        drawing.label(_LEFT, y + 12, each.what, anchor="start", bold=wide)
        + f'<rect x="{_LEFT}" y="{y + 18:g}" width="{width:.1f}" height="{high}" rx="2" '
        f'style="fill:color-mix(in srgb, {color} {share}%, var(--labs-ground));stroke:{color};stroke-width:1.5"{dash}/>'
        + drawing.label(_LEFT + width + 7, y + 18 + high / 2 + 4, each.shown, anchor="start", bold=wide)
    )
