"""Where the statements of a policy stand in its text, as the policy simulator tells it: line and column from 1.

A position is where AWS's reader stands: for a statement in a list, the start is what follows the bracket or comma
before it; for a single statement, what follows its opening brace; the end is what follows its closing brace. So read
in the examples of https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class Position(NamedTuple):
    line: int
    column: int


class Span(NamedTuple):
    start: Position
    end: Position


def statement_spans(text: str) -> list[Span]:
    """The spans of a policy's statements, in order. The text must be a policy that was parsed."""
    value = _value_of(text, "Statement")
    if value is None:
        return []
    if text[value] == "{":
        return [_span(text, value + 1, _end(text, value))]
    spans = []
    start = value + 1
    while text[_skip(text, start)] != "]":
        end = _end(text, _skip(text, start))
        spans.append(_span(text, start, end))
        start = _skip(text, end)
        if text[start] == ",":
            start += 1
    return spans


def _value_of(text: str, wanted: str) -> int | None:
    """Where the value of a key of the outermost object begins."""
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        value = _skip(text, _skip(text, at) + 1)
        if key == wanted:
            return value
        at = _skip(text, _end(text, value))
        if text[at] == ",":
            at = _skip(text, at + 1)
    return None


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    assert match is not None
    return match.end()


def _end(text: str, at: int) -> int:
    return _DECODER.raw_decode(text, at)[1]


def _span(text: str, start: int, end: int) -> Span:
    return Span(_position(text, start), _position(text, end))


def _position(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
