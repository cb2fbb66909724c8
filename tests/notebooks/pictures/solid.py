"""The parts of the notebooks' pictures: filled boxes, arrows, and frames, on a transparent background.

A picture is part of a text cell, so it can't follow the theme. All of its text is therefore white on a filled box, and
its lines have a color that stands out on white, on dark gray, and on paper.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from tests.notebooks.pictures.signs import Sign

WIDTH = 312
"""The width of every picture: on a phone, where a picture has 250 points, its letters have 11 points or more."""
SHOWN = 1.125
"""How much larger than it is drawn a picture is shown where there is room for it."""
FILLS = {
    "you": "#0369a1", "aws": "#46555f", "good": "#2e7d32", "bad": "#c62828", "warn": "#9a5b00", "ink": "#37474f",
}  # fmt: skip
"""The palette's colors, dark enough for white text.

Green is allowed, red is denied or an attack, orange is a limit or a danger, and blue is yours. Everything else is gray:
a layer, and what is AWS's."""
LINES = {
    "line": "#78909c",
    "good": "#4a9d4e",
    "bad": "#e05252",
    "warn": "#c98318",
    "you": "#3f8fc4",
}
"""The same colors for lines, which need to stand out on a light and on a dark ground."""
TITLE, SMALL = 15, 14
PADDING = 12
"""Between a label's text and its ends."""
_WIDTHS = {
    "'ijl": 0.28, " ,.IJ": 0.32, "/:;|f": 0.35, "-()[]t": 0.39, "!r*": 0.42, "sz": 0.52, "?c": 0.54, "FLkvxy": 0.59,
    "PTYaoeESbdghnpqu0123456789": 0.63, "AKVBRXZ": 0.69, "CHNU": 0.74, "DGOQ&": 0.79, "✓✗MW%m": 0.92, "w": 0.82,
}  # fmt: skip
"""Letters → their width for each point of the text's size, in DejaVu Sans, which is wider than the fonts before it."""
_BOLD = 1.12
"""How much wider a bold letter is, at most."""
_FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: what it shows in words, its height, and its parts."""

    title: str
    description: str
    height: int
    parts: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return the picture's alternative text."""
        return f"{self.title}. {self.description}"

    def svg(self, name: str) -> str:
        """Return the picture as SVG. `name` begins the IDs in it."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * SHOWN:g}" height="{self.height * SHOWN:.0f}" '
            'role="img" style="max-width:100%;height:auto" '
            f'viewBox="0 0 {WIDTH} {self.height}" aria-labelledby="{name}-title {name}-desc" '
            f'font-family="{html.escape(_FONT)}" fill="none">\n'
            f'<title id="{name}-title">{html.escape(self.title, quote=False)}</title>\n'
            f'<desc id="{name}-desc">{html.escape(self.description, quote=False)}</desc>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def text(
    x: float, y: float, said: str, size: int = SMALL, *, anchor: str = "middle", bold: bool = False
) -> str:
    """Return a line of white text, for a filled box. `y`: the middle of the line."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y + size * 0.35:g}" font-size="{size}" text-anchor="{anchor}"{weight} fill="#fff">'
        f"{html.escape(said, quote=False)}</text>"
    )


def width_of(said: str, size: int = SMALL, *, bold: bool = False) -> float:
    """Return the width of a line of text in a wide font."""
    wide = {letter: width for letters, width in _WIDTHS.items() for letter in letters}
    return sum(wide[letter] for letter in said) * size * (_BOLD if bold else 1)


def box(
    x: float,
    y: float,
    wide: float,
    lines: Sequence[str],
    fill: str,
    mark: Sign | int | None = None,
    high: float = 0,
) -> str:
    """Return a filled and outlined box with a sign or the number of a step, and centered lines of text, the first of
    them large.

    Raises `ValueError` if a line doesn't fit.
    """
    high = high or 16 + TITLE + (len(lines) - 1) * (SMALL + 5)
    room = wide - 12 - (28 if mark else 0)
    for at, line in enumerate(lines):
        if width_of(line, SMALL if at else TITLE, bold=not at) > room:
            raise ValueError(f"the box is too narrow for {line!r}")
    middle = x + wide / 2 + (14 if mark else 0)
    first = y + high / 2 - (len(lines) - 1) * (SMALL + 5) / 2
    said = [
        text(middle, first + at * (SMALL + 5), line, SMALL if at else TITLE, bold=not at)
        for at, line in enumerate(lines)
    ]
    drawn = _marked(x + 9, y + high / 2 - 12, mark) if mark else ""
    edge = LINES.get(fill, LINES["line"])
    ground = (
        f'<rect x="{x + 1.25:g}" y="{y + 1.25:g}" width="{wide - 2.5:g}" height="{high - 2.5:g}" rx="8" '
        f'fill="{FILLS[fill]}" stroke="{edge}" stroke-width="2.5"/>'
    )
    return "".join([ground, drawn, *said])


def _marked(x: float, y: float, mark: Sign | int) -> str:
    """Return a sign, or the number of a step in a ring."""
    if isinstance(mark, Sign):
        return sign(x, y, mark)
    ring = f'<circle cx="{x + 12:g}" cy="{y + 12:g}" r="11" stroke="#fff" stroke-width="2"/>'
    return ring + text(x + 12, y + 12, str(mark), TITLE, bold=True)


def sign(x: float, y: float, which: Sign, size: float = 24) -> str:
    """Return a sign in white."""
    return (
        f'<g transform="translate({x:g} {y:g}) scale({size / 24:.3g})" stroke="#fff" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round">{which.value}</g>'
    )


def pill(x: float, y: float, said: str, fill: str = "ink", *, side: int = 0) -> str:
    """Return a small filled label, centered at a point, or beside a vertical line: 1 to its right, -1 to its left."""
    lines = said.split("\n")
    wide, high = max(map(width_of, lines)) + 2 * PADDING, pill_height(said)
    x += side * (wide / 2 + 8)
    ground = (
        f'<rect x="{x - wide / 2:g}" y="{y - high / 2:g}" width="{wide:g}" height="{high:g}" rx="12" '
        f'fill="{FILLS[fill]}"/>'
    )
    return ground + "".join(text(x, y - high / 2 + 12 + 17 * at, line) for at, line in enumerate(lines))


def pill_height(said: str) -> float:
    """Return the height of a label."""
    return 24 + 17 * said.count("\n")


def arrow(*points: tuple[float, float], line: str = "line", dashed: bool = False) -> str:
    """Return a line through points with an arrowhead at its end."""
    (x1, y1), (x2, y2) = points[-2:]
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    neck = (x2 - 11 * ux, y2 - 11 * uy)
    head = " ".join(
        f"{x:.1f},{y:.1f}"
        for x, y in ((x2, y2), *((neck[0] + 6.5 * s * uy, neck[1] - 6.5 * s * ux) for s in (1, -1)))
    )
    return (
        f'{path(*points[:-1], neck, line=line, dashed=dashed)}<polygon points="{head}" fill="{LINES[line]}"/>'
    )


def path(*points: tuple[float, float], line: str = "line", dashed: bool = False, wide: float = 2.6) -> str:
    """Return a line through points."""
    dash = ' stroke-dasharray="7 5"' if dashed else ""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{drawn}" stroke="{LINES[line]}" stroke-width="{wide:g}" stroke-linejoin="round"{dash}/>'


def frame(
    x: float,
    y: float,
    wide: float,
    high: float,
    said: str,
    fill: str = "ink",
    line: str = "line",
    *,
    below: bool = False,
) -> str:
    """Return a dashed frame around other parts, with a label on its upper or lower edge."""
    edge = (
        f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="10" stroke="{LINES[line]}" '
        'stroke-width="2.2" stroke-dasharray="7 5"/>'
    )
    return edge + pill(x + 7 + width_of(said) / 2 + PADDING, y + high if below else y, said, fill)
