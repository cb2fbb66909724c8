"""HTML for JSON with marked-up tokens, and for the differences between two strings. All text is escaped."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from labs_helpers.course.shown.look import escaped

_PARTS = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')


def json_lines(line: str, limit: int = 2_000) -> str:
    """Return a line of JSON as HTML, with names and strings in spans. Any other text is only escaped."""
    parts, at = [], 0
    for found in _PARTS.finditer(line[:limit]):
        parts.append(escaped(line[at : found.start()]))
        kind = "n" if found[2] else "s"
        parts.append(f'<span class="{kind}">{escaped(found[1])}</span>{escaped(found[2] or "")}')
        at = found.end()
    return "".join(parts) + escaped(line[at:], limit)


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
