"""Positions of a policy's statements in its text (lines and columns from 1), as the policy simulator returns them.

The positions match the positions that AWS's parser returns. A statement in a list starts after the preceding bracket or
comma; a single statement starts after its opening brace; statements end after their closing brace. This follows the
examples in
https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html.
"""

from __future__ import annotations

from typing import NamedTuple

from labs_helpers.engine.analysis.positions import Positions, positions


class Position(NamedTuple):
    """A position in a string."""

    line: int
    column: int


class Span(NamedTuple):
    """A range from one position to another position."""

    start: Position
    end: Position


def statement_spans(text: str) -> list[Span]:
    """Return the spans of a policy's statements, in order. The text must be a valid policy."""
    parts = positions(text)
    member = parts.root.member("Statement")
    if member is None:
        return []
    if isinstance(member.node.value, dict):
        return [_span(parts, member.node.start + 1, member.node.end)]
    spans = []
    after = member.node.start
    for node in member.node.items:
        # After the opening bracket, or after the comma that follows the previous statement.
        start = after + 1 if after == member.node.start else text.index(",", after) + 1
        spans.append(_span(parts, start, node.end))
        after = node.end
    return spans


def _span(parts: Positions, start: int, end: int) -> Span:
    return Span(_position(parts, start), _position(parts, end))


def _position(parts: Positions, offset: int) -> Position:
    place = parts.position(offset)
    return Position(place.line, place.column + 1)
