"""Printing for a learner: plain text everywhere, the same page as escaped HTML in a notebook.

A `Page` is filled line by line and shown once. All HTML is made here and in course.look, and every piece of text is
escaped on its way in, so nothing that a learner (or a name in their policy) contains can become markup.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterable, Sequence

LONGEST_LINE = 600
_MARKED = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|(?<![^\s(“])(?P<stars>\*{1,2})(?P<stressed>\w(?:[^*`\n]*\w)?)(?P=stars)(?![^\s).,;:!?”])"
)
"""`code`, *stressed* and **stressed more**, the last two as words of their own: policies are full of asterisks."""
_LONG_WORD = re.compile(r"[^\s<>]{20,}")


def clean(text: str, limit: int = 20_000) -> str:
    """Text that can be printed anywhere: no control characters or lone surrogates, at most `limit` long.

    Terminal escapes in a learner's answer would otherwise reach the terminal.
    """
    if len(text) > limit:
        text = text[:limit] + f" … ({len(text) - limit:,} characters left out)"
    printable = "".join(char if char in "\n\t" or char.isprintable() else _visible(char) for char in text)
    return printable.encode("utf-8", "backslashreplace").decode("utf-8")


def _visible(char: str) -> str:
    return " " if char.isspace() else char.encode("unicode_escape").decode("ascii")


def in_notebook() -> bool:
    """True in a Jupyter kernel. IPython is asked only if it is loaded already, never imported for this."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def show(text: str, html: str) -> None:
    """Show one thing: `html` (with `text` as its equivalent) in a notebook, `text` by print elsewhere."""
    if in_notebook():
        from IPython.display import display

        display({"text/plain": text, "text/html": html}, raw=True)
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


class Page:
    """A short page: headings, lines, lists, code and tables, kept as text and as HTML side by side."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._html: list[str] = []

    def heading(self, text: str) -> Page:
        text = clean(text, LONGEST_LINE)
        self._text.append(text)
        self._html.append(f"<p><strong>{inline(text)}</strong></p>")
        return self

    def say(self, text: str) -> Page:
        text = clean(text)
        self._text.append(text)
        self._html.append(f"<p>{inline(text)}</p>")
        return self

    def bullets(self, lines: Iterable[str]) -> Page:
        lines = [clean(line, LONGEST_LINE * 2) for line in lines]
        self._text.extend(f"  - {line}" for line in lines)
        self._html.append("<ul>" + "".join(f"<li>{inline(line)}</li>" for line in lines) + "</ul>")
        return self

    def code(self, text: str) -> Page:
        text = clean(text)
        self._text.extend("    " + line for line in text.splitlines())
        self._html.append(f"<pre><code>{html.escape(text)}</code></pre>")
        return self

    def drawn(self, text: str, html: str) -> Page:
        """What course.look drew, and the words that say the same."""
        self._text.append(clean(text))
        self._html.append(html)
        return self

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Page:
        cells = [[clean(str(cell), LONGEST_LINE) for cell in row] for row in (header, *rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
        ruled = [cells[0], ["-" * width for width in widths], *cells[1:]]
        for row in ruled:
            self._text.append(
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            )
        self._html.append(_html_table(cells))
        return self

    @property
    def text(self) -> str:
        return "\n".join(self._text)

    @property
    def html(self) -> str:
        return '<div style="overflow-wrap: anywhere">' + "".join(self._html) + "</div>"

    def show(self) -> None:
        show(self.text, self.html)


class Shown:
    """What has a page and shows it: by `show()`, as a cell's last value, and as text where it is printed."""

    __slots__ = ()

    def page(self) -> Page:
        """What there is to show."""
        raise NotImplementedError

    def show(self) -> None:
        """Show it now, for instance in a loop."""
        self.page().show()

    def _ipython_display_(self) -> None:
        self.show()

    def __repr__(self) -> str:
        return self.page().text


def inline(text: str) -> str:
    """Escaped text in which `backticks` become code, asterisks around words stress them, and line breaks stay."""
    return _MARKED.sub(_marked, html.escape(text)).replace("\n", "<br>")


def _marked(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return f"<code>{found['code']}</code>"
    tag = "em" if found["stars"] == "*" else "strong"
    return f"<{tag}>{found['stressed']}</{tag}>"


def breakable(html: str) -> str:
    """HTML whose long words, ARNs above all, may go on in the next line behind a colon or a slash."""
    return _LONG_WORD.sub(lambda word: re.sub(r"(?<=[:/])(?=\w)", "<wbr>", word[0]), html)


def _html_table(cells: list[list[str]]) -> str:
    left = 'style="text-align: left"'  # notebooks set tables flush right, which suits numbers, not words
    head = "".join(
        f'<th scope="col" {left}>{inline(cell)}</th>' if cell else f"<td {left}></td>" for cell in cells[0]
    )
    body = "".join(
        "<tr>" + "".join(f"<td {left}>{breakable(inline(cell))}</td>" for cell in row) + "</tr>"
        for row in cells[1:]
    )
    # Elsewhere a word may be broken anywhere: in a table that would squeeze short ones.
    return f'<table style="overflow-wrap: break-word"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
