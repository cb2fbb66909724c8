"""The exposure plot, with adjustable assumptions: an hours-long zone outage versus a bucket that is public for weeks.

    ExposurePlot()                    with the day's assumptions
    ExposurePlot(bucket_days=2)       with other assumptions

Every assumption has its own field and a slider; each change redraws the chart and its tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import isnan, nan
from typing import Any

import ipywidgets

from labs_helpers.course.days.day1.exposure import LIMITS, WORDS, Exposure, exposure, table_of_events
from labs_helpers.course.shown.look.keyboard import named_sliders
from labs_helpers.course.shown.mistakes import checked
from labs_helpers.course.widgets.text_controls import Line
from labs_helpers.course.widgets.visual_language import STYLE, LabWidget, titled_view

_WIDE = {"width": "99%"}
_STEPS = {
    "records": [digit * 10**power for power in range(9) for digit in (1, 2, 5)] + [1_000_000_000],
    "zone_share": list(range(101)),
    "zone_hours": [0, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 18, 24, 36, 48, 72, 96, 120, 168, 240],
    "lost_minutes": [0, 1, 2, 3, 4, 5, 10, 15, 20, 30, 45, 60, 120, 240, 480, 720, 1_440],
}
_DAYS = [0, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365, 730, 1_460, 3_650]
"""The stops of the sliders: the larger the values, the farther apart the stops."""


def _slider(name: str, field: ipywidgets.BoundedFloatText) -> ipywidgets.SelectionSlider:
    """Return a slider for a field, which moves to the closest stop if another value is typed in the field."""
    steps: Sequence[float] = _STEPS.get(name, _DAYS)

    def closest() -> float:
        """Return the stop that is closest to the field's value."""
        return min(steps, key=lambda each: abs(each - float(field.value)))

    slider = ipywidgets.SelectionSlider(
        options=[(f"{each:,}", each) for each in steps],
        value=closest(),
        readout=False,  # the field shows the value
        layout={"width": "auto"},
    )

    def follow(change: Any) -> None:
        """Move the slider, without writing its stop into the field."""
        slider.value = closest()

    def write(change: Any) -> None:
        """Write the slider's stop into the field, unless the slider only follows the field."""
        if change["new"] != closest():
            field.value = change["new"]

    field.observe(follow, "value")
    slider.observe(write, "value")
    return slider


def _typed(field: ipywidgets.BoundedFloatText) -> tuple[Line, ipywidgets.HTML]:
    """Return a text field for a number, in which thousands are separated, and a note with its limits.

    The note appears if the entered text isn't a number within the limits.
    """
    typed = Line(
        value=_written(field.value),
        description=field.description,
        continuous_update=False,
        layout={"width": "auto"},
    )

    note = ipywidgets.HTML()

    def follow(change: Any) -> None:
        """Show the field's number."""
        typed.value, note.value = _written(field.value), ""

    def read(change: Any) -> None:
        """Write a typed number into the field, which applies its limits. Replace other text with the field's number."""
        number = nan
        with suppress(ValueError):
            number = float(change["new"].replace(",", ""))
            field.value = field.value if isnan(number) else number
        typed.value = _written(field.value)
        is_kept = number == field.value
        note.value = "" if is_kept else _limits(field)

    field.observe(follow, "value")
    typed.observe(read, "value")
    return typed, note


def _limits(field: ipywidgets.BoundedFloatText) -> str:
    said = f"Enter a number from {_written(field.min)} to {_written(field.max)}."
    return f'<div class="labs"><p class="limits" role="status">{said}</p></div>'


def _written(number: float) -> str:
    return f"{number:,.10g}"


class ExposurePlot(LabWidget):
    """A widget that shows `exposure(...)` and lets a learner change its assumptions.

    Raises `TypeError` for an unknown assumption, or `ValueError` for a value outside its limits.
    """

    about = "Exposure plot: what a zone outage costs, and what a public bucket costs"

    @checked
    def __init__(self, **assumed: float) -> None:
        first = exposure(**assumed).assumed
        self.fields = {
            name: ipywidgets.BoundedFloatText(
                value=getattr(first, name),
                min=LIMITS[name][0],
                max=LIMITS[name][1],
                description=word,
                layout={"width": "auto"},
            )
            for name, word in WORDS.items()
        }
        for each in self.fields.values():
            each.observe(lambda _: self._draw(), "value")
        self.sliders = {name: _slider(name, self.fields[name]) for name in WORDS}
        self._cards, self._picture = (ipywidgets.HTML(layout=_WIDE) for _ in range(2))
        heading = ipywidgets.HTML(
            f'{STYLE}<div class="labs"><p><strong>Change the assumptions:</strong></p></div>'
        )
        fields = ipywidgets.GridBox(
            [self._assumption(name) for name in WORDS],
            layout={
                "grid_template_columns": "repeat(auto-fit, minmax(min(17em, 100%), 1fr))",
                "grid_gap": ".7em 1.5em",
                "align_items": "flex-end",
                "width": "99%",
            },
        )
        real = ipywidgets.HTML(f'<div class="labs">{table_of_events()}</div>', layout=_WIDE)
        # The result is above the assumptions. The chart is next to them if both fit, and below them otherwise.
        both = ipywidgets.HBox(
            [
                ipywidgets.VBox(
                    [self._cards, heading, fields], layout={"flex": "1 1 31em", "min_width": "0"}
                ),
                ipywidgets.VBox([self._picture], layout={"flex": "999 1 38em", "min_width": "0"}),
            ],
            layout={"flex_flow": "row wrap", "width": "99%", "grid_gap": ".5em 2em"},
        )
        self.view = titled_view(
            ipywidgets.VBox([both, real, named_sliders()], layout={"width": "100%"}),
            self.about,
        )
        self._draw()

    def _assumption(self, name: str) -> ipywidgets.VBox:
        """Return an assumption: its slider next to its field, below its description."""
        typed, note = _typed(self.fields[name])
        both = ipywidgets.VBox([typed, self.sliders[name], note])
        both.add_class("labs-assumption")
        return both

    @property
    def shown(self) -> Exposure:
        """The comparison currently shown."""
        return exposure(**{name: each.value for name, each in self.fields.items()})

    @checked
    def assume(self, **assumed: float) -> None:
        """Change assumptions, as the fields do. Raises `TypeError` for an unknown assumption."""
        exposure(**assumed)
        for name, value in assumed.items():
            self.fields[name].value = value

    def _draw(self) -> None:
        shown = self.shown
        self._cards.value = f'<div class="labs">{shown.cards}</div>'
        self._picture.value = f'<div class="labs" style="overflow-wrap: normal">{shown.svg}</div>'

    @property
    def html(self) -> str:
        """The chart and its tables as static HTML."""
        return self.shown.html

    def __repr__(self) -> str:
        return self.shown.text
