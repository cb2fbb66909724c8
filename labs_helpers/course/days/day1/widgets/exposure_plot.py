"""The exposure plot, with adjustable assumptions: an hours-long zone outage versus a bucket that is public for weeks.

    ExposurePlot()                    with the day's assumptions
    ExposurePlot(bucket_days=2)       with other assumptions

Every assumption has its own field; each change redraws the chart and its tables.
"""

from __future__ import annotations

import ipywidgets

from labs_helpers.course.days.day1.exposure import LIMITS, WORDS, Exposure, exposure
from labs_helpers.course.shown.mistakes import checked
from labs_helpers.course.widgets.design import STYLE, LabWidget, titled_view

_WIDE = {"width": "99%"}


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
                style={"description_width": "auto"},
                layout={"flex_flow": "column", "align_items": "stretch", "height": "auto", "width": "19em"},
            )
            for name, word in WORDS.items()
        }
        for each in self.fields.values():
            each.add_class("labs-stacked")
            each.observe(lambda _: self._draw(), "value")
        self._picture = ipywidgets.HTML(layout=_WIDE)
        heading = ipywidgets.HTML(
            f'{STYLE}<div class="labs"><p>These are the assumptions. Change them:</p></div>'
        )
        fields = ipywidgets.HBox(
            list(self.fields.values()), layout={"flex_flow": "row wrap", "grid_gap": "0 1em"}
        )
        self.view = titled_view(
            ipywidgets.VBox([heading, fields, self._picture], layout={"width": "100%", "max_width": "66em"}),
            self.about,
        )
        self._draw()

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
        self._picture.value = f'<div class="labs" style="overflow-wrap: normal">{self.shown.cards}</div>'

    @property
    def html(self) -> str:
        """The chart and its tables as static HTML."""
        return self.shown.html

    def __repr__(self) -> str:
        return self.shown.text
