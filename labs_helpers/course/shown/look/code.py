"""HTML for JSON with marked-up tokens, and for the differences between two strings. All text is escaped."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from labs_helpers.course.shown.look import breakable, escaped

WIDE, NARROW = 80, 54
"""The number of characters that fit on a line of the whole page, and of one of two columns."""
_LONG, _LONG_WITH_DEPTH = 28, 18
"""From this length on, a string can break, because it might not fit on a phone's line, or on what is left of it."""
_PARTS = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')


def json_lines(line: str, limit: int = 2_000, longest: int = _LONG) -> str:
    """Return a line of JSON as HTML, with names and strings in spans. Any other text is only escaped."""
    parts, at = [], 0
    for found in _PARTS.finditer(line[:limit]):
        parts.append(_code(line[at : found.start()]))
        kind = "n" if found[2] else "s"
        name = escaped(found[1])
        shown = breakable(name) if len(found[1]) > longest else name
        parts.append(f'<span class="{kind}">{shown}</span>{escaped(found[2] or "")}')
        at = found.end()
    return "".join(parts) + _code(line[at:], limit)


def _code(text: str, limit: int = 2_000) -> str:
    """Return code outside of strings as HTML, which can break before a chained call."""
    return escaped(text, limit).replace(").", ")<wbr>.")


def block(text: str, caption: str = "", width: int = WIDE) -> str:
    """Return code as HTML, with its strings marked. Each value in JSON that is too long for a line is indented."""
    name = escaped(caption or "Code", 200)
    lines = "".join(map(_line, indented(text, width).splitlines(keepends=True)))
    return f'<pre class="json" tabindex="0" role="group" aria-label="{name}"><code>{lines}</code></pre>'


def _line(line: str) -> str:
    """Return a line of code. If it is too long for its place, it continues two characters further to the right."""
    depth = len(line) - len(line.lstrip("▶ ")) + 2
    return f'<span class="line" style="--in:{depth}">{json_lines(line, 20_000, _LONG_WITH_DEPTH)}</span>'


def indented(text: str, width: int = WIDE) -> str:
    """Return a text in which each long line of JSON is split into indented lines."""
    return "\n".join(line if len(line) <= width else _indented(line, width) for line in text.split("\n"))


def _indented(line: str, width: int) -> str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line
    return _written(value, 0, 0, width)


def _written(value: Any, depth: int, before: int, width: int) -> str:
    """Return a value on one line if it fits, otherwise with a line per member. `before`: the characters before it."""
    line = json.dumps(value, ensure_ascii=False)
    if before + len(line) < width or not isinstance(value, dict | list) or not value:
        return line
    inner, parts = depth + 2, []
    for key, each in value.items() if isinstance(value, dict) else ((None, each) for each in value):
        name = "" if key is None else f"{json.dumps(key, ensure_ascii=False)}: "
        parts.append(f"{' ' * inner}{name}{_written(each, inner, inner + len(name), width)}")
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return ",\n".join([f"{opening}\n{parts[0]}", *parts[1:]]) + f"\n{' ' * depth}{closing}"


def difference(label: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Return the difference between two strings as HTML, with removed (−), added (+), and unchanged lines."""
    lines = "".join(_changed(difflib.ndiff(before, after)))
    name = escaped(label, 200)
    return f'<pre class="json" tabindex="0" role="group" aria-label="{name}">{lines}</pre>'


def _changed(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        text = json_lines(line[2:])
        if line.startswith("+ "):
            yield f'<ins class="good">+ {text}</ins>'
        elif line.startswith("- "):
            yield f'<del class="bad">− {text}</del>'
        elif line.startswith("  "):
            yield f"  {text}\n"
