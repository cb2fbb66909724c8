"""The token inspector: paste any token to see its claims, its signer, its lifetime, and its uses.

    TokenInspector(day.cloud, tokens["IdToken"])

The signature is verified with the keys that the issuer publishes, if the issuer is a user pool of this cloud. Taking
the issuer from the token is safe only because nothing depends on the result: your own verifier takes the issuer from
its settings, never from the token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ipywidgets
import requests

from labs_helpers.cloud import NotModelled
from labs_helpers.course.days.day3.inspection import PARTS, USER_POOL, Entry, Inspection, inspect
from labs_helpers.course.shown.look import breakable, fold
from labs_helpers.course.shown.mistakes import checked
from labs_helpers.course.widgets.text_controls import Area, labeled_above
from labs_helpers.course.widgets.visual_language import (
    STYLE,
    LabWidget,
    Verdict,
    box,
    chip,
    escaped,
    facts,
    framed,
    shortened,
    titled_view,
)

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_WIDE = {"width": "99%"}
_TINTS = dict(zip(PARTS, ("indigo", "plum", "teal"), strict=True))
_LONGEST, _MOST = 16, 20_000
"""The number of characters per part to show on a page without the field, and to color in the field."""
_LABEL = '<strong aria-hidden="true">Token</strong>'
"""The visible label, which doesn't scroll with the token; screen readers read the field's own."""
_BELOW = {"flex_flow": "row wrap", "align_items": "center", "width": "100%"}
_COMPARED = ("iss", "aud", "client_id", "token_use", "scope")
"""The claims that a verifier compares, which are shown first."""
_FOLDED = ("auth_time", "iat", "nbf", "exp", "event_id", "jti", "origin_jti")
"""The claims that are collapsed: times, which the bar shows, and IDs that only programs read."""


class TokenInspector(LabWidget):
    """A widget that shows a token. `cloud` provides the clock and the pools; `token` can be any text.

    Typing calls `look`.
    """

    about = "Token inspector: what a token contains, who signed it, and what you can use it for"

    @checked
    def __init__(self, cloud: Cloud, token: str = "") -> None:
        self._cloud = cloud
        self._original = ""
        self.token = labeled_above(
            Area(value=token, description="Token", placeholder="Paste a token", rows=4)
        )
        self.again = ipywidgets.Button(description="Inspect again", layout={"width": "max-content"})
        self.again.on_click(lambda _: self.look())
        self.back = ipywidgets.Button(
            description="Put the issued token back", button_style="primary", layout={"width": "max-content"}
        )
        self.back.on_click(lambda _: self.look(self._original))
        self.token.observe(lambda _: self.look(), "value")
        self._found, self._colors, self._parts = (ipywidgets.HTML(layout=_WIDE) for _ in range(3))
        colored = ipywidgets.Box([self.token, self._colors]).add_class("labs-token")
        below = ipywidgets.HBox([self._parts, self.back, self.again], layout=_BELOW).add_class("labs-steps")
        self._parts.layout = {"flex": "1 1 14em"}
        self.view = titled_view(
            ipywidgets.VBox(
                [ipywidgets.HTML(f"{STYLE}{_LABEL}"), colored, below, self._found],
                layout={"width": "100%"},
            ),
            self.about,
        )
        self.look()

    @checked
    def look(self, token: str | None = None) -> Inspection:
        """Inspect a token, or inspect the current one again because the lab clock might have been moved."""
        if token is not None and token != self.token.value:
            self.token.value = token  # the observer draws
            return self.inspection
        found = self.inspection
        self._found.value, self._colors.value, self._parts.value = (
            f'<div class="labs">{drawn}</div>'
            for drawn in (self._drawn(found), self._colored(found), self._three_parts(found))
        )
        is_issued = self._original in ("", self.token.value.strip())
        self.back.layout.display = "none" if is_issued else ""
        return found

    @property
    def inspection(self) -> Inspection:
        """The current findings about the token. A genuine token is kept, to show later what was changed in it."""
        found = inspect(self.token.value, self._keys, self._cloud.clock.now(), self._original)
        if found.genuine:
            self._original = self.token.value.strip()
        return found

    @staticmethod
    def _keys(issuer: str) -> Sequence[Mapping[str, Any]] | None:
        """Return the keys that a user pool publishes.

        The request stays within the cloud and never leaves the machine.
        """
        if USER_POOL.fullmatch(issuer) is None:
            return None
        try:
            response = requests.get(f"{issuer}/.well-known/jwks.json", timeout=10)
            return response.json()["keys"] if response.ok else None
        except (OSError, ValueError, KeyError, NotModelled):
            return None

    # The display

    def _drawn(self, found: Inspection) -> str:
        if not self.token.value.strip():
            return '<p role="status">Nothing to inspect yet.</p>'
        if found.problem is not None:
            text = f"{found.problem[0].upper()}{found.problem[1:]}."
            return box(Verdict.NO, "This isn't a token.", text, label="Verdict", word="not a token")
        begin = self._verdict(found) + self._life(found)
        # The uses are next to the verdict and the claims if both fit, and between them otherwise.
        claims = _claims(found) if found.header else ""
        parts = "".join(f"<div>{each}</div>" for each in (begin, _uses(found), claims))
        return f'<div class="widths"><div class="inspected">{parts}</div></div>'

    @staticmethod
    def _verdict(found: Inspection) -> str:
        if found.changed:
            text = f"{found.changed} {found.signature}"
            return box(Verdict.NO, "The token was changed.", text, label="Verdict", word="changed")
        verdict, word = {
            True: (Verdict.YES, "genuine"), False: (Verdict.NO, "forged"), None: (Verdict.WARN, "unverified"),
        }[found.genuine]  # fmt: skip
        if found.genuine and found.state != "valid now":
            verdict = Verdict.WARN
        title = "The signature doesn't match." if found.genuine is False else f"The token is {found.state}."
        return box(verdict, title, found.signature, label="Verdict", word=word)

    def _split(self, found: Inspection) -> list[tuple[str, str, str]]:
        """Return the token's parts: for each, its name, its text, and the text that was issued."""
        if found.problem is not None:
            return []
        parts = self.token.value.strip().split(".")
        issued = self._original.split(".") if found.changed else parts
        return list(zip(PARTS, parts, issued, strict=False))

    def _colored(self, found: Inspection) -> str:
        """Return the background of the field with the token: each part has a color, and a change is framed."""
        dot = '<i data-text="."></i>'
        parts = (_tinted(name, now, issued) for name, now, issued in self._split(found))
        return f'<div class="colored" aria-hidden="true">{dot.join(parts)}</div>'

    def _three_parts(self, found: Inspection, *, is_short: bool = True) -> str:
        """Return the names of the parts in their colors, and the beginning of each part unless the list is short."""
        pieces = "".join(
            f"<li>{_named(name, is_changed=now != issued)}{'' if is_short else _beginning(now)}</li>"
            for name, now, issued in self._split(found)
        )
        return f'<ul class="plain parts" aria-label="The parts of the token">{pieces}</ul>' if pieces else ""

    @staticmethod
    def _life(found: Inspection) -> str:
        """Return a bar that shows the token's lifetime and the time left, if the token has both times."""
        times, now = dict(found.times), found.now
        begin, end = times.get("iat"), times.get("exp")
        if begin is None or end is None or now is None or begin >= end:
            return ""
        share = min(max((now - begin) / (end - begin), 0), 1)
        at = f"now {now:%H:%M:%S}"
        if now < begin:
            said = f"{at}: not valid for another {_long(begin - now)}"
        else:
            said = f"{at}: {_long(end - now)} left" if now < end else f"{at}: expired {_long(now - end)} ago"
        tint = (Verdict.NOTE if begin <= now < end else Verdict.WARN).tint
        last = f"{end:%H:%M:%S}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M:%S}"
        labels = (f"issued {begin:%Y-%m-%d %H:%M:%S}", f"expires {last} UTC")
        words = "".join(f"<span>{escaped(each)}</span>" for each in labels)
        return (
            f'<div class="{tint}" style="margin:.6em 0"><strong>{escaped(said)}</strong><div aria-hidden="true" '
            'style="height:.9em;border:1px solid var(--tint);border-radius:.45em;overflow:hidden">'
            f'<div style="height:100%;width:{100 * (1 - share):.1f}%;margin-left:{100 * share:.1f}%;'
            "box-sizing:border-box;border-left:3px solid var(--labs-text);"
            'background:color-mix(in srgb, var(--tint) 45%, transparent)"></div></div>'
            f'<div style="display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1em">{words}</div></div>'
        )

    # Forms without a widget

    @property
    def html(self) -> str:
        """The findings as static HTML."""
        found = self.inspection
        return framed(self._three_parts(found, is_short=False) + self._drawn(found))

    def __repr__(self) -> str:
        found = self.inspection
        if found.problem is not None:
            return f"Not a token: {found.problem}."
        state = f"changed. {found.changed}" if found.changed else f"{found.state}."
        lines = [f"Token: {state} {found.signature}"]
        lines += [
            f"  {each.name:<18} {each.value[:60]:<60} {each.meaning}"
            for each in (*found.header, *found.claims)
        ]
        lines += [f"  {'✓' if use.good else '✗'} {use.what}: {use.why}" for use in found.uses]
        return "\n".join(lines)


def _named(part: str, *, is_changed: bool) -> str:
    if is_changed:
        return chip(Verdict.NO, f"{part}: changed")
    return f'<span class="chip {_TINTS[part]}">{part}</span>'


def _beginning(part: str) -> str:
    dots = "…" if len(part) > _LONGEST else ""
    return f' <code title="{escaped(part, 400)}">{escaped(part[:_LONGEST])}{dots}</code>'


def _same(one: str, other: str) -> int:
    """Return the number of characters at the beginning of two texts that are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (its, others) in pairs if its != others), min(len(one), len(other)))


def _tinted(name: str, now: str, issued: str) -> str:
    """Return a part's text in its color, with a frame around the characters that differ from the issued ones."""
    begin = _same(now, issued)
    end = len(now) - _same(now[begin:][::-1], issued[begin:][::-1])
    pieces = ((now[:begin], ""), (now[begin:end], " framed"), (now[end:], ""))
    return "".join(
        f'<i class="{_TINTS[name]}{kind}" data-text="{escaped(text, _MOST)}"></i>'
        for text, kind in pieces
        if text
    )


def _long(time: timedelta) -> str:
    """Return a length of time in its largest unit: `59 min`."""
    seconds = int(time.total_seconds())
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length or (unit == "min" and seconds >= length):
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _uses(found: Inspection) -> str:
    rows = (
        (
            chip(Verdict.YES if use.good else Verdict.NO, "yes" if use.good else "no"),
            f"<strong>{escaped(use.what)}</strong>",
            breakable(escaped(use.why)),
        )
        for use in found.uses
    )
    return facts("What you can use it for", rows, ("Accepted?", "Use and reason"), brief=True)


def _claims(found: Inspection) -> str:
    """Return the claims, beginning with those to compare. Times, IDs, and the header are collapsed below them."""
    shown = [each for each in found.claims if each.name not in _FOLDED]
    shown.sort(key=lambda each: _COMPARED.index(each.name) if each.name in _COMPARED else len(_COMPARED))
    others = [each for each in found.claims if each.name in _FOLDED]
    folded = "".join(
        fold(f"{len(said)} {what}", facts(f"The token's {what}", _rows(said)))
        for said, what in ((others, "times and IDs"), (found.header, "header fields"))
        if said
    )
    return facts("Claims: what the token contains", _rows(shown)) + folded


def _rows(said: Sequence[Entry]) -> list[tuple[str, str, str]]:
    return [
        (f"<code>{escaped(each.name, 60)}</code>", shortened(each.value), escaped(each.meaning))
        for each in said
    ]
