"""A comparison of an hours-long zone outage with a bucket that is public for weeks: hours, records, and assumptions.

    exposure()                            with the day's assumptions
    exposure(bucket_days=2, records=500)  with other assumptions

Public events appear next to these two events, with their sources: outages as AWS described them afterward, and
breaches from the day's incidents. The chart's scale is logarithmic and labeled as such; a table also contains every
value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day1.exposure_drawing import Bar, Group, bars
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, link, show
from labs_helpers.course.shown.look import escaped, fold, framed
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
    """The two events under given assumptions, next to public events.

    A notebook displays the object if it is the last value in a cell.
    """

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
        """The comparison as HTML: two cards, the chart, and the collapsed tables."""
        assumed = f"<p>{escaped(_ASSUMED)}</p>{self._assumptions(Page()).html}"
        return framed(f"{Page().heading(_TITLE).html}{self.cards}{self.chart}{assumed}")

    @property
    def cards(self) -> str:
        """The two events as cards next to each other."""
        both = "".join(map(_card, ((self.zone, "slate"), (self.bucket, "bad"))))
        return f'<div class="pair close">{both}</div><p>{_LASTING}</p>'

    @property
    def chart(self) -> str:
        """The chart and a collapsed table of the real events."""
        return self.svg + table_of_events()

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
        page.say(_LASTING)
        page.say(_ASSUMED)
        return _events(self._assumptions(page))

    def _assumptions(self, page: Page) -> Page:
        return page.table(
            ("", "", ""),
            [
                (WORDS[name], name, f"{value:,.6g}" if value < 1_000 else _count(value))
                for name, value in _values(self.assumed)
            ],
        )

    @property
    def svg(self) -> str:
        """The chart, with hours on one logarithmic scale. The tables contain the same values."""
        return bars(self._groups, f"{_TITLE}; the tables below contain the values") + _LEGEND

    @property
    def _groups(self) -> tuple[Group, Group]:
        """The assumed events, each above the real events of its kind."""
        zone, bucket = (
            Bar(f"Yours: {side.what}", side.hours, _hours(side.hours), is_open, is_own=True)
            for side, is_open in ((self.zone, False), (self.bucket, True))
        )
        found = self.assumed.found_after_days * 24 if self.bucket.read else None
        bucket = replace(bucket, found=found, note=_found(found) if bucket.hours else "")
        outages, exposed = _real()
        return Group("Outages", (zone, *outages)), Group("Exposures", (bucket, *exposed))

    def show(self) -> None:
        """Display the comparison."""
        show(self.text, self.html)

    def _ipython_display_(self) -> None:
        self.show()

    def __repr__(self) -> str:
        return self.text


_TITLE = "A zone down for hours, a bucket public for weeks"
_LASTING = "A zone usually comes back. What an outsider has read can't be taken back."
_ASSUMED = "These are the assumptions (change them, and look again):"


_HEADS = ("How long", "People", "Sources")
_LEGEND = (
    "<p>Dashed outline: out of service. Red bar: exposed to outsiders, or in their hands. Stronger red: your bucket, "
    "once an outsider finds it. Thick line: where your event ends. The scale is logarithmic: each mark is many times "
    "the one before.</p>"
)


def _real() -> tuple[list[Bar], list[Bar]]:
    """Return the bars of the public outages and exposures."""
    outages = [
        Bar(f"{each.year}: {each.what}", each.hours, _hours(each.hours), False)
        for each in exposures().outages
    ]
    openings = [
        Bar(f"{_year(each.incident)}: {each.what}", each.days * 24, _hours(each.days * 24), True)
        for each in exposures().openings
    ]
    return outages, openings


def table_of_events() -> str:
    """Return the real events and their sources as a collapsed table."""
    heads = "".join(f'<th scope="col">{each}</th>' for each in ("Year", "Event", *_HEADS))
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(_sourced())}</tbody>"
    more = f"<p>{link('More outages, as AWS described them', exposures().about)}</p>"
    return fold(
        "The real events as a table, with their sources",
        f'<div class="widths"><table class="real">{body}</table></div>{more}',
        "events",
    )


def _sourced() -> Iterator[str]:
    """Yield a row for each public event, with its sources as links. In a narrow container, each row is a block."""
    from labs_helpers.course.days.day1.incidents import incident, publication

    events = [
        (each.what, each.says, {exposures().publications[id]: page for id, page in each.sources.items()})
        for each in exposures().outages
    ]
    for opening in exposures().openings:
        found = incident(opening.incident)
        sources = {publication(id): page for id, page in found.sources.items()}
        events.append((f"{opening.what} ({found.who.partition(',')[0]})", opening.says, sources))
    for (title, says, sources), (year, _, long, people, _) in zip(events, _public(), strict=True):
        what = f"<strong>{escaped(title)}</strong>. {escaped(says)}"
        linked = " · ".join(link(name, page) for name, page in sources.items())
        facts = (f'<span class="whole">{long}</span>', f'<span class="whole">{people}</span>', linked)
        cells = (f'<td data-head="{head}">{fact}</td>' for head, fact in zip(_HEADS, facts, strict=True))
        yield f'<tr><td><span class="whole">{year}</span></td><td>{what}</td>{"".join(cells)}</tr>'


def _card(side_and_tint: tuple[EventCost, str]) -> str:
    """Return an event as a card, which shows what happens to the records. The chart shows how long the event lasts."""
    side, tint = side_and_tint
    counts = (
        ("read by outsiders", side.read), ("unavailable meanwhile", side.away), ("lost", side.gone),
    )  # fmt: skip
    listed = "".join(
        f"<li><strong>{_count(number)}</strong> record{'' if _count(number) == '1' else 's'} {word}</li>"
        for word, number in counts
    )
    title = escaped(f"{side.what[0].upper()}{side.what[1:]}")
    return (
        f'<div class="box tinted {tint}"><p class="headline">{title}</p><ul class="plain">{listed}</ul></div>'
    )


def _events(page: Page) -> Page:
    """Add the real events and their sources to a page."""
    page.say("Real events for comparison:")
    page.table(("year", "what", "how long", "people", "more"), _public())
    page.say("Sources of the outages (for the incidents, see their cards):")
    page.bullets(f"{each.id}: {' · '.join(each.sources.values())}" for each in exposures().outages)
    return page.say(f"More outages, as AWS described them: {exposures().about}")


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


def _hours(hours: float) -> str:
    """Format a duration: in hours if it is shorter than two days, and otherwise in days or years."""
    if hours < 48:
        return counted(f"{hours:,.3g}", "hour")
    if hours < 17_520:
        return counted(f"{hours / 24:,.4g}", "day")
    return counted(f"{hours / 8_760:,.3g}", "year")


def _found(hours: float | None) -> str:
    """Return when an outsider finds the bucket, in words. `hours`: None if no one finds it before it is closed."""
    if hours is None:
        return "closed before an outsider finds it"
    return f"found after {_hours(hours)}" if hours else "found at once"


def _count(number: float) -> str:
    return f"{number:,.0f}"
