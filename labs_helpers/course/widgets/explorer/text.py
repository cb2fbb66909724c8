"""A policy as text, in which matched statements have a ▶ before each line and a note after the first line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.analysis.positions import positions
from labs_helpers.engine.policy import Policy

_WIDTH = 64  # fits a notebook 800 pixels wide, including the mark
_WHOLE = 12  # policies with up to this many statements are shown whole
_MOST_MATCHED = 20
_MOST_LINES = 80  # of one statement
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text.

    `mark` is "ALLOW" or "EXPLICIT_DENY" within a statement that matched, and "" elsewhere. `says` is a note on the
    statement's first line. `left_out` is True for a line that stands in for omitted text.
    """

    text: str
    mark: str = ""
    says: str = ""
    left_out: bool = False


def marked_lines(policy: Policy, matched: Mapping[int, str]) -> list[Line]:
    """Return a policy's lines. For a long policy, return only the matched statements, with notes on what is omitted."""
    statements = policy.statements
    shown = list(range(len(statements)))
    if len(shown) > _WHOLE:
        shown = sorted(matched)[:_MOST_MATCHED]
    text = _document(policy, shown)
    places = positions(text)
    lines = [Line(_cut(line)) for line in text.split("\n")]
    gaps: dict[int, int] = {}
    before = -1
    for place, index in enumerate(shown):
        span = places.span(("Statement", place))
        first, last = span.start.line - 1, span.end.line - 1
        if index - before > 1:
            gaps[first] = index - before - 1
        before = index
        effect = matched.get(index, "")
        if effect:
            says = f"this statement {'allows' if effect == 'ALLOW' else 'denies'} the request"
            for number in range(first, last + 1):
                lines[number] = Line(lines[number].text, effect, says if number == first else "")
        if last - first >= _MOST_LINES:
            _shorten(lines, first, last)
    if len(statements) - before > 1:
        gaps[len(lines) - 2] = len(statements) - before - 1
    return list(_with_gaps(lines, gaps))


def _document(policy: Policy, shown: list[int]) -> str:
    """Return the policy's text with these statements, rewritten because the engine does not keep the original text."""
    head = [f'"Version": {json.dumps(policy.version)}']
    if policy.id is not None:
        head.append(f'"Id": {json.dumps(policy.id, ensure_ascii=False)}')
    inner = ",\n".join(f"    {written(policy.statements[index].source, 4)}" for index in shown)
    listed = f"[\n{inner}\n  ]" if shown else "[\n  ]"
    return "{\n" + "".join(f"  {line},\n" for line in head) + f'  "Statement": {listed}\n}}'


def written(value: Any, indent: int) -> str:
    """Return a value as JSON, with each part on a single line if it fits."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or len(flat) + indent <= _WIDTH:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {written(item, indent + 2)}"
            for key, item in value.items()
        ]
        opening, closing = "{", "}"
    else:
        parts = [written(item, indent + 2) for item in value]
        opening, closing = "[", "]"
    return opening + "\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * indent + closing


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " …"


def _shorten(lines: list[Line], first: int, last: int) -> None:
    """Leave out the middle of a statement; lines keep their places, and those left out become empty."""
    kept = _MOST_LINES // 2
    start, end = first + kept, last - kept
    lines[start] = Line(f"      … {end - start} lines omitted …", lines[start].mark, left_out=True)
    for number in range(start + 1, end):
        lines[number] = Line("", left_out=True)


def _with_gaps(lines: list[Line], gaps: Mapping[int, int]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        if number in gaps:
            many = gaps[number]
            yield Line(
                f"    … {many} statement{'s' if many > 1 else ''} without a match omitted …",
                left_out=True,
            )
        if line.text or not line.left_out:
            yield line
