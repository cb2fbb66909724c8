"""Small bar and line charts, drawn as SVG without a library, each with a table of the same values.

Every label is escaped. Series differ by pattern and by the value next to each bar, not only by color. The charts use
the surrounding text's color, so both light and dark themes work.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

from labs_helpers.course.shown.display import Page, show
from labs_helpers.course.shown.printable import clean

_WIDTH, _LABEL, _VALUE, _BAR, _GAP = 640, 190, 70, 14, 12
_number = count(1)  # ids of patterns must be unique in the page, which can contain several charts


class _Chart:
    """A title, a picture, and a table, which a notebook displays as a cell's last value."""

    __slots__ = ()
    title: str

    @property
    def svg(self) -> str:
        """Return the chart as SVG. Its values are also in the chart's table."""
        raise NotImplementedError

    def _table(self, page: Page) -> Page:
        raise NotImplementedError

    def page(self) -> Page:
        """Return the title and the table."""
        return self._table(Page().heading(self.title))

    def show(self) -> None:
        """Show the title, the picture, and the table; outside notebooks, the title and the table."""
        title, table = Page().heading(self.title), self._table(Page())
        show(self.page().text, title.html + self.svg + table.html)

    def _ipython_display_(self) -> None:
        self.show()

    def __repr__(self) -> str:
        return self.page().text


@dataclass(frozen=True, slots=True, repr=False)
class BarChart(_Chart):
    """Horizontal bars, one per row and series. Raises `ValueError` for rows that don't match the series.

    `rows`: (label, values) pairs with one nonnegative value per series; `unit`: the unit of the values.
    """

    title: str
    unit: str
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float, ...]], ...]

    def __post_init__(self) -> None:
        if any(len(values) != len(self.series) for _, values in self.rows):
            raise ValueError("each row needs one value per series")
        if any(value < 0 for _, values in self.rows for value in values):
            raise ValueError("the value of a bar can't be negative")

    def _table(self, page: Page) -> Page:
        header = ("", *(f"{name} ({self.unit})" for name in self.series))
        return page.table(header, [(label, *map(_number_text, values)) for label, values in self.rows])

    @property
    def svg(self) -> str:
        """Return the chart as SVG. Its values are also in the chart's table."""
        most = max((value for _, values in self.rows for value in values), default=0) or 1
        scale = (_WIDTH - _LABEL - _VALUE) / most
        number = next(_number)
        parts, y = [self._legend(number)], 2 * _BAR + _GAP
        for label, values in self.rows:
            middle = y + len(values) * _BAR / 2
            parts.append(_text(_LABEL - 8, middle, label[:28], 'text-anchor="end"'))
            for index, value in enumerate(values):
                parts.append(_bar(_LABEL, y, value * scale, _fill(number, index)))
                parts.append(_text(_LABEL + value * scale + 6, y + _BAR / 2, _number_text(value)))
                y += _BAR
            y += _GAP
        title = html.escape(clean(self.title, 200))
        return (
            f'<svg role="img" aria-label="{title}; the table below has the values" viewBox="0 0 {_WIDTH} {y}" '
            f'width="{_WIDTH}" style="max-width: 100%; font: 12px sans-serif" fill="currentColor">'
            f"{_patterns(number)}{''.join(parts)}</svg>"
        )

    def _legend(self, number: int) -> str:
        parts = []
        for index, name in enumerate(self.series):
            x = _LABEL + index * (_WIDTH - _LABEL) / max(len(self.series), 1)
            parts.append(_bar(x, 4, _BAR, _fill(number, index)))
            parts.append(_text(x + _BAR + 6, 4 + _BAR / 2, name[:24]))
        return "".join(parts)


def bar_chart(
    title: str, unit: str, series: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]]
) -> BarChart:
    """Return a chart from lists: `bar_chart("Rain", "mm", ["May", "June"], [("Bern", [90, 110])])`."""
    return BarChart(title, unit, tuple(series), tuple((label, tuple(values)) for label, values in rows))


@dataclass(frozen=True, slots=True, repr=False)
class LineChart(_Chart):
    """Lines on logarithmic scales; each series has one value for each of `xs`.

    `x_name` labels the horizontal axis, and `unit` labels the vertical axis. All numbers must be above zero. Raises
    `ValueError` for values that don't match `xs`.
    """

    title: str
    x_name: str
    unit: str
    xs: tuple[float, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]

    def __post_init__(self) -> None:
        if any(len(values) != len(self.xs) for _, values in self.series):
            raise ValueError("each series needs one value for each x")
        if not self.xs or any(number <= 0 for number in (*self.xs, *self._values)):
            raise ValueError("all numbers on a logarithmic scale must be above zero")

    @property
    def _values(self) -> list[float]:
        return [value for _, values in self.series for value in values]

    def _table(self, page: Page) -> Page:
        header = (self.x_name, *(f"{name} ({self.unit})" for name, _ in self.series))
        rows = zip(self.xs, *(values for _, values in self.series), strict=True)
        return page.table(header, [tuple(_number_text(number) for number in row) for row in rows])

    @property
    def svg(self) -> str:
        """Return the chart as SVG. Its values are also in the chart's table."""
        across, up = _Scale(self.xs, _AXIS, _PLOT - 8), _Scale(self._values, _HIGH, 28)
        parts = [_text(4, 8, self.unit), _text(_PLOT - 150, _HIGH + 38, self.x_name)]
        for x in self.xs:
            parts.append(_text(across.at(x), _HIGH + 18, _number_text(x), 'text-anchor="middle"'))
        for power in up.powers():
            y = up.at(power)
            parts.append(f'<path d="M{_AXIS} {y:.1f} H{_PLOT}" stroke="currentColor" stroke-opacity=".2"/>')
            parts.append(_text(_AXIS - 6, y, _number_text(power), 'text-anchor="end"'))
        ends = _apart([up.at(values[-1]) for _, values in self.series])
        for index, (name, values) in enumerate(self.series):
            points = [(across.at(x), up.at(value)) for x, value in zip(self.xs, values, strict=True)]
            parts.append(_line(points, index))
            parts.append(_text(_PLOT + 4, ends[index], name[:26]))
        title = html.escape(clean(self.title, 200))
        return (
            f'<svg role="img" aria-label="{title}; the table below has the values" '
            f'viewBox="0 0 {_WIDTH} {_HIGH + 50}" width="{_WIDTH}" style="max-width: 100%; font: 12px sans-serif" '
            f'fill="currentColor">{"".join(parts)}</svg>'
        )


_AXIS, _PLOT, _HIGH = 80, 430, 250


class _Scale:
    """A logarithmic scale of `numbers` that runs from `low` to `high`, in points."""

    def __init__(self, numbers: Sequence[float], low: float, high: float) -> None:
        self._least, self._most = math.log10(min(numbers)), math.log10(max(numbers))
        self._low, self._high = low, high

    def at(self, number: float) -> float:
        """Return the place of a number on the scale, in points."""
        share = (math.log10(number) - self._least) / ((self._most - self._least) or 1)
        return self._low + share * (self._high - self._low)

    def powers(self) -> list[float]:
        """Return the powers of ten within the scale."""
        return [10.0**power for power in range(math.ceil(self._least), math.floor(self._most) + 1)]


def _apart(places: Sequence[float], least: float = 18, top: float = 9) -> list[float]:
    """Return the places in the given order, moved so that no labels overlap and none is above `top`."""
    order = sorted(range(len(places)), key=lambda index: -places[index])
    moved = list(places)
    for below, above in pairwise(order):
        moved[above] = min(moved[above], moved[below] - least)
    for index in reversed(order):
        moved[index] = max(moved[index], top)
        top = moved[index] + least
    return moved


def _line(points: Sequence[tuple[float, float]], index: int) -> str:
    """Return a line with a mark at each point; series differ by their dashes."""
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dashes = ("", "6 4", "2 3", "10 3 2 3")[index % 4]
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="{dashes}"/>{marks}'


def line_chart(
    title: str, x_name: str, unit: str, xs: Sequence[float], series: Mapping[str, Sequence[float]]
) -> LineChart:
    """Return a chart from lists.

    `line_chart("Calls", "objects", "calls", [1, 10], {"each": [1, 10], "cached": [1, 1]})`
    """
    return LineChart(
        title, x_name, unit, tuple(xs), tuple((name, tuple(values)) for name, values in series.items())
    )


def _patterns(number: int) -> str:
    lines = '<path d="M0 6 L6 0" stroke="currentColor" stroke-width="1.5"/>'
    return (
        f'<defs><pattern id="stripes{number}" width="6" height="6" patternUnits="userSpaceOnUse">{lines}'
        "</pattern></defs>"
    )


def _fill(number: int, index: int) -> str:
    return (
        'fill="currentColor" fill-opacity="0.75"',
        f'fill="url(#stripes{number})" stroke="currentColor"',
        'fill="none" stroke="currentColor"',
    )[index % 3]


def _bar(x: float, y: float, width: float, look: str) -> str:
    return f'<rect x="{x:.1f}" y="{y + 1:.1f}" width="{width:.1f}" height="{_BAR - 2}" {look}/>'


def _text(x: float, middle: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{middle:.1f}" dominant-baseline="central" {more}>{html.escape(clean(text))}</text>'


def _number_text(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
