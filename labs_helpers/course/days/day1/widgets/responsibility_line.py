"""The line between AWS and its customer, as a stack of layers: choose a service, and the line moves.

    ResponsibilityLine()            begins with EC2, where the line is low
    ResponsibilityLine("kms")       begins with KMS, where it is high

The facts are in data/day1/responsibility.json; https://aws.amazon.com/compliance/shared-responsibility-model/
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from labs_helpers.course.days.day1.responsibility import Cell, Line, the_line
from labs_helpers.course.shown.look import drawing
from labs_helpers.course.shown.mistakes import UnknownName, checked
from labs_helpers.course.widgets.design import STYLE, LabWidget, framed, titled_view

LAYERS = ("access", "content", "platform", "os", "host", "facilities")
"""The layers of the stack, the customer's first."""
SERVICES = ("ec2", "eks", "fargate", "lambda", "rds", "s3", "kms")
_WORDS = {"customer": "you", "shared": "shared", "aws": "AWS", "inherited": "AWS"}
_TINTS = {"customer": "indigo", "shared": "plum", "aws": "slate", "inherited": "slate"}
_TOP, _ROW, _WIDE, _LEFT = 10, 38, 330, 10
_COLUMN, _NAMES = 78, 150
_FULL = {"width": "99%"}


class ResponsibilityLine(LabWidget):
    """A stack of layers for one service at a time, with the line between the customer's layers and AWS's.

    The buttons call `choose`. Raises `LookupError` for a service without a stack.
    """

    about = "The line: which layers AWS secures, and which you secure"

    @checked
    def __init__(self, service: str = SERVICES[0]) -> None:
        self._line = line = the_line()
        self.service = ipywidgets.ToggleButtons(
            options=[(line.services[id], id) for id in SERVICES],
            value=_known(service),
            description="Service",
            style={"button_width": "auto"},
        )
        self._before = self.service.value
        self.service.observe(self._changed, "value")
        self._picture = ipywidgets.HTML(layout=_FULL)
        self.view = titled_view(
            ipywidgets.VBox([ipywidgets.HTML(STYLE), self.service, self._picture], layout={"width": "100%"}),
            self.about,
        )
        self._draw()

    @checked
    def choose(self, service: str) -> None:
        """Choose a service by its ID. Raises `LookupError` for a service without a stack."""
        self.service.value = _known(service)

    def _changed(self, change: dict[str, str]) -> None:
        self._before = change["old"]
        self._draw()

    def _draw(self) -> None:
        chosen = self.service.value
        self._picture.value = framed(stack(layers(self._line, chosen), layers(self._line, self._before)))

    @property
    def html(self) -> str:
        """The stacks of all services next to each other, as static HTML."""
        return framed(stacks(self._line))

    def __repr__(self) -> str:
        return "\n".join(in_words(layers(self._line, service)) for service in SERVICES)


def _known(service: str) -> str:
    if service not in SERVICES:
        raise UnknownName(f"there is no stack for {service!r:.40}; choose from {', '.join(SERVICES)}")
    return service


def layers(line: Line, service: str) -> list[Cell]:
    """Return the layers of a service's stack, the customer's first."""
    return [line.cell(service, control) for control in LAYERS]


def height(cells: Sequence[Cell]) -> float:
    """Return how many layers are above the line; a shared layer is half above it."""
    return sum({"customer": 1.0, "shared": 0.5}.get(each.side, 0.0) for each in cells)


def stack(cells: Sequence[Cell], before: Sequence[Cell]) -> str:
    """Return the picture of a stack; the line comes from its place in the stack that was shown before."""
    parts = []
    for at, each in enumerate(cells):
        y = _TOP + at * _ROW
        parts.append(
            drawing.box(_LEFT, y, _WIDE, _ROW - 4, [each.control_name], tint=_TINTS[each.side], lit=True)
        )
        parts.append(drawing.label(_LEFT + _WIDE + 12, y + 22, _said(each), anchor="start"))
    line = _TOP + height(cells) * _ROW - 2
    moved = (height(before) - height(cells)) * _ROW
    rule = drawing.line(0, line, _LEFT + _WIDE + 100, line, tint="text", wide=4)
    parts.append(f'{_GLIDE}<g class="glides" style="--from:translateY({moved:g}px)">{rule}</g>')
    return drawing.svg(620, _TOP + len(cells) * _ROW + 8, in_words(cells), parts, least=420)


_GLIDE = """<style>@keyframes labs-glide { from { transform: var(--from); } }
.labs .glides { animation: labs-glide .7s ease-in-out; }</style>"""


def _said(cell: Cell) -> str:
    return {"you": "yours", "shared": "shared", "AWS": "AWS's"}[_WORDS[cell.side]]


def stacks(line: Line) -> str:
    """Return the picture of all stacks from EC2 to KMS, with the line as steps across them."""
    parts = [
        drawing.label(_NAMES - 8, _TOP + 24 + (at + 1) * _ROW, line.controls[control], anchor="end")
        for at, control in enumerate(LAYERS)
    ]
    points = []
    for column, service in enumerate(SERVICES):
        x = _NAMES + column * _COLUMN
        cells = layers(line, service)
        name = line.services[service].removeprefix("Amazon ").removeprefix("AWS ").partition(" (")[0]
        parts.append(drawing.label(x + _COLUMN / 2, _TOP + 22, name, bold=True))
        for at, each in enumerate(cells, 1):
            top = _TOP + at * _ROW
            parts.append(
                drawing.box(
                    x + 3, top, _COLUMN - 6, _ROW - 4, [_WORDS[each.side]], tint=_TINTS[each.side], lit=True
                )
            )
        y = _TOP + (1 + height(cells)) * _ROW - 2
        points += [f"{x:g},{y:g}", f"{x + _COLUMN:g},{y:g}"]
    parts.append(
        f'<polyline points="{" ".join(points)}" fill="none" style="stroke:var(--labs-text);stroke-width:4"/>'
    )
    width = _NAMES + len(SERVICES) * _COLUMN + 8
    said = " ".join(in_words(layers(line, service)) for service in SERVICES)
    return drawing.svg(width, _TOP + (len(LAYERS) + 1) * _ROW + 8, said, parts, least=560)


def in_words(cells: Sequence[Cell]) -> str:
    """Return a stack as a sentence: `Amazon EC2: Who can use it: you, …`."""
    return (
        f"{cells[0].service_name}: "
        + ", ".join(f"{each.control_name} ({_WORDS[each.side]})" for each in cells)
        + "."
    )
