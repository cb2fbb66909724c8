"""A picture of who used what: callers, resources, and a line for each use, in a wide form and a narrow form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from labs_helpers.course.shown.look import drawing, escaped
from labs_helpers.course.shown.shortened import without_middle
from labs_helpers.course.widgets.trail_explorer.event_selection import Use

_MOST = 10
"""The maximum number of callers, and of resources, that are drawn."""
_LETTERS = 20
"""The maximum number of letters in a name."""
_DIGIT = 7.8
"""The approximate width of a digit, which account IDs and key IDs consist of."""
_SAID = "Who used what; the table below shows the same"
_ROW, _WIDTH, _GROWN, _SPACE = 26, 540, 720, 8
_THIN = 1.6
"""The least width of a part of a line: a failure among many calls is still visible."""
_NARROW, _NARROW_GROWN, _NARROW_ROW, _TRUNKS = 264, 330, 38, 116
"""In the narrow form, each caller has a trunk, with a branch to each resource that the caller used."""
_BUNDLE, _NARROW_BUNDLE, _TRUNK = 22, 12, 10
"""The maximum width of the lines of one caller or resource, side by side: in the wide form, and in the narrow form."""
Place = Callable[[str, str], str]
"""Returns the HTML attributes with which a click chooses a caller ("who") or a resource ("what"), or "" for none."""


class Strand(NamedTuple):
    """A part of a line, with its tint and its width: the calls of a use that succeeded, or those that failed."""

    use: Use
    tint: str
    wide: float


def graph(found: Sequence[Use], place: Place | None = None, more: str = "") -> str:
    """Return the picture with its legend, and `more` HTML below the legend.

    Lines are thicker for more calls, and the share of calls that failed is dashed and red. Next to each resource is the
    number of its calls. `place`: None on paper.
    """
    callers, resources = (_most_used(found, side) for side in ("who", "what"))
    drawn = [use for use in found if use.who in callers and use.what in resources]
    if not drawn:
        return ""
    callers = [who for who in callers if any(use.who == who for use in drawn)]
    wide, narrow = (form(drawn, callers, resources, place) for form in (_ribbons, _branches))
    hidden = len({use.who for use in found} - set(callers)) + len(
        {use.what for use in found} - set(resources)
    )
    pictures = drawing.for_each_width(wide, narrow, below=480)
    legend = f"<p>{_legend(drawn, hidden, can_click=place is not None)}</p>{more}"
    return f'<div class="widths"><div class="legend"><div>{pictures}</div><div>{legend}</div></div></div>'


def _legend(drawn: Sequence[Use], hidden: int, *, can_click: bool) -> str:
    """Return the meanings of the kinds of lines that are in the picture."""
    parts = (
        ("Thicker lines: more calls.", True),
        ("Dashed and red: calls that failed or were denied.", any(use.failed for use in drawn)),
        (f"Not drawn: {hidden} callers or resources with fewer calls.", hidden > 0),
        ("Click a caller or a resource to show only its events.", can_click),
    )
    return " ".join(text for text, is_shown in parts if is_shown)


def _ribbons(
    drawn: Sequence[Use],
    callers: Sequence[str],
    resources: Sequence[str],
    place: Place | None,
) -> str:
    """Return the wide form: callers on the left, resources on the right."""
    left = _DIGIT * max(len(clipped(who)) for who in callers) + _SPACE
    right = _WIDTH - max(_needed(drawn, what) for what in resources) - _SPACE
    bend = (right - left) / 2

    def y(names: Sequence[str], name: str) -> float:
        """Return the height of a name's line; the shorter column is centered."""
        top = (max(len(callers), len(resources)) - len(names)) / 2
        return _ROW * (top + names.index(name) + 0.5)

    strands = _strands(drawn, _BUNDLE)
    starts = _asides(strands, "who", resources, _BUNDLE)
    ends = _asides(strands, "what", callers, _BUNDLE)
    parts = []
    for strand in strands:
        a = y(callers, strand.use.who) + starts[strand]
        b = y(resources, strand.use.what) + ends[strand]
        way = f"M{left:g} {a:g} C{left + bend:g} {a:g} {right - bend:g} {b:g} {right:g} {b:g}"
        parts.append(_line(strand, way, rim=True))
    parts += [
        _clickable(
            drawing.label(left - _SPACE, y(callers, who) + 4, clipped(who), anchor="end", halo=False),
            place("who", who) if place else "",
        )
        for who in callers
    ]
    parts += _resources(drawn, ((what, right + _SPACE, y(resources, what)) for what in resources), place)
    return drawing.svg(_WIDTH, _ROW * max(len(callers), len(resources)), _SAID, parts, most=_GROWN)


def _branches(
    drawn: Sequence[Use],
    callers: Sequence[str],
    resources: Sequence[str],
    place: Place | None,
) -> str:
    """Return the narrow form: callers above resources."""
    step = min(14, _TRUNKS / len(callers))
    text, top = step * len(callers) + _SPACE, _ROW * len(callers)
    letters = min(int((_NARROW - text) / drawing.BOLD), _LETTERS)
    ends = {what: top + _NARROW_ROW * at + 14 for at, what in enumerate(resources)}
    strands = _strands(drawn, _NARROW_BUNDLE)
    # The lowest branches are on the left of their trunk, and those of the leftmost trunk are below the others.
    lefts = _asides(strands, "who", resources[::-1], min(step - 3, _TRUNK))
    tops = _asides(strands, "what", callers[::-1], _NARROW_BUNDLE)
    parts = []
    for strand in strands:
        at = callers.index(strand.use.who)
        start, x = _ROW * (at + 0.5), step * (at + 0.5) + lefts[strand]
        end = ends[strand.use.what] + tops[strand]
        way = f"M{x:g} {start:g} V{end - 8:g} Q{x:g} {end:g} {x + 8:g} {end:g} H{text - 4:g}"
        parts.append(_line(strand, way, rim=False))
    for at, who in enumerate(callers):
        y = _ROW * (at + 0.5)
        dot = f'<circle cx="{step * (at + 0.5):g}" cy="{y:g}" r="5" style="fill:var(--labs-text)"/>'
        name = drawing.label(text, y + 4, clipped(who), anchor="start", bold=True, halo=False)
        parts.append(_clickable(dot + name, place("who", who) if place else ""))
    parts += _resources(drawn, ((what, text, ends[what]) for what in resources), place, letters=letters)
    return drawing.svg(_NARROW, top + _NARROW_ROW * len(resources), _SAID, parts, most=_NARROW_GROWN)


def _resources(
    drawn: Sequence[Use],
    places: Iterable[tuple[str, float, float]],
    place: Place | None,
    *,
    letters: int = 0,
) -> Iterator[str]:
    """Yield each resource's name with the number of its calls; a click on it chooses the resource.

    `letters`: the maximum number of letters in a name, if the count is below the name.
    """
    for what, x, y in places:
        at = f'x="{x:g}" dy="15"' if letters else 'dx="6"'
        count = f'<tspan font-weight="bold" {at}>{_counted(drawn, what)}</tspan>'
        name = (
            f'<text x="{x:g}" y="{y + 4:g}">{escaped(clipped(what, letters or _LETTERS), 60)}{count}</text>'
        )
        yield _clickable(name, place("what", what) if place else "")


def _clickable(drawn: str, attributes: str) -> str:
    """Return a part of the picture. If attributes are given, make the part clickable."""
    return (
        f'<g {attributes} style="cursor:pointer;pointer-events:bounding-box">{drawn}</g>'
        if attributes
        else drawn
    )


def _strands(drawn: Sequence[Use], room: float) -> list[Strand]:
    """Return the parts of the lines of all uses. Failed calls come last, so that no other line covers them.

    `room`: the width for the lines of one caller or resource, side by side. Lines are thinner if they don't fit.
    """
    most = max(each.times for each in drawn)
    found = []
    for use in reversed(drawn):
        for tint, times in (("calm", use.times - use.failed), ("bad", use.failed)):
            if times:
                found.append(Strand(use, tint, (_THIN + 7 * use.times / most) * times / use.times))
    bundles = [*_bundles(found, "who").values(), *_bundles(found, "what").values()]
    scale = min(1, room / max(sum(each.wide for each in bundle) for bundle in bundles))
    found = [each._replace(wide=max(_THIN, each.wide * scale)) for each in found]
    return sorted(found, key=lambda strand: strand.tint == "bad")


def _bundles(strands: Iterable[Strand], side: str) -> dict[str, list[Strand]]:
    """Return the lines of each caller ("who") or resource ("what")."""
    found: dict[str, list[Strand]] = {}
    for strand in strands:
        found.setdefault(getattr(strand.use, side), []).append(strand)
    return found


def _asides(strands: Sequence[Strand], side: str, order: Sequence[str], room: float) -> dict[Strand, float]:
    """Return how far each line is from the middle of its caller ("who") or resource ("what").

    Lines lie side by side, in the `order` of the names at their other end. They overlap if they are wider than `room`.
    """
    other = "what" if side == "who" else "who"
    ordered = sorted(strands, key=lambda each: order.index(getattr(each.use, other)))
    found = {}
    for bundle in _bundles(ordered, side).values():
        whole = sum(each.wide for each in bundle)
        squeezed, at = min(1, room / whole), -whole / 2
        for each in bundle:
            found[each] = (at + each.wide / 2) * squeezed
            at += each.wide
    return found


def _line(strand: Strand, way: str, *, rim: bool) -> str:
    """Return a part of a line; failed calls are dashed. `rim`: draw a rim around it if it is dashed."""
    use, tint, wide = strand
    dashes = ' stroke-dasharray="5 4"' if tint == "bad" else ""
    below = (
        f'<path class="rim" d="{way}" fill="none" stroke="var(--labs-ground)" stroke-width="{wide + 1:.1f}"/>'
        if rim and dashes
        else ""
    )
    said = f"{escaped(use.who, 80)} on {escaped(use.what, 80)}: {use.times}, {use.failed} failed"
    return (
        f'{below}<path d="{way}" fill="none" stroke="var(--labs-{tint})" stroke-width="{wide:.1f}"{dashes}>'
        f"<title>{said}</title></path>"
    )


def _needed(drawn: Sequence[Use], what: str) -> float:
    """Return the width of a resource's name with its count."""
    return _DIGIT * (len(clipped(what)) + len(_counted(drawn, what))) + 12


def _most_used(found: Sequence[Use], side: str) -> list[str]:
    counted: dict[str, int] = {}
    for use in found:
        name = getattr(use, side)
        counted[name] = counted.get(name, 0) + use.times
    return sorted(counted, key=lambda name: (-counted[name], name))[:_MOST]


def _counted(found: Iterable[Use], what: str) -> str:
    """Return how often a resource was used, and how often that failed: `3×, 1 failed`."""
    own = [use for use in found if use.what == what]
    failed = sum(use.failed for use in own)
    return f"{sum(use.times for use in own)}×" + (f", {failed} failed" if failed else "")


def clipped(text: str, most: int = _LETTERS) -> str:
    """Return a name that fits into its place in the picture and in the list."""
    return without_middle(text, most)
