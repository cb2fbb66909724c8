"""The exposure plot's picture: how long each event lasted, on a logarithmic scale, with its name and duration above it.

An outage is an empty bar with a dashed edge, and an exposure is a full red bar. The learner's exposure is darker from
the moment when an outsider finds the data.
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
_FIXED = "\u00a0"
"""A space at which no line ends."""
_HIGH = 12
"""The height of a bar."""
_NOTE = 17
"""The height of the note below a bar."""


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


_WIDE = Layout(560, 548, 84, _TICKS)
_NARROW = Layout(264, 256, 38, [each for each in _TICKS if each[0] in (1, 24, 720, 43_800)])
"""The layout for a phone, in which texts wrap and fewer marks are labeled."""
_GROWN = 1.2
"""The factor by which a picture becomes wider if there is space."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An event with its duration, as a number of hours and in words.

    `is_open`: True if data was exposed. `is_own`: True for the learner's event, which is highlighted. `found`: the
    number of hours after which an outsider finds the data, or None. `note`: the same in words.
    """

    what: str
    hours: float
    shown: str
    is_open: bool
    is_own: bool = False
    found: float | None = None
    note: str = ""


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
            own = next((layout.x(other.hours) for other in group.bars if other.is_own and other.hours), None)
            named = _named(layout, each, y)
            top = y + 3 + 15 * len(named)
            parts += [*named, _bar(layout, each, top, own), _note(layout, each, top + _HIGH)]
            y = top + _HIGH + (_NOTE if each.note else 0) + 10
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


def _named(layout: Layout, each: Bar, y: float) -> list[str]:
    """Return the lines of an event's name. The last word of the name and the duration are on the same line."""
    shown = each.shown.replace(" ", _FIXED)
    before, _, word = each.what.rpartition(" ")
    *lines, last = wrap(f"{before} {word}{_FIXED}·{_FIXED}{shown}", layout.letters)
    lines.append(last.removesuffix(_FIXED + shown))
    return [
        drawing.label(
            _LEFT,
            y + 12 + 15 * at,
            line,
            anchor="start",
            bold=each.is_own,
            bold_end=shown if at == len(lines) - 1 else "",
        )
        for at, line in enumerate(lines)
    ]


def _bar(layout: Layout, each: Bar, top: float, own: float | None) -> str:
    """Return an event's bar. `own`: where the learner's bar ends; the other bars have a mark there."""
    end = max(layout.x(each.hours), _LEFT + 2) if each.hours else _LEFT + 2
    color = f"var(--labs-{'bad' if each.is_open else 'slate'})"
    dash = "" if each.is_open else ' stroke-dasharray="4 3"'
    stroke = f'stroke:{color};stroke-width:{2.5 if each.is_own else 1.5}"{dash}'
    bar = _part(_LEFT, end, top, color, 30 if each.is_open or each.is_own else 0, stroke)
    if each.found is not None:
        bar += _part(layout.x(each.found), end, top, color, 75, stroke)
    marks = "".join(
        drawing.line(layout.x(hours), top, layout.x(hours), top + _HIGH, tint="line", wide=1)
        for hours, _ in layout.ticks
    )
    if own is None or each.is_own:
        return marks + bar
    tint = "bad" if each.is_open else "slate"
    return marks + bar + drawing.line(own, top - 1, own, top + _HIGH + 1, tint=tint, wide=2.5)


def _part(start: float, end: float, top: float, color: str, share: int, stroke: str) -> str:
    """Return a part of a bar. `share`: the percentage of the color in it."""
    return (
        f'<rect x="{start:.1f}" y="{top:g}" width="{end - start:.1f}" height="{_HIGH}" rx="2" '
        f'style="fill:color-mix(in srgb, {color} {share}%, var(--labs-ground));{stroke}/>'
    )


def _note(layout: Layout, each: Bar, bottom: float) -> str:
    """Return the note below a bar, next to a triangle at the moment when an outsider finds the data, if one does."""
    if not each.note or each.found is None:
        return drawing.label(_LEFT, bottom + 14, each.note, anchor="start") if each.note else ""
    at = layout.x(each.found)
    is_right = at + 9 + drawing.LETTER * len(each.note) <= layout.right
    triangle = f'<path d="M{at:.1f} {bottom + 3:g} l5 9 h-10 z" style="fill:var(--labs-bad)"/>'
    side, anchor = (9, "start") if is_right else (-9, "end")
    return triangle + drawing.label(at + side, bottom + 14, each.note, anchor=anchor)
