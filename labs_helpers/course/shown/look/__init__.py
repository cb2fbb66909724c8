"""The visual language of cards, widgets, and pages: a stylesheet, verdicts as chips, icons, and a request's path.

No meaning depends only on color: a sign and a word express it as well. Text always has the theme's text color on the
theme's background, at most with a tint. Borders are mixed with enough of the text color to be visible in every
JupyterLab theme (tests/course/widgets/test_look.py computes the contrasts). All incoming text is escaped in this
module.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labs_helpers.course.shown.look.icons import Icon, icon
from labs_helpers.course.shown.look.palette import Verdict
from labs_helpers.course.shown.look.style import STYLE
from labs_helpers.course.shown.printable import clean

__all__ = [
    "STYLE",
    "Icon",
    "Stop",
    "Verdict",
    "breakable",
    "chip",
    "escaped",
    "fold",
    "framed",
    "headline",
    "icon",
    "path",
    "path_text",
    "roster",
    "todo",
]


_NAME = re.compile(r"[\w-]+:[\w:/*.-]+")
"""The name of an action or of a resource in a sentence."""
_FITS = 16
"""The length of the longest word that fits into a stop, whose width is limited."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop on a request's path. `verdict`: None while hidden; `word`: replaces the verdict's own word."""

    title: str
    verdict: Verdict | None = None
    icon: Icon = Icon.POLICY
    here: bool = False
    word: str = ""
    by: str = ""
    """The cause of the verdict, such as a statement's name; only the picture shows it."""

    @property
    def says(self) -> str:
        """Return the sign and the word as text."""
        return f"{self.verdict.sign} {self.word or self.verdict.word}" if self.verdict else "not shown yet"


def escaped(text: str, limit: int = 2_000) -> str:
    """Return a string escaped for HTML, truncated to `limit` characters."""
    return html.escape(clean(text, limit))


def breakable(html: str) -> str:
    """Return the HTML of a name with optional line breaks after punctuation and before capital letters.

    Without them, long ARNs and names of actions would break within a word. A file keeps its extension. The HTML must
    not contain tags.
    """
    return re.sub(r"(?<=[:/_-])(?=\w)|(?<=\.)(?=\w{5})|(?<=[a-z])(?=[A-Z])", "<wbr>", html)


def chip(verdict: Verdict, word: str | None = None) -> str:
    """Return a verdict as a tinted sign and word. `word` replaces the verdict's own word with a more exact word."""
    said = f'<span class="word">{escaped(word or verdict.word, 80)}</span>'
    return f'<span class="chip {verdict.tint}">{verdict.sign} {said}</span>'


def path(label: str, stops: Iterable[Stop], start: str = "") -> str:
    """Return stops as an ordered list, from left to right, or downward in a place where they don't fit side by side.

    Screen readers announce their number and the current one.

    `start`: the HTML of the place where the path begins, before the first stop.
    """
    begin = f'<li class="stop start">{start}</li>' if start else ""
    listed = "".join(map(_stop, stops))
    shown = f'<ol class="path" role="list" aria-label="{escaped(label, 120)}">{begin}{listed}</ol>'
    return f'<div class="way">{shown}</div>'


def _stop(stop: Stop) -> str:
    lit = f" lit {stop.verdict.tint}" if stop.verdict else ""
    long = " long" if " " not in stop.word and len(stop.word) > _FITS else ""
    worded = " worded" if stop.word else ""
    here = ' aria-current="step"' if stop.here else ""
    by = f"<small>{breakable(escaped(stop.by, 120))}</small>" if stop.by else ""
    said = chip(stop.verdict, stop.word or None) if stop.verdict else f'<span class="dim">{stop.says}</span>'
    return (
        f'<li class="stop{lit}{long}{worded}{" here" if stop.here else ""}"{here}><span class="name">{icon(stop.icon)}'
        f"<span>{escaped(stop.title, 200)}</span></span>{said}{by}</li>"
    )


def path_text(stops: Sequence[Stop]) -> str:
    """Return the path as a line of text: `Identity policies ✓ allow → Permissions boundary ✗ implicit deny`."""
    return " → ".join(f"{stop.title} {stop.says}" for stop in stops)


def headline(verdict: Verdict, word: str, text: str = "") -> str:
    """Return the first line of a card: a verdict with its word, and a sentence.

    A name in the sentence breaks only if it is longer than a line.
    """
    said = _NAME.sub(lambda found: f'<span class="whole">{breakable(found[0])}</span>', escaped(text))
    return f'<p class="headline">{chip(verdict, word)} <span>{said}</span></p>'


def todo(what: str, named: str = "", target: str | None = None, more: str = "") -> str:
    """Return the line that shows what to do next, with the name of an exercise and a link to it.

    `more`: the HTML of a call or a sentence that follows.
    """
    name = escaped(named, 200)
    linked = f'<a href="{escaped(target)}">{name}</a>' if target and name else name
    said = f"{escaped(what, 400)}: <strong>{linked}</strong>" if name else escaped(what, 400)
    return f'<p class="todo calm"><strong aria-hidden="true">▶</strong> {said} {more}</p>'


def fold(summary: str, content: str, kind: str = "", *, is_open: bool = False) -> str:
    """Return collapsed HTML, which a click on its summary expands.

    `kind`: a CSS class, with which the print version can leave it out.
    """
    shown = " open" if is_open else ""
    return (
        f'<details class="fold {kind}"{shown}><summary>{escaped(summary, 200)}</summary>{content}</details>'
    )


def framed(content: str) -> str:
    """Return HTML with the stylesheet, inside an element that the stylesheet applies to."""
    return f'{STYLE}<div class="labs">{content}</div>'


def roster(head: tuple[str, str], who: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and descriptions, each name with its icon."""
    rows = "".join(
        f'<tr><th scope="row">{icon(_icon_for(about))} {escaped(name, 120)}</th><td>{escaped(about)}</td></tr>'
        for name, about in who
    )
    heads = "".join(f'<th scope="col">{escaped(each, 120)}</th>' for each in head)
    return f'<table class="roster"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _icon_for(about: str) -> Icon:
    """Return the icon for a description: of an attacker, a role, an administrator, or a person."""
    words = about.lower()
    if "attacker" in words:
        return Icon.ATTACKER
    return Icon.ROLE if "role" in words else Icon.ACCOUNT if "administrator" in words else Icon.PERSON
