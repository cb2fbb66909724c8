"""The timeline of a KMS key: its states in every Region, its key material, a pending deletion, and its uses.

    KeyTimeline(key_arn, day.trail(), day.clock.now())      # or any CloudTrail events

Choose a moment to see the key at that time: the event, the state in each Region, and the key material that encrypted
new data at that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import ipywidgets

from labs_helpers.course.days.day5.widgets.key_history import (
    DISABLED,
    EMPTY,
    ENABLED,
    ENDING,
    History,
    Moment,
    Span,
    history,
)
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.design import (
    STYLE,
    LabWidget,
    Verdict,
    box,
    escaped,
    framed,
    table,
    titled_view,
)

_LEFT, _WIDTH, _LANE, _GAP = 130, 720, 22, 14
_TINTS = {ENABLED: "good", DISABLED: "warn", ENDING: "bad", EMPTY: "calm"}
_MOST_TICKS = 200


class KeyTimeline(LabWidget):
    """A widget that shows a key's history.

    `key` is the key's ARN or ID, `events` are CloudTrail events as a trail delivers them, and `now` is the end of the
    timeline, by default the last event's time. Raises `LookupError` if no event is about the key. The control calls
    `choose`.
    """

    about = "Key timeline: the life of a KMS key, read from CloudTrail"

    @checked
    def __init__(self, key: str, events: Iterable[Mapping[str, Any]], now: datetime | None = None) -> None:
        events = list(events)
        self.history: History = history(key, events, now or _last(events))
        """The history that the timeline shows."""
        self._make_controls()
        self._draw()

    @checked
    def choose(self, number: int) -> None:
        """Choose a moment by its number, from 1. Raises `ValueError` for an unknown number."""
        if not 1 <= number <= len(self.history.moments):
            raise Mistake(f"there is no moment {number}; choose 1 to {len(self.history.moments)}")
        self.moment.value = number - 1

    @property
    def chosen(self) -> Moment:
        """The chosen moment."""
        chosen: Moment = self.history.moments[self.moment.value]
        return chosen

    def _make_controls(self) -> None:
        options = [
            (f"{number}. {_day(each.time)} {each.region}: {each.name}", number - 1)
            for number, each in enumerate(self.history.moments, 1)
        ]
        self.moment = ipywidgets.Dropdown(
            options=options, description="Moment", value=options[-1][1], layout={"width": "38em"}
        )
        self.moment.observe(lambda _: self._draw(), "value")
        self._said, self._picture = (ipywidgets.HTML(layout={"width": "99%"}) for _ in range(2))
        self.view = titled_view(
            ipywidgets.VBox(
                [ipywidgets.HTML(STYLE), self.moment, self._said, self._picture],
                layout={"width": "100%", "max_width": "62em"},
            ),
            self.about,
        )

    def _draw(self) -> None:
        self._said.value = f'<div class="labs">{self._explained()}</div>'
        self._picture.value = f'<div class="labs">{_Picture(self.history, self.chosen).svg()}</div>'

    def _states(self) -> str:
        return ", ".join(f"{region} {state}" for region, state in self.chosen.states.items())

    def _explained(self) -> str:
        chosen = self.chosen
        material = [span.what for span in self.history.materials if span.start <= chosen.time]
        text = (
            f"State afterward: {self._states()}. New ciphertexts use: {material[-1] if material else 'none'}."
        )
        verdict = Verdict.WARN if ENDING in self._states() else Verdict.NOTE
        title = f"{_stamp(chosen.time)} · {chosen.region} · {chosen.name}, by {chosen.who}"
        return box(verdict, title, text, label="The moment", word="then")

    # Forms without a widget

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (
                _stamp(each.time), each.region, each.name, each.who,
                each.states.get(each.region, "?"),
            )
            for each in self.history.moments
        ]  # fmt: skip

    def _notes(self) -> list[str]:
        history = self.history
        notes = [f"{region}: {len(times)} uses" for region, times in history.uses.items() if times]
        notes += [f"{region}: to be deleted {_stamp(end)}" for region, end in history.deletions.items()]
        if len(history.materials) > 1:
            notes.append("material: " + ", then ".join(span.what for span in history.materials))
        if len(history.states) > 1:
            notes.append("primary: " + ", then ".join(span.what for span in history.primaries))
        return notes

    @property
    def html(self) -> str:
        """The timeline as static HTML, with a table of the same events."""
        rows = [tuple(escaped(cell) for cell in row) for row in self._rows()]
        notes = "".join(f"<p>{escaped(note)}</p>" for note in self._notes())
        heads = ("Time (UTC)", "Region", "What happened", "By", "State afterward")
        picture = _Picture(self.history, self.chosen).svg()
        return framed(picture + notes + table(f"The key {self.history.key_id}", heads, rows))

    def __repr__(self) -> str:
        lines = [
            f"{time}  {region:<14} {name:<26} {who:<20} {state}"
            for time, region, name, who, state in self._rows()
        ]
        return "\n".join([f"Timeline of the key {self.history.key_id}", *lines, *self._notes()])


class _Picture:
    """A history as SVG: one lane per Region, one for the key material, time from left to right."""

    def __init__(self, history: History, chosen: Moment) -> None:
        self._history, self._chosen = history, chosen
        self._span = max((history.end - history.begin).total_seconds(), 1.0)

    def svg(self) -> str:
        """Return the SVG."""
        parts, y = [], _GAP
        for region, spans in self._history.states.items():
            primary = self._history.primaries[-1].what == region and len(self._history.states) > 1
            parts.append(_label(y, region, "primary" if primary else ""))
            parts += [self._bar(span, y, _TINTS.get(span.what, "calm")) for span in spans]
            parts.append(self._until_the_end(region, y))
            parts += self._ticks(self._history.uses[region], y)
            y += _LANE + _GAP
        parts.append(_label(y, "material", ""))
        tints = ("calm", "good")
        parts += [
            self._bar(span, y, tints[number % 2]) for number, span in enumerate(self._history.materials)
        ]
        y += _LANE + _GAP
        parts += [self._line(self._chosen.time, y, "chosen"), self._line(self._history.now, y, "now")]
        parts.append(_text(_LEFT, y + 12, _day(self._history.begin), "start"))
        parts.append(_text(_LEFT + _WIDTH, y + 12, _day(self._history.end), "end"))
        title = escaped(f"Timeline of the key {self._history.key_id}; the table shows the same events")
        return (
            f'<svg role="img" aria-label="{title}" viewBox="0 0 {_LEFT + _WIDTH + 20} {y + 22}" '
            f'style="width:100%;max-width:60em;font:12px sans-serif" fill="currentColor">{"".join(parts)}</svg>'
        )

    def _x(self, time: datetime) -> float:
        return _LEFT + _WIDTH * (time - self._history.begin).total_seconds() / self._span

    def _bar(self, span: Span, y: int, tint: str) -> str:
        start, width = self._x(span.start), max(self._x(span.end) - self._x(span.start), 2.0)
        shown = span.what if width > 8 * len(span.what) else ""
        return (
            f'<g class="{tint}"><title>{escaped(span.what)}: {_stamp(span.start)} to {_stamp(span.end)}</title>'
            f'<rect x="{start:.1f}" y="{y}" width="{width:.1f}" height="{_LANE}" fill="var(--tint)" '
            f'fill-opacity=".18" stroke="var(--tint)"/></g>{_text(start + 5, y + 15, shown, "start")}'
        )

    def _until_the_end(self, region: str, y: int) -> str:
        """Return the future part of a waiting period, dashed, with its last day."""
        end = self._history.deletions.get(region)
        if end is None or end <= self._history.now:
            return ""
        start, width = self._x(self._history.now), self._x(end) - self._x(self._history.now)
        return (
            f'<g class="bad"><title>waiting period, until {_stamp(end)}</title><rect x="{start:.1f}" y="{y}" '
            f'width="{width:.1f}" height="{_LANE}" fill="none" stroke="var(--tint)" stroke-dasharray="4 3"/></g>'
            f"{_text(start + width - 4, y + 15, 'the end' if width > 60 else '✗', 'end')}"
        )

    def _ticks(self, times: tuple[datetime, ...], y: int) -> list[str]:
        """Return a stroke below the lane for each use, limited to the last 200."""
        return [
            f'<path d="M{self._x(time):.1f} {y + _LANE} v5" stroke="currentColor"/>'
            for time in times[-_MOST_TICKS:]
        ]

    def _line(self, time: datetime, height: int, what: str) -> str:
        x, dash = self._x(time), 'stroke-dasharray="2 3"' if what == "now" else 'stroke-width="2"'
        return f'<path d="M{x:.1f} 4 V{height - 4}" stroke="currentColor" {dash}><title>{what}</title></path>'


def _label(y: int, text: str, more: str) -> str:
    return _text(_LEFT - 8, y + 11, text, "end") + (_text(_LEFT - 8, y + 24, more, "end") if more else "")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escaped(text, 60)}</text>' if text else ""


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M")


def _day(time: datetime) -> str:
    return time.strftime("%Y-%m-%d")


def _last(events: list[Mapping[str, Any]]) -> datetime:
    """Return the time of the newest event."""
    stamps = [str(each["eventTime"]) for each in events]
    newest = max(stamps, default="1970-01-01T00:00:00Z")
    return datetime.strptime(newest, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
