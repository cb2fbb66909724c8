"""Events as a picture: one lane per account or caller, and one mark per event, from left to right in time.

The marks are evenly spaced, because most attacks consist of a few seconds of work and hours of inactivity. A line of
text below the lanes shows each time once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import drawing, escaped, framed

_WIDTH, _LANE, _STEP, _TIME = 760, 34, 15, 74
_LETTERS = 26
"""The maximum number of letters of a lane's name."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its time as shown, its lane, what happened, and whether it was denied or failed."""

    when: str
    lane: str
    what: str
    failed: bool

    @property
    def words(self) -> str:
        """Return the event as a sentence, which the mark shows when the pointer is on it."""
        return f"{self.when} {self.lane}, {self.what}: {'failed' if self.failed else 'succeeded'}"


def event_lanes(title: str, events: Sequence[Event], order: Sequence[str] = ()) -> str:
    """Return the lanes as HTML. `order`: lanes that come first, if they have events."""
    present = dict.fromkeys(event.lane for event in events)
    lanes = [lane for lane in order if lane in present]
    lanes += [lane for lane in present if lane not in lanes]
    left = 28 + drawing.BOLD * max((min(len(lane), _LETTERS) for lane in lanes), default=0)
    width = int(max(_WIDTH, left + _STEP * len(events) + 20))
    bottom = _LANE * len(lanes) + 8
    step = (width - left - 20) / max(len(events), 1)
    parts = []
    for number, lane in enumerate(lanes):
        y = _LANE * number + _LANE / 2
        name = lane if len(lane) <= _LETTERS else f"…{lane[1 - _LETTERS :]}"
        parts.append(drawing.label(4, y + 4, name, anchor="start", bold=True))
        parts.append(drawing.line(left, y, width - 8, y, tint="line"))
    last, named = -float(_TIME), ""
    for number, event in enumerate(events):
        x, y = left + step * (number + 0.5), _LANE * lanes.index(event.lane) + _LANE / 2
        if event.when != named and x - last >= _TIME and x + _TIME / 2 <= width:
            parts.append(drawing.line(x, 6, x, bottom, tint="line", wide=1, dashed=True))
            parts.append(drawing.label(x, bottom + 14, event.when, halo=False))
            last, named = x, event.when
        parts.append(f"<g>{_mark(x, y, failed=event.failed)}<title>{escaped(event.words, 300)}</title></g>")
    failed = sum(event.failed for event in events)
    said = (
        f"{title}: {counted(len(events), 'event')} in {counted(len(lanes), 'lane')}, {failed} of them failed"
    )
    order = " · time runs from left to right" if len({event.when for event in events}) > 1 else ""
    order = order or (" · all at the same time" if len(events) > 1 else "")
    legend = f"<p>● succeeded · <strong>✕</strong> failed{order}</p>"
    return framed(drawing.svg(width, bottom + 24, said, parts, least=min(width, 640)) + legend)


def _mark(x: float, y: float, *, failed: bool) -> str:
    """Return a circle for an event that succeeded, and a cross for one that failed."""
    if not failed:
        return f'<circle cx="{x:.1f}" cy="{y:g}" r="6" style="fill:var(--labs-calm)"/>'
    return (
        f'<circle cx="{x:.1f}" cy="{y:g}" r="6.5" style="fill:var(--labs-ground)"/>'
        f'<path d="M{x - 5:.1f} {y - 5:g} l10 10 m-10 0 l10 -10" style="stroke:var(--labs-bad);stroke-width:3"/>'
    )
