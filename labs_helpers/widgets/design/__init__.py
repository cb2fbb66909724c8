"""One visual language for every widget: signs with words, quiet colours, the theme's own fonts and text colours.

Colour never carries a meaning alone: a sign and a word say it as well. Text is always in the theme's text colour on the
theme's ground, so its contrast is the theme's in light, dark and high contrast; colours only tint edges and grounds.
Every text that comes in is escaped here.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from enum import Enum

from labs_helpers.course.display import clean


class Verdict(Enum):
    """What a chip can say: sign, word, and the tint that goes with it."""

    YES = ("✓", "allowed", "good")
    NO = ("✗", "refused", "bad")
    NOTE = ("•", "note", "calm")
    WARN = ("⚠", "careful", "warn")

    @property
    def sign(self) -> str:
        return self.value[0]

    @property
    def word(self) -> str:
        return self.value[1]

    @property
    def tint(self) -> str:
        return self.value[2]


STYLE = """<style>
.labs { --labs-good: var(--jp-success-color1, #2e7d32); --labs-bad: var(--jp-error-color1, #c62828);
  --labs-warn: var(--jp-warn-color1, #b26a00); --labs-calm: var(--jp-info-color1, #0277bd);
  --labs-line: var(--jp-border-color1, #888); --labs-ground: var(--jp-layout-color1, Canvas);
  --labs-text: var(--jp-ui-font-color1, CanvasText); color: var(--labs-text); line-height: 1.45; max-width: 100%;
  overflow-wrap: anywhere; white-space: normal; }
.labs p { margin: .3em 0; }
.labs .chip { display: inline-block; padding: 0 .5em; border-radius: .6em; border: 1px solid currentColor;
  color: var(--labs-text); font-weight: bold; white-space: nowrap; }
.labs .good { --tint: var(--labs-good); } .labs .bad { --tint: var(--labs-bad); }
.labs .warn { --tint: var(--labs-warn); } .labs .calm { --tint: var(--labs-calm); }
.labs .chip, .labs .tinted { border-color: var(--tint, currentColor);
  background: color-mix(in srgb, var(--tint, transparent) 14%, transparent); }
.labs .box { margin: .4em 0; padding: .4em .7em; border-left: 4px solid var(--tint, currentColor); }
.labs table { border-collapse: collapse; margin: .3em 0; }
.labs th, .labs td { text-align: left; vertical-align: top; padding: .2em .6em;
  border-bottom: 1px solid var(--labs-line); }
.labs pre, .labs code { font-family: var(--jp-code-font-family, monospace); color: inherit; background: transparent; }
.labs .scrolled { max-height: 24em; overflow: auto; border: 1px solid var(--labs-line); padding: .3em; }
@media (prefers-reduced-motion: reduce) { .labs * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .labs .chip, .labs .tinted { background: Canvas; } }
</style>"""


def escaped(text: str, limit: int = 2_000) -> str:
    """Text that stands safely within HTML, at most so long."""
    return html.escape(clean(text, limit))


def chip(verdict: Verdict, word: str | None = None) -> str:
    """A verdict: sign and word, tinted. `word` says it more exactly than the verdict's own."""
    return f'<span class="chip {verdict.tint}">{verdict.sign} {escaped(word or verdict.word, 80)}</span>'


def box(verdict: Verdict, title: str, text: str, *, label: str, word: str | None = None) -> str:
    """A verdict with what it means; screen readers announce it under `label`."""
    return (
        f'<div role="status" aria-label="{escaped(label, 80)}" class="box {verdict.tint}">'
        f"<p>{chip(verdict, word)} <strong>{escaped(title)}</strong></p><p>{escaped(text)}</p></div>"
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of HTML cells; caption and heads are text."""
    heads = "".join(f'<th scope="col">{escaped(each, 120)}</th>' for each in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    heads = f"<caption>{escaped(caption, 300)}</caption><thead><tr>{heads}</tr></thead>"
    return f"<table>{heads}<tbody>{body}</tbody></table>"


def framed(content: str) -> str:
    """HTML of this language as a whole: its style, and the element that the style holds for."""
    return f'{STYLE}<div class="labs">{content}</div>'
