"""Where the statements of a policy stand in its text, as the policy simulator tells it: line and column from 1.

A position is where AWS's reader stands: for a statement in a list, the start is what follows the bracket or comma
before it; for a single statement, what follows its opening brace; the end is what follows its closing brace. So read
in the examples of https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html.
"""

from __future__ import annotations

from typing import NamedTuple

from labs_helpers.engine.analysis.positions import Positions, positions


class Position(NamedTuple):
    """A place in a text."""

    line: int
    column: int


class Span(NamedTuple):
    """From a place up to another."""

    start: Position
    end: Position


def statement_spans(text: str) -> list[Span]:
    """The spans of a policy's statements, in order. The text must be a policy that was parsed."""
    found = positions(text)
    member = found.root.member("Statement")
    if member is None:
        return []
    if isinstance(member.node.value, dict):
        return [_span(found, member.node.start + 1, member.node.end)]
    spans = []
    after = member.node.start
    for node in member.node.items:
        # Behind the opening bracket, or behind the comma that ends the statement before.
        start = after + 1 if after == member.node.start else text.index(",", after) + 1
        spans.append(_span(found, start, node.end))
        after = node.end
    return spans


def _span(found: Positions, start: int, end: int) -> Span:
    return Span(_position(found, start), _position(found, end))


def _position(found: Positions, offset: int) -> Position:
    place = found.position(offset)
    return Position(place.line, place.column + 1)
