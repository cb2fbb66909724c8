"""The trail explorer: CloudTrail events to filter and query, and a graph and a table of who used what.

    TrailExplorer(day.trail())                      # events, as a trail delivers them
    TrailExplorer.of_record(day.cloud)              # everything that the cloud has recorded
    TrailExplorer.of_folder("logs")                 # a folder of real CloudTrail files, .json or .json.gz

The events never leave the page, and no file is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import fold
from labs_helpers.course.shown.look.keyboard import followed_rows
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.text_controls import Line as TextLine
from labs_helpers.course.widgets.text_controls import labeled_above
from labs_helpers.course.widgets.trail_explorer import event_selection as trail
from labs_helpers.course.widgets.trail_explorer.event_selection import Line, Use
from labs_helpers.course.widgets.trail_explorer.graph import clipped, graph
from labs_helpers.course.widgets.visual_language import (
    STYLE,
    LabWidget,
    Verdict,
    box,
    breakable,
    chip,
    escaped,
    framed,
    json_lines,
    table,
    titled_view,
)

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_SHOWN = 100
_FITS = 22
"""The maximum length of a name in a list of choices."""
_LETTERS = 16
"""The maximum length of an event's name that is never broken."""
_ANY = "(any)"
_LISTS = ("who", "what")
"""The filters that a click in the picture changes, in the order of the widget's lists."""
_EVENT_HEADS = ("Time (UTC)", "Event", "By", "On")
_MOST_CHOICES = 500
_MOST_DRAWN = 20_000


class TrailExplorer(LabWidget):
    """A widget that shows CloudTrail events, oldest first, and their totals.

    The controls call `ask` and `choose`; `lines` are the events that match the filters.
    """

    about = "Trail explorer: who did what, from CloudTrail's records"

    @checked
    def __init__(self, events: Iterable[Mapping[str, Any]], note: str = "") -> None:
        self._all = trail.lines(events)
        self._note = note
        self.lines: list[Line] = self._all
        """The events that match the filters and the query."""
        self.fault = ""
        """The fault in the query, or an empty string."""
        self._make_controls()
        self._draw()

    @classmethod
    def of_record(cls, cloud: Cloud) -> TrailExplorer:
        """Return an explorer for every event that a cloud has recorded, in the form that the account would receive."""
        from labs_helpers.cloud import recorded_events

        return cls(json.loads(json.dumps(recorded_events(cloud), default=str)))

    @classmethod
    def of_folder(cls, folder: str | Path) -> TrailExplorer:
        """Return an explorer for the CloudTrail files below a folder.

        Raises `NotADirectoryError` if the folder doesn't exist.
        """
        events, strange = trail.read_folder(folder)
        left_out = f"Skipped, because they aren't log files: {', '.join(strange[:5])}." if strange else ""
        return cls(events, left_out)

    # Actions of the controls

    @checked
    def ask(self, query: str) -> None:
        """Filter the events by a query, such as `name=Decrypt who=carol error=AccessDenied 4711`."""
        self.query.value = query

    @checked
    def choose(self, number: int) -> None:
        """Choose one of the listed events by its number, from 1. Raises `ValueError` for an unknown number."""
        if not 1 <= number <= len(self._shown):
            raise Mistake(f"events 1 to {len(self._shown)} are shown, not {number}")
        self.event.value = number - 1

    @property
    def uses(self) -> list[Use]:
        """The resources that each caller used, according to the filtered events."""
        return trail.uses(self.lines)

    @property
    def _shown(self) -> list[Line]:
        """The last hundred events, because a list of thousands helps no one."""
        return self.lines[-_SHOWN:]

    def _make_controls(self) -> None:
        self.query = labeled_above(
            TextLine(description="Query", placeholder="name=Decrypt who=carol error=none 4711")
        )
        self.name = self._filter("Event", (line.name for line in self._all))
        self.who = self._filter("By", (line.who for line in self._all))
        self.what = self._filter("On", (what for line in self._all for what in line.what))
        self.refused = ipywidgets.Checkbox(
            description="Only failures", indent=False, layout={"width": "auto"}
        )
        self.event = ipywidgets.Dropdown(
            options=[],
            description="Details",
            layout={"width": "calc(100% - 4px)"},
            style={"description_width": "initial"},
        )
        for control in (self.who, self.what, self.event):
            control.add_class("labs-choice")  # a click on a caller, a resource, or an event chooses it here
        for control in (self.query, self.name, self.who, self.what, self.refused):
            control.observe(lambda _: self._draw(), "value")
        self.event.observe(lambda _: self._draw_event(), "value")
        self._said, self._graph, self._rows, self._detail = (
            ipywidgets.HTML(layout={"width": "99%"}) for _ in range(4)
        )
        filters = ipywidgets.GridBox(
            [self.name, self.who, self.what, self.refused],
            layout={
                "grid_template_columns": "repeat(auto-fit, minmax(min(14em, 100%), 1fr))",
                "grid_gap": "0 1em", "align_items": "flex-end", "width": "99%",
            },
        )  # fmt: skip
        # The chosen event is next to the picture and the list if both fit, and below them otherwise.
        both = ipywidgets.HBox(
            [
                ipywidgets.VBox(each, layout={"flex": "1 1 36em", "min_width": "0"})
                for each in ([self._graph, self._rows], [self.event, self._detail])
            ],
            layout={"flex_flow": "row wrap", "width": "99%", "grid_gap": "0 1.5em"},
        )
        for name in ("labs-form", "labs-beside"):
            both.add_class(name)
        self.view = titled_view(ipywidgets.VBox(
            [
                ipywidgets.HTML(STYLE), self.query, filters, self._said, both, followed_rows(),
            ],
            layout={"width": "100%"},
        ), self.about)  # fmt: skip
        self.view.add_class(self._mark)

    @property
    def _mark(self) -> str:
        """Return the class of this widget, for the style of its chosen event."""
        return f"labs-trail-{id(self):x}"

    @staticmethod
    def _filter(title: str, values: Iterable[str]) -> Any:
        listed = [_ANY, *sorted(set(values))[:_MOST_CHOICES]]
        return labeled_above(
            ipywidgets.Dropdown(options=[(clipped(each, _FITS), each) for each in listed], description=title)
        )

    def _draw(self) -> None:
        self.fault = ""
        try:
            found = trail.matching(self._all, self.query.value)
        except ValueError as error:
            self.fault, found = str(error), []
        self.lines = [line for line in found if self._passes(line)]
        self._said.value = f'<div class="labs">{self._summary()}</div>'
        used = self.uses
        table_of_uses = fold("Who used what, as a table", _use_table(used))
        self._graph.value = f'<div class="labs">{graph(used, self._place, table_of_uses)}</div>'
        listed = (
            _event_list(self._shown)
            if self.lines
            else "<p>No event matches. Change the query or a filter.</p>"
            * (not self.fault and not self._doubts)
        )
        self._rows.value = f'<div class="labs">{listed}</div>'
        self.event.layout.display = None if self.lines else "none"
        options = [(_title(number, line), number - 1) for number, line in enumerate(self._shown, 1)]
        self.event.options = options
        self.event.value = _first_choice(self._shown) if options else None
        self._draw_event()

    def _place(self, side: str, name: str) -> str:
        """Return the attributes with which a click on a caller ("who") or resource ("what") chooses it in its filter.

        A click on the chosen name chooses everything again. A name that isn't in the filter has no attributes.
        """
        number = _LISTS.index(side)
        chosen = (self.who, self.what)[number]
        names = [each for _, each in chosen.options]
        if name not in names:
            return ""
        option = 0 if chosen.value == name else names.index(name)
        return f'data-list="{number}" data-option="{option}"'

    def _passes(self, line: Line) -> bool:
        return (
            self.name.value in (_ANY, line.name)
            and self.who.value in (_ANY, line.who)
            and (self.what.value == _ANY or self.what.value in line.what)
            and (bool(line.error) or not self.refused.value)
        )

    def _draw_event(self) -> None:
        number = self.event.value
        shown = self._shown
        if number is None or number >= len(shown):
            self._detail.value = ""
            return
        chosen = (
            f'<style>.{self._mark} tr[data-option="{number}"] {{ --tint: var(--labs-calm); '
            "background: color-mix(in srgb, var(--tint) 14%, transparent); }}</style>"
        )
        text = json.dumps(shown[number].event, indent=1, default=str, ensure_ascii=False)[:_MOST_DRAWN]
        shown_lines = "\n".join(map(json_lines, text.split("\n")))
        self._detail.value = (
            f'{chosen}<div class="labs"><pre class="json whole-lines" tabindex="0" role="region" '
            'aria-label="The event">'
            f"{shown_lines}</pre></div>"
        )

    @property
    def _doubts(self) -> list[str]:
        """Sentences about parts of the query that aren't understood or, if all are understood, that match nothing."""
        return trail.not_understood(self.query.value) or trail.unmatched(self._all, self.query.value)

    def _summary(self) -> str:
        if self.fault:
            return box(Verdict.WARN, "The query can't be read.", self.fault, label="Query", word="query")
        failed = sum(bool(line.error) for line in self.lines)
        last = f" Only the last {_SHOWN} are listed." if len(self.lines) > _SHOWN else ""
        text = f"{_failures(failed, len(self.lines))}{last} {self._note}".strip()
        title = _how_many(len(self.lines), len(self._all))
        if doubts := self._doubts:
            said = " ".join([*doubts, text])
            word = "not understood" if trail.not_understood(self.query.value) else "not found"
            return box(Verdict.WARN, title, said, label="Search result", word=word)
        return box(Verdict.NOTE, title, text, label="Search result", word="found")

    # Forms without a widget

    @property
    def html(self) -> str:
        """The summary, the graph with its table, and the events as static HTML."""
        return framed(self._summary() + graph(self.uses) + _use_table(self.uses) + _event_table(self._shown))

    def __repr__(self) -> str:
        if self.fault:
            return f"The query can't be read: {self.fault}"
        rows = [
            f"{line.time}  {line.name:<24} {line.who:<20} {_listed(line):<60} {line.about} {line.error}".rstrip()
            for line in self._shown
        ]
        doubts = " ".join(self._doubts)
        head = " ".join(
            filter(None, (f"{len(self.lines)} of {counted(len(self._all), 'event')}.", self._note, doubts))
        )
        used = [
            f"  {use.who} on {use.what}: {use.times} ({use.failed} failed): {', '.join(use.names)}"
            for use in self.uses[:20]
        ]
        return "\n".join([head, *rows, "Who used what:", *used])


def _how_many(found: int, whole: int) -> str:
    """Return how many of all events match, as a sentence."""
    events = counted(whole, "event")
    if found == whole:
        return f"All {events}." if whole > 1 else f"{events}."
    number = f"{found:,}" if found else "None"
    return f"{number} of {events} {'matches' if found < 2 else 'match'}."


def _failures(failed: int, whole: int) -> str:
    """Return how many of these events failed, as a sentence."""
    if whole == 1:
        return "It failed." if failed else "It succeeded."
    some = {0: "None", whole: "All"}.get(failed, f"{failed:,}")
    return f"{some} of them failed." if whole else ""


def _title(number: int, line: Line) -> str:
    """Return an event for the list of details, without its time, for which a phone has no room."""
    return f"{number}. {line.name} by {line.who}"[:120]


def _event_table(shown: Sequence[Line]) -> str:
    return table("Events, oldest first; failed calls are marked", _EVENT_HEADS, _event_cells(shown))


def _event_list(shown: Sequence[Line]) -> str:
    """Return the events as a list in a frame, in which a click chooses an event."""
    heads = "".join(f'<th scope="col">{each}</th>' for each in _EVENT_HEADS)
    rows = "".join(
        f'<tr data-option="{at}" data-list="2">'
        f'<td>{cells[0]}</td><td>{cells[1]}</td><td class="by">{cells[2]}</td><td class="then">{cells[3]}</td></tr>'
        for at, cells in enumerate(_event_cells(shown))
    )
    return (
        "<p><strong>Events</strong>, oldest first. Click an event to see all of it.</p>"
        '<div class="rows" tabindex="0" role="group" aria-label="Events"><table class="events">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _first_choice(shown: Sequence[Line]) -> int:
    """Return the place of the last event that failed or, if none did, of the last event."""
    failed = [at for at, line in enumerate(shown) if line.error]
    return failed[-1] if failed else len(shown) - 1


def _event_cells(shown: Sequence[Line]) -> Iterator[list[str]]:
    day = ""
    for line in shown:
        before, (day, _, time) = day, line.time.partition("T")
        yield [
            _words([*([day] if day != before else ()), time.removesuffix("Z")]), _named(line),
            _names([line.who, *([f"via {line.via}"] if line.via else ())]), _names(line.what) + _about(line),
        ]  # fmt: skip


def _use_table(found: Sequence[Use]) -> str:
    heads = ("By", "On", "Times", "Failed", "Events")
    rows = [
        (
            _names([use.who]), _names([use.what]), str(use.times), str(use.failed), " ".join(map(_name, use.names)),
        )
        for use in found[:20]
    ]  # fmt: skip
    return table("Who used what, most frequent first", heads, rows)


def _whole(text: str) -> str:
    """Return a cell that is not broken within words."""
    return f'<span style="white-space:nowrap">{escaped(text, 120)}</span>'


def _named(line: Line) -> str:
    """Return an event's name, and below it, if the call failed, a chip and the error, which can be long."""
    if not line.error:
        return _name(line.name)
    error = f'<span style="display:inline-block;min-width:10em">{breakable(escaped(line.error, 80))}</span>'
    return f"{_name(line.name)}<br>{chip(Verdict.NO, 'failed')}<br>{error}"


def _name(name: str) -> str:
    """Return an event's name, whole if it is short, else with places where it can be broken."""
    return _whole(name) if len(name) <= _LETTERS else breakable(escaped(name, 120))


def _words(words: Iterable[str]) -> str:
    """Return words as HTML in which lines break only between words."""
    return " ".join(_whole(word) for word in words)


def _names(names: Iterable[str]) -> str:
    """Return names, one per line. Each is shortened so that it fits on the line; the whole name is its title."""
    return "<br>".join(
        f'<span style="white-space:nowrap" title="{escaped(name, 200)}">{escaped(clipped(name), 60)}</span>'
        for name in names
    )


def _about(line: Line) -> str:
    """Return the line below a resource with a call's encryption context, or ""."""
    return f'<br>about <span class="dim">{escaped(line.about, 200)}</span>' if line.about else ""


def _listed(line: Line) -> str:
    return ", ".join(line.what)[:60]
