"""The OAuth walk as lanes: who sends what to whom, which protection guards it, and where an attack is stopped.

Each arrow is a request of the walk, or the answer that carries the code or the token. A protection in use is a closed
padlock on the arrow that it guards. A protection that isn't in use has fallen off.
https://www.rfc-editor.org/rfc/rfc9700#section-4
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
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
_TOP = 56
_BOLD = 7.4
"""The approximate width of a bold letter."""
_LOCK, _STOP = 26, 50
"""The distance from the end of an arrow to its padlock, and to where an attack stops."""
_ROOM = 16
"""The space that a label leaves free before a padlock or a cross."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the lanes are, in the order of LANES.

    `title`: the width of a lane's title; `above`: the height of a text above its arrow; `fallen`: the distance from the
    end of an arrow to a padlock that fell off. `least`: the width below which the picture scrolls.
    """

    lanes: tuple[int, ...]
    right: int
    row: int
    title: int
    above: int
    fallen: int
    least: float

    def x(self, lane: str) -> int:
        """Return the place of a lane."""
        return self.lanes[LANES.index(lane)]


_WIDE = Layout((66, 256, 446, 640), 64, 54, 122, 7, 74, 0.9)
_NARROW = Layout((34, 101, 168, 234), 32, 68, 62, 20, 62, 0)
"""For a phone's width: the texts are above their arrows and their padlocks."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two lanes. `number` is the walk's request that it belongs to.

    `guard` is the protection on the arrow, or "". `stopped` is True if the arrow doesn't arrive. `red` marks what
    Mallory does.
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
    """Yield the request as an arrow, and the answers that carry a code or a token."""
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
    """Return the way of a code back from the pool: to the application, or to Mallory, who reads or receives it."""
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
    pictures = []
    for layout in (_WIDE, _NARROW):
        height = _TOP + layout.row * len(drawn) + 16
        width = layout.x(shown[-1]) + layout.right
        parts = [part for name in shown for part in _lane(layout, name, height)]
        for row, each in enumerate(drawn):
            label = each.text if _follows(drawn, row) else f"{each.number}. {each.text}"
            y = _TOP + 30 + row * layout.row
            parts += _arrow(layout, width, each, label, y, uses, is_now=now in (None, each.number))
        pictures.append(
            drawing.svg(width, height, in_words(drawn, uses), parts, least=int(width * layout.least))
        )
    return drawing.for_each_width(*pictures)


def _lane(layout: Layout, name: str, height: int) -> list[str]:
    tint, x = "bad" if name == _MALLORY else "edge", layout.x(name)
    title = name if _BOLD * len(name) < layout.title else _SHORT[name]
    return [
        drawing.line(x, 34, x, height - 6, tint=tint, dashed=True),
        drawing.box(x - layout.title / 2, 6, layout.title, 28, [title], tint=tint),
    ]


def _follows(drawn: Sequence[Arrow], row: int) -> bool:
    """Return True if an arrow belongs to the same request as the arrow before it, such as the request's answer."""
    return row > 0 and drawn[row - 1].number == drawn[row].number


def _arrow(
    layout: Layout, width: int, each: Arrow, text: str, y: int, uses: frozenset[str], *, is_now: bool
) -> list[str]:
    tint = "bad" if each.red else "calm"
    start, end = layout.x(each.start), layout.x(each.end)
    toward = 1 if end > start else -1
    stop = end - toward * (_STOP if each.stopped else 2)
    wide = 3 if is_now else 1.4
    closed = bool(each.guard) and (each.guard not in _GUARDS or each.guard in uses)
    until = stop if each.stopped else end - toward * _LOCK if closed else end
    room = _ROOM if (each.stopped or closed) and layout is _WIDE else 0
    middle = _middle(layout, width, start, until - toward * room, _BOLD * len(text))
    parts = [
        drawing.arrow(start, y, stop, y, tint=tint, wide=wide) if not each.stopped
        else drawing.line(start, y, stop, y, tint=tint, wide=wide),
        drawing.label(middle, y - layout.above, text, bold=is_now),
    ]  # fmt: skip
    if each.guard:
        lock = end - toward * (_LOCK if closed else layout.fallen)
        parts.append(drawing.padlock(lock, y, _GUARDS.get(each.guard, each.guard), closed=closed))
    if each.stopped:
        parts.append(drawing.bounce(stop, y, toward))
    return parts


def _middle(layout: Layout, width: int, start: float, end: float, needed: float) -> float:
    """Return the middle of a text above an arrow: between two lanes if it fits there, and always in the picture."""
    low, high = sorted((start, end))
    edges = [low, *(x for x in layout.lanes if low < x < high), high]
    free = [(a + b) / 2 for a, b in pairwise(edges) if b - a >= needed + 8]
    middle = free[0] if free else (low + high) / 2
    return min(max(middle, needed / 2 + 4), width - needed / 2 - 4)


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
