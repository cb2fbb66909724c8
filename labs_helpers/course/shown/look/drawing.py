"""Pictures drawn as SVG in the palette's colors, for use inside an element with the stylesheet's class.

Text is text, so that it can be read, searched, and enlarged. A picture that is wider than its place can be scrolled
within its frame instead of being shrunk until no one can read it. Every picture has a description in words.
"""

from __future__ import annotations

from collections.abc import Sequence

from labs_helpers.course.shown.look import escaped
from labs_helpers.course.shown.look.picture_style import WIDTHS

LETTER = 6.6
"""The approximate width of a letter, for the space that a string needs."""
BOLD = 7.4
"""The approximate width of a bold letter."""
_LINE = 15
_HALO = ";paint-order:stroke;stroke:var(--labs-ground);stroke-width:4px;stroke-linejoin:round"
"""A ring in the background's color around each letter, so that a line behind the letter doesn't cross it out."""


def svg(
    width: int, height: int, description: str, parts: Sequence[str], least: int = 0, *, most: int = 0
) -> str:
    """Return a picture of this size from its parts. Below the width `least`, it scrolls instead of shrinking.

    `most`: the width up to which it grows with its place; by default, it doesn't grow.
    """
    # The cue has no height if the picture is whole: 100cqw is the width of the picture's place.
    cue = f'<p class="cue dim" style="--least:{least}px">→ Scroll the picture to see all of it.</p>'
    picture = (
        f'<div class="figure" role="group" tabindex="0" aria-label="Picture" style="overflow-x:auto">'
        f'<svg role="img" aria-label="{escaped(description)}" viewBox="0 0 {width} {height}" fill="currentColor" '
        f'style="display:block;width:100%;max-width:{most or width}px;min-width:{least}px;height:auto;'
        f'font:12px sans-serif">'
        f"{''.join(parts)}</svg></div>"
    )
    return f'<div class="widths">{cue}{picture}</div>' if least else picture


def for_each_width(wide: str, narrow: str, below: int = WIDTHS[-1]) -> str:
    """Return two pictures of the same content: one for paper and wide places, and one for places narrower than `below`.

    `below` is one of WIDTHS.
    """
    return (
        f'<div class="widths below-{below}"><div class="on-wide-pages">{wide}</div>'
        f'<div class="on-phones">{narrow}</div></div>'
    )


def label(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    bold: bool = False,
    bold_end: str = "",
    tint: str = "",
    halo: bool = True,
) -> str:
    """Return a line of text. `tint` is the name of a color in the palette, or "" for the text's own color.

    `bold_end`: text that follows, in bold. `halo`: keep lines behind the text away from its letters; not for text on a
    tinted background.
    """
    weight = ' font-weight="bold"' if bold else ""
    end = f' <tspan font-weight="bold">{escaped(bold_end, 120)}</tspan>' if bold_end else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{weight} '
        f'style="fill:{_color(tint)}{_HALO if halo else ""}">{escaped(text, 120)}{end}</text>'
    )


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    lines: Sequence[str],
    *,
    tint: str = "edge",
    lit: bool = False,
    dashed: bool = False,
) -> str:
    """Return a rounded box with centered lines of text, the first of them bold. A lit box has a tinted background."""
    color, dash = f"var(--labs-{tint})", ' stroke-dasharray="5 4"' if dashed else ""
    ground = f"color-mix(in srgb, {color} 16%, var(--labs-ground))" if lit else "var(--labs-ground)"
    top = y + height / 2 - (len(lines) - 1) * _LINE / 2 + 4
    texts = (
        label(x + width / 2, top + at * _LINE, line, bold=at == 0, halo=False)
        for at, line in enumerate(lines)
    )
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7" '
        f'style="fill:{ground};stroke:{color};stroke-width:{3 if lit else 1.5}"{dash}/>{"".join(texts)}'
    )


def line(
    x1: float, y1: float, x2: float, y2: float, *, tint: str = "edge", wide: float = 1.5, dashed: bool = False
) -> str:
    """Return a straight line."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" style="stroke:var(--labs-{tint})" '
        f'stroke-width="{wide:g}"{dash}/>'
    )


def arrow(
    x1: float, y1: float, x2: float, y2: float, *, tint: str = "edge", wide: float = 1.8, dashed: bool = False
) -> str:
    """Return a line with an arrowhead at its end."""
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    back, side = 9, 5
    points = [
        (x2, y2),
        *((x2 - back * ux + side * sign * uy, y2 - back * uy - side * sign * ux) for sign in (1, -1)),
    ]
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    shaft = line(x1, y1, x2 - back * ux, y2 - back * uy, tint=tint, wide=wide, dashed=dashed)
    return f'{shaft}<polygon points="{head}" style="fill:{_color(tint)}"/>'


def bounce(x: float, y: float, toward: int, *, tint: str = "bad") -> str:
    """Return the end of an arrow that is stopped at a point: a cross, and the way back. `toward`: 1 right, -1 left."""
    cross = "".join(
        f'<line x1="{x - 6:g}" y1="{y - 6 * sign:g}" x2="{x + 6:g}" y2="{y + 6 * sign:g}" '
        f'style="stroke:var(--labs-{tint})" stroke-width="3"/>'
        for sign in (1, -1)
    )
    start, end = x - 9 * toward, x - 42 * toward
    back = (
        f'<path class="bounce" d="M{start:g} {y + 3:g} Q{x - 20 * toward:g} {y + 20:g} {end:g} {y + 18:g}" fill="none" '
        f'style="stroke:var(--labs-{tint})" stroke-width="2" stroke-dasharray="4 3"/>'
    )
    return cross + back + arrow(end + 4 * toward, y + 18, end - 6 * toward, y + 18, tint=tint)


def padlock(x: float, y: float, name: str, *, closed: bool) -> str:
    """Return a padlock with its name: closed on its arrow, or open, fallen below it, and struck out."""
    if not closed:
        place = f"translate({x:g} {y + 14:g}) rotate(38)"
        fallen = f'<g class="fallen" transform="{place}" opacity=".75">{_lock("open", "none")}</g>'
        return fallen + label(x + 14, y + 22, f"no {name}", anchor="start", tint="bad")
    shut = f'<g class="locked" transform="translate({x:g} {y:g})">{_lock("good", "var(--labs-ground)")}</g>'
    return shut + label(x, y + 22, name, bold=True, tint="good")


def _lock(tint: str, ground: str) -> str:
    bow = "M-5 -3 V-7 A5 5 0 0 1 5 -7 V-3" if tint == "good" else "M-5 -3 V-7 A5 5 0 0 1 5 -9"
    stroke = f"stroke:var(--labs-{tint});stroke-width:2"
    return (
        f'<path d="{bow}" style="fill:none;{stroke}"/>'
        f'<rect x="-8" y="-3" width="16" height="12" rx="2" style="fill:{ground};{stroke}"/>'
    )


def _color(tint: str) -> str:
    return f"var(--labs-{tint})" if tint else "currentColor"
