"""One visual language for every widget: that of the course's cards (course.look), with boxes, tables and JSON.

Colour never carries a meaning alone: a sign and a word say it as well. Every text that comes in is escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from labs_helpers.course.shown.look import (
    STYLE,
    Icon,
    Stop,
    Verdict,
    chip,
    escaped,
    framed,
    icon,
    path,
    path_text,
)
from labs_helpers.course.widgets.design.code import difference, json_lines
from labs_helpers.course.widgets.design.lasting import Lasting, kept

__all__ = [
    "STYLE",
    "Icon",
    "Lasting",
    "Stop",
    "Verdict",
    "box",
    "chip",
    "difference",
    "escaped",
    "framed",
    "icon",
    "json_lines",
    "kept",
    "note",
    "path",
    "path_text",
    "seamed",
    "table",
]


def box(verdict: Verdict, title: str, text: str, *, label: str, word: str | None = None) -> str:
    """A verdict with what it means; screen readers announce it under `label`."""
    return (
        f'<div role="status" aria-label="{escaped(label, 80)}" class="box {verdict.tint}">'
        f"<p>{chip(verdict, word)} <strong>{escaped(title)}</strong></p><p>{escaped(text)}</p></div>"
    )


def note(text: str, *, alert: bool = False) -> str:
    """A line that screen readers announce, at once where it is an alert; nothing for an empty text."""
    if not text:
        return ""
    role, sign = ("alert", "⚠ ") if alert else ("status", "")
    return f'<p role="{role}" style="margin:.3em 0;overflow-wrap:anywhere;line-height:1.45">{sign}{escaped(text)}</p>'


def seamed(html: str) -> str:
    """A name's HTML that may go on in the next line behind a mark of punctuation or before a capital, as names of
    actions and roles want it. No tags may be in it."""
    return re.sub(r"(?<=[:/_-])(?=\w)|(?<=[a-z])(?=[A-Z])", "<wbr>", html)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of HTML cells; caption and heads are text."""
    heads = "".join(f'<th scope="col">{escaped(each, 120)}</th>' if each else "<td></td>" for each in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    heads = f"<caption>{escaped(caption, 300)}</caption><thead><tr>{heads}</tr></thead>"
    return f"<table>{heads}<tbody>{body}</tbody></table>"
