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
from labs_helpers.course.widgets.controls import Area, labeled_above
from labs_helpers.course.widgets.design import (
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
_LONGEST = 16
"""The number of characters shown per part; the field above contains all of them."""
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
        self.again = ipywidgets.Button(
            description="Inspect again", button_style="primary", layout={"width": "max-content"}
        )
        self.again.on_click(lambda _: self.look())
        self.token.observe(lambda _: self.look(), "value")
        self._found = ipywidgets.HTML(layout=_WIDE)
        self.view = titled_view(
            ipywidgets.VBox(
                [ipywidgets.HTML(STYLE), self.token, self.again, self._found],
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
        else:
            self._found.value = f'<div class="labs">{self._drawn()}</div>'
        return self.inspection

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

    def _drawn(self) -> str:
        if not self.token.value.strip():
            return '<p role="status">Nothing to inspect yet.</p>'
        found = self.inspection
        if found.problem is not None:
            text = f"{found.problem[0].upper()}{found.problem[1:]}."
            return box(Verdict.NO, "This isn't a token.", text, label="Verdict", word="not a token")
        begin = self._verdict(found) + self._life(found) + self._three_parts(found)
        if not found.header:
            return begin
        # The uses are next to the verdict and the claims if both fit, and between them otherwise.
        parts = "".join(f"<div>{each}</div>" for each in (begin, _uses(found), _claims(found)))
        return f'<div class="widths"><div class="inspected">{parts}</div></div>'

    @staticmethod
    def _verdict(found: Inspection) -> str:
        if found.changed:
            text = f"{found.signature} {found.changed}"
            return box(Verdict.NO, "The token was changed.", text, label="Verdict", word="changed")
        verdict, word = {
            True: (Verdict.YES, "genuine"), False: (Verdict.NO, "forged"), None: (Verdict.WARN, "unverified"),
        }[found.genuine]  # fmt: skip
        if found.genuine and found.state != "valid now":
            verdict = Verdict.WARN
        title = "The signature doesn't match." if found.genuine is False else f"The token is {found.state}."
        return box(verdict, title, found.signature, label="Verdict", word=word)

    def _three_parts(self, found: Inspection) -> str:
        parts = self.token.value.strip().split(".")
        before = self._original.split(".") if found.changed and self._original else parts
        changed = {name for name, now, old in zip(PARTS, parts, before, strict=False) if now != old}
        names = [
            chip(Verdict.NO, f"{name}: changed") if name in changed
            else f'<span class="chip {_TINTS[name]}">{name}</span>'
            for name in PARTS
        ]  # fmt: skip
        pieces = "".join(
            f'<li>{name} <code title="{escaped(part, 400)}">{escaped(part[:_LONGEST])}'
            f"{'…' if len(part) > _LONGEST else ''}</code></li>"
            for name, part in zip(names, parts, strict=False)
        )
        signed = [name for name in PARTS[:2] if name in changed]
        told = f"<p>The signature belongs to another {' and '.join(signed)}.</p>" if signed else ""
        return f'{told}<ul class="plain parts" aria-label="The parts of the token">{pieces}</ul>'

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
        return framed(self._drawn())

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
