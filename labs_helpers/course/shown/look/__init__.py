"""One visual language for cards, widgets and pages: tokens, verdicts as chips, icons, a request's way as a path.

Colour never carries a meaning alone: a sign and a word say it as well. Text is always in the theme's text colour on the
theme's ground, at most tinted; edges are mixed with the text colour until they stand out in every theme of JupyterLab
(tests/course/widgets/test_look.py computes the contrasts). Every text that comes in is escaped here.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from labs_helpers.course.shown.display import clean
from labs_helpers.course.shown.look.icons import Icon, icon
from labs_helpers.course.shown.look.style import STYLE

__all__ = [
    "STYLE",
    "Icon",
    "Stop",
    "Verdict",
    "chip",
    "escaped",
    "framed",
    "icon",
    "path",
    "path_text",
    "roster",
]


class Verdict(Enum):
    """What a chip can say: sign, word, and the tint that goes with it. The last four are AWS's words for a layer."""

    YES = ("✓", "allowed", "good")
    NO = ("✗", "refused", "bad")
    NOTE = ("•", "note", "calm")
    WARN = ("⚠", "careful", "warn")
    UNKNOWN = ("…", "not asked", "calm")
    ALLOW = ("✓", "allow", "good")
    NO_IMPACT = ("·", "no impact", "calm")
    IMPLICIT_DENY = ("✗", "implicit deny", "warn")
    EXPLICIT_DENY = ("✗✗", "explicit deny", "bad")

    @property
    def sign(self) -> str:
        """What stands before the word, for those who see no colours."""
        return self.value[0]

    @property
    def word(self) -> str:
        """What is said where nothing more exact is."""
        return self.value[1]

    @property
    def tint(self) -> str:
        """The name of its colours in the style."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on a request's way. verdict: None while it is not shown; word: in place of the verdict's own."""

    title: str
    verdict: Verdict | None = None
    icon: Icon = Icon.POLICY
    here: bool = False
    word: str = ""

    @property
    def says(self) -> str:
        """Sign and word, as text."""
        return f"{self.verdict.sign} {self.word or self.verdict.word}" if self.verdict else "not shown yet"


def escaped(text: str, limit: int = 2_000) -> str:
    """Text that stands safely within HTML, at most so long."""
    return html.escape(clean(text, limit))


def chip(verdict: Verdict, word: str | None = None) -> str:
    """A verdict: sign and word, tinted. `word` says it more exactly than the verdict's own."""
    said = f'<span class="word">{escaped(word or verdict.word, 80)}</span>'
    return f'<span class="chip {verdict.tint}">{verdict.sign} {said}</span>'


def path(label: str, stops: Iterable[Stop]) -> str:
    """Places from left to right, as an ordered list: a screen reader tells how many there are and where it is."""
    return (
        f'<ol class="path" role="list" aria-label="{escaped(label, 120)}">{"".join(map(_stop, stops))}</ol>'
    )


def _stop(stop: Stop) -> str:
    lit = f" lit {stop.verdict.tint}" if stop.verdict else ""
    here = ' aria-current="step"' if stop.here else ""
    said = chip(stop.verdict, stop.word or None) if stop.verdict else f'<span class="dim">{stop.says}</span>'
    return (
        f'<li class="stop{lit}{" here" if stop.here else ""}"{here}>{icon(stop.icon)}'
        f"<span>{escaped(stop.title, 200)}</span>{said}</li>"
    )


def path_text(stops: Sequence[Stop]) -> str:
    """The same in a line: `Identity policies ✓ allow → Permissions boundary ✗ implicit deny`."""
    return " → ".join(f"{stop.title} {stop.says}" for stop in stops)


def framed(content: str) -> str:
    """HTML of this language as a whole: its style, and the element that the style holds for."""
    return f'{STYLE}<div class="labs">{content}</div>'


def roster(head: tuple[str, str], who: Iterable[tuple[str, str]]) -> str:
    """A table of names and who they are, each with its icon."""
    rows = "".join(
        f'<tr><th scope="row">{icon(_icon_of(told))} {escaped(name, 120)}</th><td>{escaped(told)}</td></tr>'
        for name, told in who
    )
    heads = "".join(f'<th scope="col">{escaped(each, 120)}</th>' for each in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _icon_of(told: str) -> Icon:
    """A role's where a role is told of, an account's for who administrates one, else a person's."""
    words = told.lower()
    return Icon.ROLE if "role" in words else Icon.ACCOUNT if "administrator" in words else Icon.PERSON
