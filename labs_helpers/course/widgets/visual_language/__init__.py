"""The visual language of all widgets: the course's card design (shown.look), plus boxes, tables, and JSON.

Color is never used without a sign and a word that have the same meaning. Incoming text is escaped in this module, but
the cells of a table are HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from labs_helpers.course.shown.look import (
    STYLE,
    Icon,
    Stop,
    Verdict,
    breakable,
    chip,
    escaped,
    framed,
    icon,
    path,
    path_text,
)
from labs_helpers.course.shown.look.code import difference, json_lines
from labs_helpers.course.widgets.visual_language.lab_widget import LabWidget, titled_view

__all__ = [
    "STYLE",
    "Icon",
    "LabWidget",
    "Stop",
    "Verdict",
    "alert",
    "box",
    "breakable",
    "chip",
    "difference",
    "escaped",
    "facts",
    "framed",
    "heard",
    "icon",
    "json_lines",
    "note",
    "path",
    "path_text",
    "shortened",
    "table",
    "titled_view",
]


def box(verdict: Verdict, title: str, text: str, *, label: str, word: str | None = None) -> str:
    """Return a verdict with an explanation; screen readers announce it under `label`."""
    return (
        f'<div role="status" aria-label="{escaped(label, 80)}" class="box {verdict.tint}">'
        f"<p>{chip(verdict, word)} <strong>{escaped(title)}</strong></p>{f'<p>{escaped(text)}</p>' * bool(text)}</div>"
    )


def note(text: str) -> str:
    """Return a line that screen readers announce when they are idle, or "" for an empty string."""
    return _announced("status", text) if text else ""


def heard(text: str) -> str:
    """Return a line that isn't visible, but that screen readers announce when they are idle."""
    return f'<p role="status" class="heard">{escaped(text)}</p>'


def alert(text: str) -> str:
    """Return a line that screen readers announce immediately."""
    return _announced("alert", f"⚠ {text}")


def _announced(role: str, text: str) -> str:
    return (
        f'<p role="{role}" style="margin:.3em 0;overflow-wrap:anywhere;line-height:1.45">{escaped(text)}</p>'
    )


def shortened(text: str) -> str:
    """Return a value as code: random strings without their middle, and addresses with optional line breaks.

    The whole value is the code's title.
    """
    shown = re.sub(r"[\w+/=-]{37,}", lambda found: f"{found[0][:12]}…{found[0][-8:]}", text)
    broken = "<wbr>".join(map(escaped, re.split(r"(?<=[/?&.-])(?=\w)", shown[:400])))
    return f'<code title="{escaped(text, 400)}">{broken}</code>'


def facts(
    caption: str,
    rows: Iterable[tuple[str, str, str]],
    head: tuple[str, str] = ("Name", "Value and meaning"),
    *,
    brief: bool = False,
) -> str:
    """Return a table with one row per entry: its name, its value, and, below the value, its meaning.

    Names, values, and meanings are HTML. In a narrow container, the name is above the value, unless all names are
    `brief`.
    """
    heads = "".join(f'<th scope="col">{escaped(each, 120)}</th>' for each in head)
    listed = "".join(
        f'<tr><th scope="row">{name}</th><td>{value}<br>{meaning}</td></tr>' for name, value, meaning in rows
    )
    kind = "facts brief" if brief else "facts"
    return (
        f'<div class="widths"><table class="{kind}"><caption>{escaped(caption, 300)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{listed}</tbody></table></div>"
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of HTML cells; the caption and headings are text.

    A first column without a heading, such as numbers, is as narrow as its content. With three columns or more, each row
    is a block on a phone, with the headings in front of its cells.
    """
    heads = "".join(f'<th scope="col">{escaped(each, 120)}</th>' if each else "<td></td>" for each in head)
    body = "".join(f"<tr>{''.join(map(_cell, head, row))}</tr>" for row in rows)
    heads = f"<caption>{escaped(caption, 300)}</caption><thead><tr>{heads}</tr></thead>"
    kinds = [kind for kind, is_so in (("narrow", not head[0]), ("stacked", len(head) > 2)) if is_so]
    named = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<table{named}>{heads}<tbody>{body}</tbody></table>"


def _cell(heading: str, content: str) -> str:
    return f'<td data-head="{escaped(heading, 120)}">{content}</td>' if heading else f"<td>{content}</td>"
