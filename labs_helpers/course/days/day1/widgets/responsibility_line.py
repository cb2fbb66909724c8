"""The line between AWS and its customer, as a stack of layers: choose a service, and the line moves.

    ResponsibilityLine()            begins with EC2, where the line is low
    ResponsibilityLine("kms")       begins with KMS, where it is high

The facts are in data/day1/responsibility.json; https://aws.amazon.com/compliance/shared-responsibility-model/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets

from labs_helpers.course.days.day1.responsibility import Cell, Line, the_line
from labs_helpers.course.shown.look import drawing
from labs_helpers.course.shown.mistakes import UnknownName, checked
from labs_helpers.course.widgets.visual_language import STYLE, LabWidget, escaped, framed, titled_view

LAYERS = ("access", "content", "platform", "os", "host", "facilities")
"""The layers of the stack, the customer's first."""
SERVICES = ("ec2", "eks", "fargate", "lambda", "rds", "s3", "kms")
_WORDS = {"customer": "you", "shared": "shared", "aws": "AWS", "inherited": "AWS"}
_YOURS = {
    "customer": ("yours",), "shared": ("your part", "AWS's part"), "aws": ("AWS's",), "inherited": ("AWS's",),
}  # fmt: skip
"""Side → the words in the boxes of a layer."""
_SAID = {side: words[0] if len(words) == 1 else "shared" for side, words in _YOURS.items()}
_TINTS = {"customer": "indigo", "shared": "plum", "aws": "slate", "inherited": "slate"}
_TOP, ROW, _COLUMN, _NAMES = 6, 44, 78, 150
_FULL = {"width": "99%"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The place and width of a stack's boxes, the height of a layer, and the height of a name above its boxes."""

    left: int
    width: int
    row: int
    name: int
    half: float = 0.5
    """Your share of a shared layer's width."""


_WIDE = Layout(_NAMES, 220, ROW, 0)
_BROAD = Layout(_NAMES, 530, ROW, 0)
_NARROW = Layout(4, 256, 54, 16, half=0.58)


class ResponsibilityLine(LabWidget):
    """A stack of layers for one service at a time, with the line between the customer's layers and AWS's.

    The buttons call `choose`. Raises `LookupError` for a service without a stack.
    """

    about = "The line: which layers AWS secures, and which you secure"

    @checked
    def __init__(self, service: str = SERVICES[0]) -> None:
        self._line = line = the_line()
        self.service = ipywidgets.ToggleButtons(
            options=[(_short(line.services[id]), id) for id in SERVICES],
            tooltips=[line.services[id] for id in SERVICES],
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
        cells, before = layers(self._line, chosen), layers(self._line, self._before)
        self._picture.value = framed(
            '<div class="widths"><div class="layers">'
            f"<div>{stack(cells, before)}</div><div>{_reasons(cells)}</div></div></div>"
        )

    @property
    def html(self) -> str:
        """The stacks of all services next to each other, and the chosen service's reasons, as static HTML."""
        return framed(stacks(self._line) + _reasons(layers(self._line, self.service.value)))

    def __repr__(self) -> str:
        every = [in_words(layers(self._line, service)) for service in SERVICES]
        cells = layers(self._line, self.service.value)
        return "\n".join([*every, *(f"{each.name}: {each.reason}" for each in cells)])


def _known(service: str) -> str:
    if service not in SERVICES:
        raise UnknownName(f"there is no stack for {service!r:.40}; choose from {', '.join(SERVICES)}")
    return service


def _short(name: str) -> str:
    """Return a service's name as people say it: `Fargate` for `AWS Fargate (Amazon ECS)`."""
    return name.removeprefix("Amazon ").removeprefix("AWS ").partition(" (")[0]


def layers(line: Line, service: str) -> list[Cell]:
    """Return the layers of a service's stack, the customer's first."""
    return [line.cell(service, control) for control in LAYERS]


def height(cells: Sequence[Cell]) -> float:
    """Return the number of layers above the line; a shared layer counts as half a layer."""
    return sum({"customer": 1.0, "shared": 0.5}.get(each.side, 0.0) for each in cells)


def stack(cells: Sequence[Cell], before: Sequence[Cell]) -> str:
    """Return the picture of a stack, in which the line moves from its place in the stack that was shown before."""
    broad, wide, narrow = (_stack(layout, cells, before) for layout in (_BROAD, _WIDE, _NARROW))
    smaller = drawing.for_each_width(wide, narrow, below=340)
    return f"{_GLIDE}{drawing.for_each_width(broad, smaller, below=640)}"


def _stack(layout: Layout, cells: Sequence[Cell], before: Sequence[Cell]) -> str:
    parts = []
    for at, each in enumerate(cells):
        top = _TOP + at * layout.row
        anchor, x, y = (
            ("start", layout.left, 12) if layout.name else ("end", layout.left - 8, layout.row / 2 + 2)
        )
        parts.append(drawing.label(x, top + y, each.control_name, anchor=anchor))
        parts += _boxes(layout, top + layout.name, each)
    upper, lower = _bounds(_TOP, layout.row, cells)
    ends = layout.left, layout.left + layout.width * layout.half, layout.left + layout.width
    moved = (height(before) - height(cells)) * layout.row
    rule = _rule(
        [
            f"{ends[0]:g},{lower:g}",
            f"{ends[1]:g},{lower:g}",
            f"{ends[1]:g},{upper:g}",
            f"{ends[2]:g},{upper:g}",
        ]
    )
    parts.append(f'<g class="glides" style="--from:translateY({moved:g}px)">{rule}</g>')
    width = layout.left + layout.width + 4
    return drawing.svg(width, _TOP + len(cells) * layout.row + 2, in_words(cells), parts)


def _boxes(layout: Layout, y: float, cell: Cell) -> list[str]:
    """Return a layer's box; a shared layer has two parts, with the customer's on the left."""
    left, right = layout.left, layout.left + layout.width
    middle = left + layout.width * layout.half
    sides = [("indigo", left, middle), ("slate", middle, right)]
    if cell.side != "shared":
        sides = [(_TINTS[cell.side], left, right)]
    return [
        drawing.box(start + 3, y, end - start - 6, layout.row - layout.name - 4, [word], tint=tint, lit=True)
        for (tint, start, end), word in zip(sides, _YOURS[cell.side], strict=True)
    ]


def _bounds(top: float, row: float, cells: Sequence[Cell]) -> tuple[float, float]:
    """Return where the customer's layers end, and where the shared layers below them end."""
    upper = top + sum(each.side == "customer" for each in cells) * row - 2
    return upper, upper + sum(each.side == "shared" for each in cells) * row


def _rule(points: Sequence[str]) -> str:
    return (
        f'<polyline points="{" ".join(points)}" fill="none" style="stroke:var(--labs-text);stroke-width:4"/>'
    )


def _reasons(cells: Sequence[Cell]) -> str:
    """Return a sentence for each layer: who does what there."""
    return "".join(
        f'<p class="reason {_TINTS[each.side]}"><span><strong>{escaped(each.control_name)}</strong> '
        f"({_SAID[each.side]}): </span>{escaped(each.reason)}</p>"
        for each in cells
    )


_GLIDE = """<style>@keyframes labs-glide { from { transform: var(--from); } }
.labs .glides { animation: labs-glide .7s ease-in-out; }</style>"""


def stacks(line: Line) -> str:
    """Return the picture of all stacks from EC2 to KMS. The line is drawn as steps above and below shared layers."""
    parts = [
        drawing.label(_NAMES - 8, _TOP + (at + 1) * ROW + 24, line.controls[control], anchor="end")
        for at, control in enumerate(LAYERS)
    ]
    points: tuple[list[str], list[str]] = ([], [])
    for column, service in enumerate(SERVICES):
        x = _NAMES + column * _COLUMN
        cells = layers(line, service)
        name = _short(line.services[service])
        parts.append(drawing.label(x + _COLUMN / 2, _TOP + 22, name, bold=True))
        for at, each in enumerate(cells, 1):
            top, tint = _TOP + at * ROW, _TINTS[each.side]
            parts.append(
                drawing.box(x + 3, top, _COLUMN - 6, ROW - 4, [_WORDS[each.side]], tint=tint, lit=True)
            )
        for side, y in zip(points, _bounds(_TOP + ROW, ROW, cells), strict=True):
            side += [f"{x:g},{y:g}", f"{x + _COLUMN:g},{y:g}"]
    parts += map(_rule, points)
    width = _NAMES + len(SERVICES) * _COLUMN + 8
    said = " ".join(in_words(layers(line, service)) for service in SERVICES)
    return drawing.svg(width, _TOP + (len(LAYERS) + 1) * ROW + 8, said, parts, least=560)


def in_words(cells: Sequence[Cell]) -> str:
    """Return a stack as a sentence: `Amazon EC2: Who can use it: you, …`."""
    return (
        f"{cells[0].service_name}: "
        + ", ".join(f"{each.control_name} ({_WORDS[each.side]})" for each in cells)
        + "."
    )
