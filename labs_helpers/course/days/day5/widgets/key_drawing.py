"""A KMS key's history as a picture: one lane per Region, one for the key material, and a numbered mark per moment.

A year in which nothing changes isn't wider than a second in which the key is disabled: each stretch between two
changes has room for the name of its state, and its duration is below it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from labs_helpers.course.days.day5.widgets.key_history import (
    DISABLED,
    EMPTY,
    ENABLED,
    ENDING,
    History,
    Moment,
    Span,
)
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import drawing, escaped
from labs_helpers.course.shown.look.drawing import label, line

STATES = {ENABLED: "good", DISABLED: "warn", ENDING: "bad", EMPTY: "open"}
"""State of a key → the name of its color in the palette."""
MATERIALS = ("teal", "plum")
_LEFT, _WIDTH, _MARGIN = 116, 700, 12
_STRETCH, _WAITING = 64, 110
"""The minimum widths of a stretch, and of the waiting period before a deletion."""
_TOP, _LANE, _GAP = 62, 28, 18
RADIUS = 11
_FEWEST_PIXELS = 8
"""The minimum radius of a mark that contains its number."""


Knot = tuple[datetime, int]
"""The time of a change, and its number among the changes of the same second."""
_LAST = 1_000_000


def _told_apart(spans: Sequence[Span], now: datetime) -> Iterator[tuple[Span, tuple[Knot, Knot]]]:
    """Yield spans with their ends, which differ even if two changes are in the same second."""
    counts = Counter[datetime]()
    starts: list[Knot] = []
    for span in spans:
        starts.append((span.start, counts[span.start]))
        counts[span.start] += 1
    for at, span in enumerate(spans):
        after = starts[at + 1] if at + 1 < len(spans) else None
        is_last = span.end in (span.start, now)
        yield span, (starts[at], after if after else (span.end, _LAST if is_last else 0))


class Knots:
    """The times at which something in a history changes, in order. They divide a picture into stretches."""

    def __init__(self, history: History) -> None:
        self.lines = [*history.states.values(), history.materials]
        self._ends = {
            id(span): ends for spans in self.lines for span, ends in _told_apart(spans, history.now)
        }
        knots = {knot for ends in self._ends.values() for knot in ends}
        self.all = sorted({(history.begin, 0), (history.now, _LAST), (history.end, _LAST)} | knots)
        self._history = history

    def ends(self, span: Span) -> tuple[Knot, Knot]:
        """Return the knots at which a span begins and ends."""
        return self._ends[id(span)]

    def place(self, time: datetime, places: Sequence[float]) -> float:
        """Return the place of a time, given the places of the knots: within a stretch, the scale is linear."""
        after = bisect_right(self.all, (time, _LAST))
        if after == 0 or after == len(self.all):
            return places[after and -1]
        (start, _), (end, _) = self.all[after - 1 : after + 1]
        low, high = places[after - 1 : after + 1]
        return low + (high - low) * ((time - start) / (end - start))

    def moments(self, places: Sequence[float]) -> list[float]:
        """Return the places of the moments. Changes in the same second have different places, in their order."""
        found, counts = [], Counter[tuple[str, datetime]]()
        before: Mapping[str, str] = {}
        for each in self._history.moments:
            counts[each.region, each.time] += before.get(each.region) != each.states.get(each.region)
            before = each.states
            knot = each.time, max(counts[each.region, each.time] - 1, 0)
            is_known = knot in self.all
            found.append(places[self.all.index(knot)] if is_known else self.place(each.time, places))
        return found


class Timeline:
    """A history as SVG. Time runs from left to right. `chosen` is the number of the highlighted moment, from 0."""

    def __init__(self, history: History, chosen: int) -> None:
        self._history, self._chosen = history, chosen
        self._knots = Knots(history)
        needed = [self._needed(start, end) for start, end in pairwise(self._knots.all)]
        spare = max(_WIDTH - _MARGIN - _LEFT - sum(needed), 0) / max(len(needed), 1)
        self._places = [float(_LEFT)]
        for width in needed:
            self._places.append(self._places[-1] + width + spare)
        self._right = max(self._places[-1], _WIDTH - _MARGIN)
        self._lanes = len(history.states) + 1
        self._bottom = _TOP + self._lanes * (_LANE + _GAP)

    @property
    def width(self) -> int:
        """The picture's width."""
        return int(self._right + _MARGIN)

    @property
    def widest(self) -> int:
        """The width up to which the picture grows with its place."""
        return int(self.width * 1.2)

    def svg(self) -> str:
        """Return the picture."""
        parts = [*self._marks(), *self._regions(), *self._material(), *self._axis()]
        return drawing.svg(
            self.width,
            self._bottom + 40,
            described(self._history),
            parts,
            int(self.width * 0.9),
            most=self.widest,
        )

    def _needed(self, start: Knot, end: Knot) -> float:
        """Return the width that a stretch needs so that its duration and the names of spans of this duration fit."""
        if end[0] > self._history.now:
            return _WAITING
        spans = (
            span for spans in self._knots.lines for span in spans if self._knots.ends(span) == (start, end)
        )
        duration = drawing.LETTER * len(lasting(end[0] - start[0]))
        names = (drawing.BOLD * len(span.what) for span in spans)
        return max(_STRETCH, max(duration, *names, 0) + 14)

    def _x(self, time: datetime) -> float:
        return self._knots.place(time, self._places)

    def _marks(self) -> Iterator[str]:
        """Yield a numbered mark per moment, and the line from it to its time; a click on a mark chooses the moment."""
        moments = self._history.moments
        gap = min(2 * RADIUS + 2.0, (self._right - _LEFT) / max(len(moments), 1))
        radius = min(RADIUS, gap / 2 - 1)
        times = self._knots.moments(self._places)
        places = spread(times, gap, _LEFT, self._right)
        chosen = self._chosen
        # The chosen moment is drawn last, so that its line is above the others.
        order = sorted(range(len(moments)), key=lambda number: number == chosen)
        for number in order:
            x, time, is_chosen = places[number], times[number], number == chosen
            tint, wide = ("text", 2.5) if is_chosen else ("edge", 1)
            yield line(x, 18, time, 44, tint=tint, wide=wide)
            yield line(time, 44, time, self._bottom - 6 if is_chosen else 52, tint=tint, wide=wide)
            yield mark(number, moments[number], x, 14, radius, is_chosen=is_chosen)

    def _regions(self) -> Iterator[str]:
        history = self._history
        for row, (region, spans) in enumerate(history.states.items()):
            y = _TOP + row * (_LANE + _GAP)
            uses = history.uses[region]
            yield _name(y, region, " · ".join(about(history, region)))
            for span in spans:
                yield self._bar(span, y, STATES.get(span.what, "open"))
            yield self._until_the_end(region, y)
            for x in sorted({round(self._x(time)) for time in uses}):
                yield line(x, y + _LANE, x, y + _LANE + 7, tint="text")

    def _material(self) -> Iterator[str]:
        y = _TOP + (self._lanes - 1) * (_LANE + _GAP)
        yield _name(y, "key material", "for new data")
        for number, span in enumerate(self._history.materials):
            yield self._bar(span, y, MATERIALS[number % 2])

    def _axis(self) -> Iterator[str]:
        """Yield the time axis: the duration of each stretch, the beginning, the current time, and the end."""
        history, y, right = self._history, self._bottom - 6, self._right
        yield line(_LEFT, y, right, y)
        for (start, after), (low, high) in zip(
            pairwise(self._knots.all), pairwise(self._places), strict=True
        ):
            yield line(high, y - 4, high, y + 4)
            yield label((low + high) / 2, y + 18, lasting(after[0] - start[0]))
        begin, now, end = day(history.begin), self._x(history.now), day(history.end)
        yield label(_LEFT, y + 36, begin, anchor="start")
        yield label(right, y + 36, end if history.now < history.end else f"{end} (now)", anchor="end")
        if history.now < history.end:
            yield line(now, _TOP - 6, now, y + 4, tint="text", dashed=True)
            yield label(min(max(now, _LEFT + 130), right - 130), y + 36, f"now: {day(history.now)}")

    def _bar(self, span: Span, y: float, tint: str) -> str:
        start, end = (self._places[self._knots.all.index(knot)] for knot in self._knots.ends(span))
        width = max(end - start, 3.0)
        shown = span.what if width > drawing.BOLD * len(span.what) + 12 else ""
        text = label(start + 7, y + 19, shown, anchor="start", bold=True, halo=False) if shown else ""
        return f"<g><title>{told(span)}</title>{block(start, y, width, tint)}{text}</g>"

    def _until_the_end(self, region: str, y: float) -> str:
        """Return the future part of a waiting period, dashed, with its last day."""
        end = self._history.deletions.get(region)
        if end is None or end <= self._history.now:
            return ""
        start, width = self._x(self._history.now), self._x(end) - self._x(self._history.now)
        shown = "✗ then deleted"
        return (
            f"<g><title>waiting period, until {stamp(end)}</title>"
            f"{block(start, y, width, 'bad', dashed=True)}"
            f"{label(start + width - 6, y + 19, shown, anchor='end', bold=True, halo=False)}</g>"
        )


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places in ascending order, moved until they are at least `gap` apart and between `low` and `high`."""
    moved = list(places)
    for before, at in pairwise(range(len(moved))):
        moved[at] = max(moved[at], moved[before] + gap)
    limit = high
    for at in reversed(range(len(moved))):
        moved[at] = max(min(moved[at], limit), low)
        limit = moved[at] - gap
    return moved


def mark(number: int, moment: Moment, x: float, y: float, radius: float, *, is_chosen: bool) -> str:
    """Return a numbered mark, which a click chooses."""
    ground, edge = ("text", "text") if is_chosen else ("ground", "edge")
    shown = (
        label(x, y + 4, str(number + 1), bold=True, tint="ground" if is_chosen else "", halo=False)
        if radius >= _FEWEST_PIXELS
        else ""
    )
    told = escaped(f"{number + 1}. {stamp(moment.time)} {moment.region}: {moment.name}", 200)
    return (
        f'<g class="moment" data-option="{number}" style="cursor:pointer"><title>{told}</title>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" '
        f'style="fill:var(--labs-{ground});stroke:var(--labs-{edge});stroke-width:1.5"/>{shown}</g>'
    )


def block(x: float, y: float, width: float, tint: str, *, height: float = _LANE, dashed: bool = False) -> str:
    """Return the bar of a span."""
    color = f"var(--labs-{tint})"
    ground = "none" if dashed else f"color-mix(in srgb, {color} 22%, var(--labs-ground))"
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<rect x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:.1f}" rx="4" '
        f'style="fill:{ground};stroke:{color};stroke-width:1.5"{dash}/>'
    )


def _name(y: float, name: str, about: str) -> str:
    below = label(_LEFT - 10, y + 26, about, anchor="end") if about else ""
    return label(_LEFT - 10, y + (12 if about else 19), name, anchor="end", bold=True) + below


def about(history: History, region: str) -> list[str]:
    """Return whether the key in a Region is the primary key, and how often it was used."""
    is_primary = history.primaries[-1].what == region and len(history.states) > 1
    uses = len(history.uses[region])
    return [each for each in ("primary" if is_primary else "", counted(uses, "use") if uses else "") if each]


def described(history: History) -> str:
    """Return a description of the pictures."""
    return f"Timeline of the key {history.key_id}; the table shows the same events"


def told(span: Span) -> str:
    """Return a span in words."""
    return f"{escaped(span.what)}: {stamp(span.start)} to {stamp(span.end)}"


def lasting(time: timedelta) -> str:
    """Return a length of time, rounded to its largest unit: `366 days`, `1 second`."""
    seconds = round(time.total_seconds())
    if not seconds:
        return "same second"
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60))
    unit, length = next((each for each in units if seconds >= each[1]), ("second", 1))
    return counted(round(seconds / length), unit)


def stamp(time: datetime) -> str:
    """Return a time to the minute: `2026-03-01 09:00`."""
    return time.strftime("%Y-%m-%d %H:%M")


def day(time: datetime) -> str:
    """Return a day: `2026-03-01`."""
    return time.strftime("%Y-%m-%d")
