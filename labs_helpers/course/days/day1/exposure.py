"""A comparison of an hours-long zone outage with a bucket that is public for weeks: hours, records, and assumptions.

    exposure()                            with the day's assumptions
    exposure(bucket_days=2, records=500)  with other assumptions

Public events appear next to these two events, with their sources: outages as AWS described them afterwards, and
breaches from the day's incidents. The chart's scale is logarithmic and labeled as such; a table also contains every
value.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.shown.display import Page, clean, show
from labs_helpers.course.shown.mistakes import Mistake

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.schema import Exposures

LIMITS = {
    "records": (1, 1_000_000_000),
    "zone_share": (0, 100),
    "zone_hours": (0, 240),
    "lost_minutes": (0, 1_440),
    "bucket_days": (0, 3_650),
    "found_after_days": (0, 3_650),
}
"""The minimum and maximum values of each assumption."""
WORDS = {
    "records": "records that the company has",
    "zone_share": "percent of the records that depend on that one zone",
    "zone_hours": "hours that the zone is down",
    "lost_minutes": "minutes of new records that have not been copied yet",
    "bucket_days": "days that the bucket is public",
    "found_after_days": "days until an outsider finds it",
}
_TICKS = (
    (1, "1 hour"),
    (24, "1 day"),
    (168, "1 week"),
    (720, "30 days"),
    (8_760, "1 year"),
    (43_800, "5 years"),
)
_WIDTH, _LABEL, _ROW, _MOST = 900, 370, 30, 87_600
_PER_MINUTE = 1 / (365 * 24 * 60)
"""The share of a company's records created per minute, assuming that their number doubles each year."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The assumptions behind the comparison.

    The defaults are similar to real events: a zone in Tokyo was down for 5.9 hours, and a voter file was exposed for 14
    days.
    """

    records: float = 1_000_000
    zone_share: float = 33
    zone_hours: float = 6
    lost_minutes: float = 5
    bucket_days: float = 14
    found_after_days: float = 3

    def __post_init__(self) -> None:
        for each in fields(self):
            value, (least, most) = getattr(self, each.name), LIMITS[each.name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                raise Mistake(
                    f"{each.name} ({WORDS[each.name]}) must be from {least:,} to {most:,}, not {value!r:.40}"
                )


@dataclass(frozen=True, slots=True)
class EventCost:
    """An event's cost: hours down or exposed, and records unavailable, permanently lost, or read by outsiders."""

    what: str
    hours: float
    away: float
    gone: float
    read: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """The two events under given assumptions, next to public events. A notebook displays it as a cell's last value."""

    assumed: Assumptions

    @property
    def zone(self) -> EventCost:
        """The cost of a zone outage: everything that depends on the zone stops and recovers, and no data is read."""
        a = self.assumed
        away = a.records * a.zone_share / 100
        gone = min(away, away * a.lost_minutes * _PER_MINUTE) if a.zone_hours else 0
        return EventCost("a zone is down", a.zone_hours, away if a.zone_hours else 0, gone, 0)

    @property
    def bucket(self) -> EventCost:
        """The cost of a public bucket: everything keeps working, but anyone who finds the bucket can copy all of it."""
        a = self.assumed
        found = a.found_after_days < a.bucket_days
        return EventCost("a bucket is public", a.bucket_days * 24, 0, 0, a.records if found else 0)

    @property
    def text(self) -> str:
        """The comparison as text."""
        return self.page().text

    @property
    def html(self) -> str:
        """The comparison as HTML, with the chart."""
        page = self._tables(Page())
        return f"<div>{Page().heading(_TITLE).html}{self.svg}{page.html}</div>"

    def page(self) -> Page:
        """Return the comparison as a page of tables."""
        return self._tables(Page().heading(_TITLE))

    def _tables(self, page: Page) -> Page:
        rows = [
            (side.what, _hours(side.hours), _count(side.away), _count(side.gone), _count(side.read))
            for side in (self.zone, self.bucket)
        ]
        page.table(
            ("", "how long", "records unavailable meanwhile", "records lost", "records read by outsiders"),
            rows,
        )
        page.say("A zone usually comes back. What an outsider has read stays read.")
        page.say("These are the assumptions (change them, and look again):")
        page.table(
            ("", "", ""),
            [
                (WORDS[name], name, f"{value:,.6g}" if value < 1_000 else _count(value))
                for name, value in _values(self.assumed)
            ],
        )
        page.say("Real events for comparison:")
        page.table(("year", "what", "how long", "people", "more"), _public())
        page.say("Sources of the outages (for the incidents, see their cards):")
        page.bullets(f"{each.id}: {' · '.join(each.sources.values())}" for each in exposures().outages)
        return page.say(f"More outages, as AWS described them: {exposures().about}")

    @property
    def svg(self) -> str:
        """The chart, with hours on a logarithmic scale. The tables contain the same values."""
        bars = list(self._bars())
        height = _ROW * (len(bars) + 2)
        parts = [_tick(hours, word, height) for hours, word in _TICKS]
        for place, (what, hours, open_) in enumerate(bars, 1):
            parts.append(_bar(place * _ROW, what, hours, open_))
        label = html.escape(f"{_TITLE}; the tables below contain the values", quote=True)
        return (
            f'<svg role="img" aria-label="{label}" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
            f'style="max-width: 100%; font: 12px sans-serif" fill="currentColor">{"".join(parts)}</svg>'
            "<p>Dashed outline: out of service. Filled: exposed to outsiders, or in their hands. "
            "The scale is logarithmic: each mark is many times the one before.</p>"
        )

    def _bars(self) -> Iterator[tuple[str, float, bool]]:
        yield "here: " + self.zone.what, self.zone.hours, False
        yield "here: " + self.bucket.what, self.bucket.hours, True
        for outage in exposures().outages:
            yield f"{outage.year}: {outage.what}", outage.hours, False
        for opening in exposures().openings:
            yield f"{_year(opening.incident)}: {opening.what}", opening.days * 24, True

    def show(self) -> None:
        """Display the comparison."""
        show(self.text, self.html)

    def _ipython_display_(self) -> None:
        self.show()

    def __repr__(self) -> str:
        return self.text


_TITLE = "A zone down for hours, a bucket public for weeks"


def exposure(**assumed: float) -> Exposure:
    """Return the comparison, optionally with different assumptions, such as `exposure(bucket_days=2)`.

    Raises `TypeError` for an unknown assumption and `ValueError` for a value outside its limits.
    """
    unknown = assumed.keys() - WORDS.keys()
    if unknown:
        raise Mistake(f"there is no assumption {sorted(unknown)[0]!r}; choose from {', '.join(WORDS)}")
    return Exposure(Assumptions(**assumed))


@cache
def exposures() -> Exposures:
    """Return the public events of data/day1/exposures.json. Raises `DataError` if the data is invalid."""
    from labs_helpers.course.days.day1.schema import Exposures

    return read(data_path("day1", "exposures.json"), Exposures.model_validate)


def _year(id: str) -> int:
    from labs_helpers.course.days.day1.incidents import incident

    return incident(id).year


def _public() -> list[tuple[str, str, str, str, str]]:
    """Return a row for each public event."""
    from labs_helpers.course.days.day1.incidents import incident

    rows = [
        (str(each.year), f"{each.what}. {each.says}", _hours(each.hours), "none", each.id)
        for each in exposures().outages
    ]
    for each in exposures().openings:
        found = incident(each.incident)
        people = _count(each.people) if each.people is not None else "not known"
        rows.append(
            (
                str(found.year),
                f"{each.what}. {each.says}",
                _hours(each.days * 24),
                people,
                f"incident {each.incident}",
            )
        )
    return rows


def _values(assumed: Assumptions) -> list[tuple[str, float]]:
    return [(each.name, getattr(assumed, each.name)) for each in fields(assumed)]


def _x(hours: float) -> float:
    """Return the position of a time on the scale; anything below a quarter of an hour is at its start."""
    low, high = math.log10(0.25), math.log10(_MOST)
    share = (math.log10(min(max(hours, 0.25), _MOST)) - low) / (high - low)
    return _LABEL + share * (_WIDTH - _LABEL - 70)


def _tick(hours: float, word: str, height: float) -> str:
    x = f"{_x(hours):.1f}"
    line = f'<line x1="{x}" y1="18" x2="{x}" y2="{height - 8}" stroke="currentColor" stroke-opacity="0.25"/>'
    return f'{line}<text x="{x}" y="12" text-anchor="middle">{word}</text>'


def _bar(y: float, what: str, hours: float, open_: bool) -> str:
    text = html.escape(clean(what if len(what) < 52 else what[:50] + "…"))
    width = max(_x(hours) - _LABEL, 0.5) if hours else 0
    look = 'fill-opacity="0.75"' if open_ else 'fill="none" stroke="currentColor" stroke-dasharray="3 3"'
    return (
        f'<text x="{_LABEL - 8}" y="{y + 12}" text-anchor="end" dominant-baseline="central">{text}</text>'
        f'<rect x="{_LABEL}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 12}" {look}/>'
        f'<text x="{_LABEL + width + 6:.1f}" y="{y + 12}" dominant-baseline="central">{_hours(hours)}</text>'
    )


def _hours(hours: float) -> str:
    """Format a time in hours below two days, then in days, then in years."""
    if hours < 48:
        return f"{hours:,.3g} hours"
    return f"{hours / 24:,.4g} days" if hours < 17_520 else f"{hours / 8_760:,.3g} years"


def _count(number: float) -> str:
    return f"{number:,.0f}"
