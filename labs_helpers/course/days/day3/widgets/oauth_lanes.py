"""The OAuth walk as lanes: who sends what to whom, which protection guards it, and where an attack is stopped.

Each arrow is a request of the walk, or the answer that carries the code or the token. A protection in use is a closed
padlock on the arrow that it guards. A protection that isn't in use has fallen off.
https://www.rfc-editor.org/rfc/rfc9700#section-4
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from textwrap import wrap
from urllib.parse import urlsplit

from labs_helpers.course.days.day3.walk import Exchange
from labs_helpers.course.shown.look import drawing

LANES = ("browser", "application", "user pool", "Mallory")
_BROWSER, _APP, _POOL, _MALLORY = LANES
_SHORT = {_BROWSER: "browser", _APP: "app", _POOL: "pool", _MALLORY: "Mallory"}
_GUARDS = {"state": "state", "nonce": "nonce", "pkce": "PKCE"}
_STOPPED_BY = {
    "state isn't": "state", "nonce isn't": "nonce", "rejects the code": "pkce", "address for the code": "address",
}  # fmt: skip
"""A part of the walk's outcome → what stopped the attack: a protection, or the client's list of addresses."""
_TOP, _LINE = 44, 15
"""The position of the first text, and the height of a line of text."""
_LOCK = 26
"""The distance from the end of an arrow to its padlock."""
_FALLEN, _FALLEN_NAME = 74, 66
"""The distance from the end of an arrow to a padlock that fell off, and the width of its name."""
_ROOM = 16
"""The space that a label leaves free before a padlock or a cross."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The picture's width, the width up to which it grows, and the width of a lane's title.

    `stop`: the distance from the end of an arrow to where an attack stops. `above`: the height between a text and its
    arrow. `is_list`: the texts begin at the left edge; otherwise each is in the middle of its arrow.
    """

    width: int
    most: int
    title: int
    stop: int
    above: int
    is_list: bool

    def x(self, lane: str, shown: Sequence[str]) -> float:
        """Return the place of a lane among the lanes that are shown."""
        edge = self.title / 2 + 1
        return edge + shown.index(lane) * (self.width - 2 * edge) / (len(shown) - 1)


_WIDE = Layout(560, 700, 112, 50, 14, is_list=False)
_NARROW = Layout(264, 340, 62, 41, 20, is_list=True)


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two lanes. `number` is the number of the request that the arrow belongs to.

    `guard` is the protection on the arrow, or "". `stopped` is True if the arrow doesn't reach its end. `red` marks
    what Mallory does.
    """

    number: int
    start: str
    end: str
    text: str
    guard: str = ""
    red: bool = False
    stopped: bool = False


def arrows(exchanges: Sequence[Exchange], outcome: str) -> list[Arrow]:
    """Return the arrows of a walk, in order. `outcome` names the protection that stopped the attack, if one did."""
    found = [each for number, one in enumerate(exchanges, 1) for each in _of_exchange(number, one, exchanges)]
    stopped_by = next((guard for part, guard in _STOPPED_BY.items() if part in outcome), "")
    if not found or not stopped_by:
        return found
    at = max((at for at, each in enumerate(found) if each.guard == stopped_by), default=len(found) - 1)
    return [*found[:at], replace(found[at], stopped=True)]


def _of_exchange(number: int, one: Exchange, every: Sequence[Exchange]) -> Iterator[Arrow]:
    """Yield an arrow for the request, and one for a response that carries a code or a token."""
    red = "mallory" in one.who.lower() or "Mallory" in one.title
    start = _APP if "application" in one.who else _MALLORY if "mallory" in one.who.lower() else _BROWSER
    path = urlsplit(one.url).path
    if path == "/oauth2/authorize":
        evil = "evil." in one.given.get("redirect_uri", "")
        text = "sign in, code to evil.example" if evil else "please sign in"
        yield Arrow(number, start, _POOL, text, "address" if evil else "", red or evil)
    elif path == "/login":
        yield Arrow(number, start, _POOL, "name and password", red=red)
    elif path == "/oauth2/token":
        yield Arrow(number, start, _POOL, "code for tokens", "pkce", red)
        if one.status == 200:
            yield Arrow(number, _POOL, start, "ID token", "" if red else "nonce", red)
    else:
        if "link" in one.title:
            yield Arrow(number, _MALLORY, _BROWSER, "a link with Mallory's code", red=True)
            yield Arrow(number, _BROWSER, _APP, "Mallory's code", "state", red=True)
        else:
            yield Arrow(number, _MALLORY, _APP, "Alice's code", "state", red=True)
    if "code=" in one.answer:
        yield _code(number, start, every)


def _code(number: int, start: str, every: Sequence[Exchange]) -> Arrow:
    """Return the path that a code takes from the pool: to the application, or to Mallory, who reads or receives it."""
    if start == _MALLORY:
        return Arrow(number, _POOL, _MALLORY, "Mallory's code", red=True)
    following = every[number] if number < len(every) else None
    if following is not None and "application" in following.who:
        return Arrow(number, _POOL, _APP, "code, via the browser", "state")
    return Arrow(number, _POOL, _MALLORY, "Mallory reads Alice's code", red=True)


def lanes(exchanges: Sequence[Exchange], outcome: str, uses: frozenset[str], now: int | None = None) -> str:
    """Return the picture of a walk. `uses` are the protections in use; `now` is the request to highlight, if any."""
    drawn = arrows(exchanges, outcome)
    with_mallory = any(_MALLORY in (each.start, each.end) for each in drawn)
    shown = LANES if with_mallory else LANES[:3]
    wide, narrow = (_Picture(layout, shown, drawn, uses, now).svg() for layout in (_WIDE, _NARROW))
    return drawing.for_each_width(wide, narrow, below=480)


class _Picture:
    """The picture of a walk in a layout."""

    def __init__(
        self,
        layout: Layout,
        shown: Sequence[str],
        drawn: Sequence[Arrow],
        uses: frozenset[str],
        now: int | None,
    ) -> None:
        self._layout, self._shown, self._drawn, self._uses, self._now = layout, shown, drawn, uses, now

    def svg(self) -> str:
        parts, y = [], float(_TOP)
        for row, each in enumerate(self._drawn):
            text = each.text if _follows(self._drawn, row) else f"{each.number}. {each.text}"
            arrow, height = self._arrow(each, text, y)
            parts += arrow
            y += height
        lanes = [part for name in self._shown for part in self._lane(name, y)]
        layout = self._layout
        return drawing.svg(
            layout.width, int(y + 6), in_words(self._drawn, self._uses), [*lanes, *parts], most=layout.most
        )

    def _x(self, lane: str) -> float:
        return self._layout.x(lane, self._shown)

    def _lane(self, name: str, bottom: float) -> list[str]:
        tint, x, width = "bad" if name == _MALLORY else "edge", self._x(name), self._layout.title
        title = name if drawing.BOLD * len(name) < width else _SHORT[name]
        return [
            drawing.line(x, 30, x, bottom, tint=tint, dashed=True),
            drawing.box(x - width / 2, 2, width, 28, [title], tint=tint),
        ]

    def _arrow(self, each: Arrow, text: str, top: float) -> tuple[list[str], float]:
        """Return an arrow below its text, with its padlock, and their total height."""
        tint, is_now = "bad" if each.red else "calm", self._now in (None, each.number)
        start, end = self._x(each.start), self._x(each.end)
        toward = 1 if end > start else -1
        closed = bool(each.guard) and (each.guard not in _GUARDS or each.guard in self._uses)
        stop = end - toward * (self._layout.stop if each.stopped else 2)
        until = stop if each.stopped else end - toward * _LOCK if closed else end
        lines = self._lines(text, start, until - toward * _ROOM * (each.stopped or closed))
        y = top + _LINE * len(lines) + self._layout.above
        wide = 3 if is_now else 1.4
        parts = [
            drawing.arrow(start, y, stop, y, tint=tint, wide=wide) if not each.stopped
            else drawing.line(start, y, stop, y, tint=tint, wide=wide),
        ]  # fmt: skip
        for at, (line, x) in enumerate(lines):
            parts += self._label(line, x, top + _LINE * (at + 1) + 3, is_bold=is_now)
        if each.guard:
            lock = end - toward * (_LOCK if closed else _FALLEN)
            if not closed:
                lock = min(lock, self._layout.width - _FALLEN_NAME)
            parts.append(drawing.padlock(lock, y, _GUARDS.get(each.guard, each.guard), closed=closed))
        if each.stopped:
            parts.append(drawing.bounce(stop, y, toward))
        return parts, y - top + (26 if each.guard or each.stopped else 10)

    def _lines(self, text: str, start: float, end: float) -> list[tuple[str, float]]:
        """Return the lines of a text, each with the position of its left end (in a list) or of its middle."""
        if self._layout.is_list:
            return [(line, 2) for line in wrap(text, int(self._layout.width / drawing.BOLD))]
        low, high = sorted((start, end))
        edges = [low, *(x for x in map(self._x, self._shown) if low < x < high), high]
        room = max(b - a for a, b in pairwise(edges))
        lines = wrap(text, int((room - 8) / drawing.BOLD))
        needed = drawing.BOLD * max(map(len, lines))
        middle = next((a + b) / 2 for a, b in pairwise(edges) if b - a >= min(needed, room))
        return [(line, middle) for line in lines]

    def _label(self, text: str, x: float, y: float, *, is_bold: bool) -> list[str]:
        """Return a line of text on the background's color, so that no lane runs through it."""
        width = drawing.BOLD * len(text)
        left = x - 2 if self._layout.is_list else x - width / 2
        anchor = "start" if self._layout.is_list else "middle"
        ground = (
            f'<rect x="{left:g}" y="{y - 12:g}" width="{width + 4:g}" height="{_LINE}" '
            'style="fill:var(--labs-ground)"/>'
        )
        return [ground, drawing.label(x, y, text, anchor=anchor, bold=is_bold, halo=False)]


def _follows(drawn: Sequence[Arrow], row: int) -> bool:
    """Return True if an arrow belongs to the same request as the arrow before it, such as the request's answer."""
    return row > 0 and drawn[row - 1].number == drawn[row].number


def in_words(drawn: Sequence[Arrow], uses: frozenset[str]) -> str:
    """Return the picture's content as sentences."""
    return " ".join(
        _sentence(each, "Then from" if _follows(drawn, row) else f"{each.number}. From", uses)
        for row, each in enumerate(drawn)
    )


def _sentence(each: Arrow, begin: str, uses: frozenset[str]) -> str:
    said = f"{begin} {each.start} to {each.end}: {each.text}"
    if each.guard in _GUARDS:
        word = "guarded by" if each.guard in uses else "not guarded by"
        said += f", {word} {_GUARDS[each.guard]}"
    return f"{said}{', stopped here' if each.stopped else ''}."
