"""A KMS key's history as a picture for narrow containers: time runs from top to bottom, in a column per Region."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from labs_helpers.course.days.day5.widgets.key_drawing import (
    MATERIALS,
    RADIUS,
    STATES,
    Knots,
    about,
    block,
    day,
    described,
    lasting,
    mark,
    spread,
    told,
)
from labs_helpers.course.days.day5.widgets.key_history import History, Span
from labs_helpers.course.shown.look import drawing
from labs_helpers.course.shown.look.drawing import label, line

_MARKS, _TIMES, _LANE, _BETWEEN = 36, 54, 54, 6
"""The width of the marks and of the times, the minimum width of a lane, and the space between lanes."""
_STRETCH, _LINE, _FROM = 46, 14, 8
_MARK = 2 * RADIUS + 2


class Column:
    """A history as SVG with a given width, or wider for many Regions. `chosen` is the highlighted moment, from 0."""

    def __init__(self, history: History, chosen: int, width: int) -> None:
        self._history, self._chosen = history, chosen
        self._knots = Knots(history)
        lanes = len(history.states) + 1
        self._lane = max((width - _MARKS - _TIMES) / lanes - _BETWEEN, _LANE)
        self._right = _MARKS + lanes * (self._lane + _BETWEEN)
        self._heads = [
            *([*self._wrapped(region), *about(history, region)] for region in history.states),
            self._wrapped("key material"),
        ]
        self._top = _FROM + _LINE * max(map(len, self._heads)) + 20
        # If something is still to come, the line of the current time has room for its date.
        marks = self._knots.moments(range(len(self._knots.all)))
        self._places = [float(self._top)]
        for at, (start, _) in enumerate(pairwise(self._knots.all)):
            after_now = start[0] == history.now and history.now < history.end
            own = sum(at <= place < at + 1 for place in marks)
            self._places.append(self._places[-1] + max(_STRETCH, own * _MARK) + (20 if after_now else 0))

    def svg(self) -> str:
        """Return the picture."""
        parts = [*self._names(), *self._times(), *self._bars(), *self._marks()]
        width = int(self._right + _TIMES)
        return drawing.svg(
            width, int(self._places[-1] + 26), described(self._history), parts, most=int(width * 1.15)
        )

    def _wrapped(self, words: str) -> list[str]:
        """Return words in as many lines as a lane needs, broken after spaces and hyphens and before capital letters."""
        lines = [""]
        for part in re.split(r"(?<=[ -])|(?<=[a-z])(?=[A-Z])", words):
            if lines[-1] and drawing.BOLD * len(lines[-1] + part) > self._lane:
                lines.append("")
            lines[-1] += part
        return [each.strip() for each in lines]

    def _x(self, lane: int) -> float:
        return _MARKS + lane * (self._lane + _BETWEEN)

    def _y(self, time: datetime) -> float:
        return self._knots.place(time, self._places)

    def _names(self) -> Iterator[str]:
        """Yield the lanes' titles, and the date on which the history begins."""
        for lane, lines in enumerate(self._heads):
            for at, text in enumerate(lines):
                is_about = at >= len(lines) - len(self._about(lane))
                yield label(
                    self._x(lane) + self._lane / 2,
                    _FROM + _LINE * (at + 0.5),
                    text,
                    bold=not is_about,
                    halo=False,
                )
        yield label(_MARKS, self._top - 6, day(self._history.begin), anchor="start", halo=False)

    def _about(self, lane: int) -> list[str]:
        regions = list(self._history.states)
        return about(self._history, regions[lane]) if lane < len(regions) else []

    def _times(self) -> Iterator[str]:
        """Yield the duration of each stretch, the current time, and the end."""
        history, left = self._history, self._right
        for (start, after), (low, high) in zip(
            pairwise(self._knots.all), pairwise(self._places), strict=True
        ):
            yield line(left - 2, high, left + 6, high)
            for at, word in enumerate(lasting(after[0] - start[0]).split()):
                yield label(left + 2, (low + high) / 2 + _LINE * at - 2, word, anchor="start", halo=False)
        last = f"{day(history.end)}" if history.now < history.end else f"{day(history.end)} (now)"
        yield label(_MARKS, self._places[-1] + 16, last, anchor="start", halo=False)
        if history.now < history.end:
            y = self._y(history.now)
            yield line(_MARKS, y, left, y, tint="text", dashed=True)
            yield label(_MARKS, y + 15, f"now: {day(history.now)}", anchor="start", halo=False)

    def _bars(self) -> Iterator[str]:
        history = self._history
        for lane, (region, spans) in enumerate(history.states.items()):
            for span in spans:
                yield self._bar(lane, span, STATES.get(span.what, "open"))
            x = self._x(lane) + self._lane
            for y in sorted({round(self._y(time)) for time in history.uses[region]}):
                yield line(x, y, x + 5, y, tint="text")
            end = history.deletions.get(region)
            if end is not None and end > history.now:
                start = self._y(history.now) + 20
                yield block(self._x(lane), start, self._lane, "bad", height=self._y(end) - start, dashed=True)
                yield from self._texts(lane, start, ["✗ then", "deleted"])
        for number, span in enumerate(history.materials):
            yield self._bar(len(history.states), span, MATERIALS[number % 2])

    def _bar(self, lane: int, span: Span, tint: str) -> str:
        start, end = (self._places[self._knots.all.index(knot)] for knot in self._knots.ends(span))
        height = max(end - start, 3.0)
        words = self._wrapped(span.what)[: int((height - 6) / _LINE)]
        texts = "".join(self._texts(lane, start, words))
        shown = block(self._x(lane), start, self._lane, tint, height=height)
        return f"<g><title>{told(span)}</title>{shown}{texts}</g>"

    def _texts(self, lane: int, y: float, words: list[str]) -> Iterator[str]:
        for at, word in enumerate(words):
            yield label(self._x(lane) + self._lane / 2, y + 17 + _LINE * at, word, halo=False)

    def _marks(self) -> Iterator[str]:
        """Yield a numbered mark per moment, and the line from it to its time; a click on a mark chooses the moment."""
        times = self._knots.moments(self._places)
        gap = min(float(_MARK), (self._places[-1] - self._top + 2 * RADIUS) / max(len(times), 1))
        places = spread(times, gap, self._top - RADIUS, self._places[-1] + RADIUS)
        order = sorted(range(len(times)), key=lambda number: number == self._chosen)
        for number in order:
            y, time, is_chosen = places[number], times[number], number == self._chosen
            tint, wide = ("text", 2.5) if is_chosen else ("edge", 1)
            yield line(14, y, _MARKS - 4, time, tint=tint, wide=wide)
            if is_chosen:
                yield line(_MARKS - 4, time, self._right - _BETWEEN, time, tint=tint, wide=wide)
            moment = self._history.moments[number]
            yield mark(number, moment, 14, y, min(RADIUS, gap / 2 - 1), is_chosen=is_chosen)


def column_pictures(history: History, chosen: int) -> str:
    """Return the picture in two widths: for half a page, and for a phone."""
    return drawing.for_each_width(
        Column(history, chosen, 440).svg(), Column(history, chosen, 264).svg(), below=480
    )
