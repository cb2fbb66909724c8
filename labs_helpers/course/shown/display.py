"""Output for learners: a page as escaped HTML in a notebook, and as plain text everywhere else.

A `Page` is filled line by line and shown once. Only this module and labs_helpers.course.shown.look build HTML. They
escape all incoming text, so no text from a learner (and no name in a policy) is interpreted as markup.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterable, Mapping, Sequence

from labs_helpers.course.shown.printable import clean

LONGEST_LINE = 600
_MARKED = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|(?P<docs>https://docs\.aws\.amazon\.com/[\w./#%&;=?-]*[\w/])"
    r"|(?<![^\s(“])(?P<stars>\*{1,2})(?P<stressed>\w(?:[^*`\n]*\w)?)(?P=stars)(?![^\s).,;:!?”])"
)
"""`code`, addresses of AWS's pages, *emphasis*, and **strong emphasis** (the last two only around words, because
policies contain asterisks)."""
_LONG_WORD = re.compile(r"<[^>]*>|[^\s<>]{20,}")
_BREAK = re.compile(r"(?:(?<=[:/])|(?<=[\dA-Z]_))(?<!T\d\d:)(?<!T\d\d:\d\d:)(?=\w)")
"""The places where a long word can break.

They are after a colon or a slash, but not within a time, and after an underscore that follows a digit or a capital, as
in the names of log files.
"""


def in_notebook() -> bool:
    """Return True in a Jupyter kernel. The function doesn't import IPython, because a kernel has already loaded it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def show(text: str, html: str) -> None:
    """Show `html` (with `text` as its equivalent) in a notebook, and print `text` elsewhere."""
    if in_notebook():
        from IPython.display import display

        display({"text/plain": text, "text/html": html}, raw=True)
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


class Page:
    """A short page of headings, lines, lists, code, and tables, kept both as text and as HTML.

    Each method that adds something returns the page.
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._html: list[str] = []
        self._has_code = False

    def heading(self, text: str) -> Page:
        """Add a heading."""
        text = clean(text, LONGEST_LINE)
        self._text.append(text)
        self._html.append(f"<p><strong>{inline(text)}</strong></p>")
        return self

    def say(self, text: str) -> Page:
        """Add a paragraph."""
        text = clean(text)
        self._text.append(text)
        self._html.append(f"<p>{break_long_words(inline(text))}</p>")
        return self

    def bullets(self, lines: Iterable[str]) -> Page:
        """Add a bulleted list."""
        lines = [clean(line, LONGEST_LINE * 2) for line in lines]
        self._text.extend(f"  - {line}" for line in lines)
        self._html.append(
            "<ul>" + "".join(f"<li>{break_long_words(inline(line))}</li>" for line in lines) + "</ul>"
        )
        return self

    def options(self, options: Mapping[str, str]) -> Page:
        """Add a list of options, each with its letter instead of a bullet."""
        lines = [clean(f"{letter}) {text}", LONGEST_LINE * 2) for letter, text in options.items()]
        self._text.extend(f"  {line}" for line in lines)
        items = "".join(f"<li>{break_long_words(inline(line))}</li>" for line in lines)
        self._html.append(f'<ul style="list-style: none; padding-left: 0">{items}</ul>')
        return self

    def links(self, addresses: Mapping[str, str]) -> Page:
        """Add a bulleted list of links, each named. A URL that isn't HTTP or HTTPS is shown as text."""
        lines = [f"{clean(name)}: {clean(address)}" for name, address in addresses.items()]
        self._text.extend(f"  - {line}" for line in lines)
        self._html.append("<ul>" + "".join(f"<li>{link(*each)}</li>" for each in addresses.items()) + "</ul>")
        return self

    def code(self, text: str, caption: str = "") -> Page:
        """Add a block of code, with a caption above it that names the code. In HTML, long JSON is indented."""
        return self.codes([(text, caption)])

    def codes(self, blocks: Iterable[tuple[str, str]]) -> Page:
        """Add blocks of code, each with its caption. In HTML, several blocks form two columns if there is room."""
        from labs_helpers.course.shown.look.code import NARROW, WIDE, block

        parts, given = [], [(clean(code), clean(about)) for code, about in blocks]
        width = NARROW if len(given) > 1 else WIDE
        for text, caption in given:
            if caption:
                self._text.append(caption)
            self._text.extend("    " + line for line in text.splitlines())
            named = f'<p class="caption">{break_long_words(inline(caption))}</p>' if caption else ""
            parts.append(f"<div>{named}{block(text, caption, width)}</div>")
        kind = "labs codes" if len(parts) > 1 else "labs"
        self._html.append(f'<div class="{kind}">{"".join(parts)}</div>')
        self._has_code = True
        return self

    def drawn(self, text: str, html: str) -> Page:
        """Add HTML from labs_helpers.course.shown.look, and text with the same content."""
        self._text.append(clean(text))
        self._html.append(html)
        return self

    def table(
        self, header: Sequence[str], rows: Iterable[Sequence[str]], *, optional_last: bool = False
    ) -> Page:
        """Add a table; each row has as many cells as the header.

        `optional_last`: leave out the last column if it is empty in every row.
        """
        cells = [[clean(str(cell), LONGEST_LINE) for cell in row] for row in (header, *rows)]
        if optional_last and not any(row[-1] for row in cells[1:]):
            header, cells = header[:-1], [row[:-1] for row in cells]
        widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
        ruled = [cells[0], ["-" * width for width in widths], *cells[1:]]
        for row in ruled:
            self._text.append(
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            )
        self._html.append(_html_table(cells))
        return self

    def fold(self, summary: str, page: Page) -> Page:
        """Add a collapsed page, which a click on its summary expands; the text has only the summary."""
        summary = clean(summary, LONGEST_LINE)
        self._text.append(f"▸ {summary} (collapsed: expand it in the notebook)")
        self._html.append(
            f'<details style="margin-bottom: .6em"><summary><strong>{inline(summary)}</strong></summary>'
            f"{page.html}</details>"
        )
        return self

    def aside(self, summary: str, page: Page) -> Page:
        """Add a collapsed page, which a click on its summary expands; the text has the whole page."""
        summary = clean(summary, LONGEST_LINE)
        self._text += [f"{summary}:", page.text]
        self._html.append(
            f'<details><summary style="line-height: 24px">{inline(summary)}</summary>{page.html}</details>'
        )
        return self

    @property
    def text(self) -> str:
        """Return the page as plain text."""
        return "\n".join(self._text)

    @property
    def html(self) -> str:
        """Return the page as HTML, with the stylesheet if a part of it needs that."""
        from labs_helpers.course.shown.look.style import STYLE

        parts = "".join(self._html)
        style = STYLE if self._has_code and STYLE not in parts else ""
        return f'{style}<div style="overflow-wrap: anywhere">{parts}</div>'

    def show(self) -> None:
        """Show the page: as HTML in a notebook, as text elsewhere."""
        show(self.text, self.html)


class Shown:
    """The base class for objects with a page, which is shown by `show()`, by `print`, and as a cell's last value."""

    __slots__ = ()

    def page(self) -> Page:
        """Return this object's page."""
        raise NotImplementedError

    def show(self) -> None:
        """Show the page now, for example in a loop."""
        self.page().show()

    def _ipython_display_(self) -> None:
        self.show()

    def __repr__(self) -> str:
        return self.page().text


def inline(text: str) -> str:
    """Return a string as escaped HTML with code, emphasis, and links to AWS's pages; line breaks are kept."""
    return _MARKED.sub(_marked, html.escape(text)).replace("\n", "<br>")


def _marked(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return f"<code>{found['code']}</code>"
    if (page := found["docs"]) is not None:
        return f'<a href="{page}" target="_blank" rel="noopener">{page}</a>'
    tag = "em" if found["stars"] == "*" else "strong"
    return f"<{tag}>{found['stressed']}</{tag}>"


def link(name: str, address: str) -> str:
    """Return a link as HTML. A URL that isn't HTTP or HTTPS is shown as text."""
    said = html.escape(clean(name))
    if not re.match(r"https?://", address):
        return f"{said}: {html.escape(clean(address))}"
    return f'<a href="{html.escape(clean(address))}" target="_blank" rel="noopener">{said}</a>'


def break_long_words(html: str) -> str:
    """Return HTML in which long words of its text, especially ARNs, can break after a colon or a slash."""
    return _LONG_WORD.sub(_with_breaks, html)


def soft(text: str) -> str:
    """Return text for a button, with zero-width spaces after colons and slashes, where long words can break."""
    return _LONG_WORD.sub(lambda found: _BREAK.sub("\u200b", found[0]), text)


def _with_breaks(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<") else _BREAK.sub("<wbr>", found[0])


_UNBROKEN = re.compile(r"[✓✗] (?:\S+|.{1,9})|\S{1,14}|\d{4}-\d\d-\d\dT[\d:]{8}Z")
"""A cell that stays on one line: a short name, such as that of a Region, a sign with a word or two, or a time."""


def _html_cell(cell: str) -> str:
    whole = "; white-space: nowrap" if _UNBROKEN.fullmatch(cell) else ""
    return f'<td style="text-align: left{whole}">{break_long_words(inline(cell))}</td>'


def _html_table(cells: list[list[str]]) -> str:
    left = 'style="text-align: left"'  # notebooks align tables right, which suits numbers, not words
    head = "".join(
        f'<th scope="col" {left}>{inline(cell)}</th>' if cell else f"<td {left}></td>" for cell in cells[0]
    )
    body = "".join("<tr>" + "".join(map(_html_cell, row)) + "</tr>" for row in cells[1:])
    # Outside tables a word can break anywhere; in a table that would squeeze the columns of short words.
    return f'<table style="overflow-wrap: break-word"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
