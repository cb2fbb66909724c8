"""The timeline of a KMS key: its states in every Region, its key material, a pending deletion, and its uses.

    KeyTimeline(key_arn, day.trail(), day.clock.now())      # or any CloudTrail events

Choose a moment to see the key at that time: the event, the state in each Region, and the key material that encrypted
new data at that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import ipywidgets

from labs_helpers.course.days.day5.widgets.key_column import column_pictures
from labs_helpers.course.days.day5.widgets.key_drawing import STATES, Timeline, day, stamp
from labs_helpers.course.days.day5.widgets.key_history import History, Moment, history
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import drawing
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.visual_language import (
    LabWidget,
    Verdict,
    box,
    escaped,
    framed,
    titled_view,
)

_HEADS = ("No.", "Time (UTC)", "What happened", "By", "State afterward")
_MOST_ROWS = 20
"""The maximum number of rows that are shown without a frame."""


class KeyTimeline(LabWidget):
    """A widget that shows a key's history.

    `key` is the key's ARN or ID, `events` are CloudTrail events as a trail delivers them, and `now` is the end of the
    timeline, by default the last event's time. Raises `LookupError` if no event is about the key. The controls call
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

    def go(self, by: int) -> None:
        """Go forward or back by this many moments, within the timeline."""
        self.moment.value = min(max(self.moment.value + by, 0), len(self.history.moments) - 1)

    @property
    def chosen(self) -> Moment:
        """The chosen moment."""
        chosen: Moment = self.history.moments[self.moment.value]
        return chosen

    def _make_controls(self) -> None:
        several = len(self.history.states) > 1
        options = [
            (f"{number}. {each.name}, {each.region if several else day(each.time)}", number - 1)
            for number, each in enumerate(self.history.moments, 1)
        ]
        self.moment = ipywidgets.Dropdown(
            options=options,
            description="Moment",
            value=options[-1][1],
            layout={"flex": "1 1 24em", "width": "auto", "min_width": "0"},
            style={"description_width": "initial"},
        )
        self.moment.add_class("labs-choice")
        self.moment.observe(lambda _: self._draw(), "value")
        narrow = {"width": "auto"}
        self.back = ipywidgets.Button(description="◀ Earlier", layout=narrow)
        self.forward = ipywidgets.Button(description="Later ▶", layout=narrow)
        self.back.on_click(lambda _: self.go(-1))
        self.forward.on_click(lambda _: self.go(1))
        for button in (self.back, self.forward):
            button.add_class("labs-held")
        self._said, self._picture, self._moments = (
            ipywidgets.HTML(layout={"width": "99%"}) for _ in range(3)
        )
        row = ipywidgets.HBox(
            [self.back, self.forward, self.moment],
            layout={
                "flex_flow": "row wrap", "width": "99%", "max_width": f"{self._widest}px", "grid_gap": "0 .6em",
            },
        )  # fmt: skip
        row.add_class("labs-form")
        self.view = titled_view(
            ipywidgets.VBox([self._picture, row, self._said, self._moments], layout={"width": "100%"}),
            self.about,
        )

    @property
    def _widest(self) -> int:
        """The maximum width of the picture, and of what is below it."""
        return Timeline(self.history, 0).widest

    def _draw(self) -> None:
        is_last = self.moment.value == len(self.history.moments) - 1
        self.back.disabled, self.forward.disabled = self.moment.value == 0, is_last
        self.back.button_style, self.forward.button_style = ("primary", "") if is_last else ("", "primary")
        self._said.value = f'<div class="labs">{self._explained()}</div>'
        self._picture.value = framed(self._drawn())
        kind = "rows" if len(self.history.moments) > _MOST_ROWS else "rows whole"
        self._moments.value = (
            f'<div class="labs"><div class="{kind}" tabindex="0" role="group" aria-label="Moments" '
            f'style="max-width:{self._widest}px">'
            f"{self._table()}</div></div>"
        )

    def _drawn(self) -> str:
        """Return the picture: from left to right if its place is wide enough, else from top to bottom."""
        chosen = self.moment.value
        across = Timeline(self.history, chosen)
        columns = column_pictures(self.history, chosen)
        picture = drawing.for_each_width(across.svg(), columns, below=640 if across.width < 900 else 1000)
        return f'{picture}<p class="dim">The timeline is not to scale.</p>'

    def _states(self) -> str:
        return ", ".join(f"{region} {state}" for region, state in self.chosen.states.items())

    def _explained(self) -> str:
        chosen = self.chosen
        material = [span.what for span in self.history.materials if span.start <= chosen.time]
        text = (
            f"State afterward: {self._states()}. New ciphertexts use: {material[-1] if material else 'none'}."
        )
        title = f"{stamp(chosen.time)} · {chosen.region} · {chosen.name}, by {chosen.who}"
        word = f"moment {self.moment.value + 1} of {len(self.history.moments)}"
        return box(Verdict.NOTE, title, text, label="The moment", word=word)

    def _table(self) -> str:
        """Return every moment as a row; a click on a row chooses its moment."""
        heads = "".join(f'<th scope="col">{each}</th>' for each in _HEADS)
        caption = escaped(f"The key {self.history.key_id}", 120)
        rows = "".join(self._html_rows())
        return (
            f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _html_rows(self) -> Iterator[str]:
        for number, row in enumerate(self._rows()):
            time, region, name, who, state = map(escaped, row)
            now = ' class="tinted calm" aria-current="true"' if number == self.moment.value else ""
            where = f" {region}" if len(self.history.states) > 1 else ""
            yield (
                f'<tr data-option="{number}"{now}><td style="min-width:0">{number + 1}.</td>'
                f'<td>{time}{where}</td><td><strong>{name}</strong></td><td class="by">{who}</td>'
                f'<td class="then"><span class="chip {STATES.get(state, "open")}">{state}</span></td></tr>'
            )

    # Forms without a widget

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (
                stamp(each.time), each.region, each.name, each.who,
                each.states.get(each.region, "?"),
            )
            for each in self.history.moments
        ]  # fmt: skip

    def _notes(self) -> list[str]:
        history = self.history
        notes = [f"{region}: {counted(len(times), 'use')}" for region, times in history.uses.items() if times]
        notes += [f"{region}: to be deleted {stamp(end)}" for region, end in history.deletions.items()]
        if len(history.materials) > 1:
            notes.append("material: " + ", then ".join(span.what for span in history.materials))
        if len(history.states) > 1:
            notes.append("primary: " + ", then ".join(span.what for span in history.primaries))
        return notes

    @property
    def html(self) -> str:
        """The timeline as static HTML, with a table of the same events."""
        notes = "".join(f"<p>{escaped(note)}</p>" for note in self._notes())
        return framed(self._drawn() + notes + self._table())

    def __repr__(self) -> str:
        lines = [
            f"{time}  {region:<14} {name:<26} {who:<20} {state}"
            for time, region, name, who, state in self._rows()
        ]
        return "\n".join([f"Timeline of the key {self.history.key_id}", *lines, *self._notes()])


def _last(events: list[Mapping[str, Any]]) -> datetime:
    """Return the time of the newest event."""
    stamps = [str(each["eventTime"]) for each in events]
    newest = max(stamps, default="1970-01-01T00:00:00Z")
    return datetime.strptime(newest, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
