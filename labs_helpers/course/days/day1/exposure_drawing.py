"""The exposure plot's picture: how long each event lasted, on a logarithmic scale, with its name above its bar.

An outage is an empty bar with a dashed edge, and an exposure is a full red bar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

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
_LEFT, _GROUP, _SCALE = 2, 26, 24
_NEAR = 7
"""The space between a bar's end and its duration. A mark that is closer to the bar than this is not drawn."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The picture's width, the end of its scale, the number of letters in a line, and the marks on the scale."""

    width: int
    right: int
    letters: int
    ticks: Sequence[tuple[int, str]]

    def x(self, hours: float) -> float:
        """Return the position of a time on the scale; anything below a quarter of an hour is at its start."""
        low, high = math.log10(_LEAST), math.log10(_MOST)
        share = (math.log10(min(max(hours, _LEAST), _MOST)) - low) / (high - low)
        return _LEFT + share * (self.right - _LEFT)


_WIDE = Layout(560, 548, 80, _TICKS)
_NARROW = Layout(264, 256, 38, [each for each in _TICKS if each[0] in (1, 24, 720, 43_800)])
"""The layout for a phone, in which texts wrap and fewer marks are labeled."""
_GROWN = 1.2
"""The factor by which a picture becomes wider if there is space."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An event with its duration, as a number of hours and in words.

    `is_open`: True if data was exposed. `is_own`: True for the learner's event, which is highlighted.
    """

    what: str
    hours: float
    shown: str
    is_open: bool
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Events below one title."""

    title: str
    bars: Sequence[Bar]


def bars(groups: Sequence[Group], description: str) -> str:
    """Return the picture of groups of events, each group below its title."""
    return drawing.for_each_width(
        _picture(_WIDE, groups, description), _picture(_NARROW, groups, description), below=480
    )


def _picture(layout: Layout, groups: Sequence[Group], description: str) -> str:
    parts, y = [], 0.0
    for group in groups:
        parts.append(drawing.label(_LEFT, y + 14, group.title, anchor="start", bold=True))
        y += _GROUP
        for each in group.bars:
            own = next((layout.x(other.hours) for other in group.bars if other.is_own), None)
            drawn, high = _bar(layout, each, y, own)
            parts.append(drawn)
            y += high + 10
        parts.append(_scale(layout, y - 4))
        y += _SCALE + 8
    return drawing.svg(layout.width, int(y), description, parts, most=int(layout.width * _GROWN))


def _scale(layout: Layout, y: float) -> str:
    """Return the scale, which is below each group's bars."""
    marks = (
        drawing.line(layout.x(hours), y - 3, layout.x(hours), y + 3, tint="line", wide=1)
        + drawing.label(layout.x(hours), y + 16, word)
        for hours, word in layout.ticks
    )
    return drawing.line(_LEFT, y, layout.right, y, tint="line", wide=1) + "".join(marks)


def _bar(layout: Layout, each: Bar, y: float, own: float | None) -> tuple[str, float]:
    """Return an event's name and its bar, and their height. A long bar contains the duration.

    `own`: where the learner's bar ends, which is marked next to shorter bars.
    """
    lines = wrap(each.what, layout.letters)
    named = "".join(
        drawing.label(_LEFT, y + 12 + 15 * at, line, anchor="start", bold=each.is_own)
        for at, line in enumerate(lines)
    )
    width = max(layout.x(each.hours) - _LEFT, 2) if each.hours else 2
    tint, high, top = ("bad" if each.is_open else "slate"), 18, y + 3 + 15 * len(lines)
    color = f"var(--labs-{tint})"
    share = (30 if each.is_open else 0) + (30 if each.is_own else 0)
    dash = "" if each.is_open else ' stroke-dasharray="4 3"'
    end = _LEFT + width
    is_inside = width > drawing.LETTER * len(each.shown) + 24
    mark = own if own is not None and own > end + _NEAR else None
    if mark is not None and mark < end + drawing.BOLD * len(each.shown) + 2 * _NEAR and not is_inside:
        end = mark  # the duration is moved behind the mark, which would otherwise run through it
    at = end + (-_NEAR if is_inside else _NEAR)
    shown = drawing.label(
        at,
        top + high / 2 + 4,
        each.shown,
        anchor="end" if is_inside else "start",
        bold=True,
        halo=not is_inside,
    )
    # The scale's marks are only behind the bars, so that no line runs through a text.
    text = range(0) if is_inside else range(int(at) - 4, int(at + drawing.BOLD * len(each.shown)) + 4)
    marks = "".join(
        drawing.line(x, top, x, top + high, tint="line", wide=1)
        for x in (layout.x(hours) for hours, _ in layout.ticks)
        if int(x) not in text
    )
    if mark is not None:
        marks += drawing.line(mark, top, mark, top + high, tint=tint, wide=2.5)
    drawn = marks + (
        f'<rect x="{_LEFT}" y="{top:g}" width="{width:.1f}" height="{high}" rx="2" '
        f'style="fill:color-mix(in srgb, {color} {share}%, var(--labs-ground));stroke:{color};stroke-width:1.5"{dash}/>'
    )
    return named + drawn + shown, top + high - y
