"""A formatter for a policy's text, which changes line breaks and indentation but no tokens."""

from __future__ import annotations

import re

from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT
from labs_helpers.engine.analysis.positions import JsonFault, positions

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = "  "


class CannotFormat(ValueError):
    """The error for text that can't be formatted because it isn't JSON. The message states what to fix."""


def formatted(text: str) -> str:
    """Return the text with two spaces per level, like AWS's examples. Raises `CannotFormat` if it isn't JSON.

    Duplicate keys and the notation of numbers are kept as the learner wrote them.
    """
    if len(text) > MAX_TEXT:
        raise CannotFormat(f"The text is longer than {MAX_TEXT:,} characters, so it stays unchanged.")
    try:
        positions(text)
    except JsonFault as fault:
        where = f"line {fault.position.line}, column {fault.position.column + 1}"
        raise CannotFormat(f"Fix the JSON first ({where}: {fault.message}).") from None
    return "".join(_pieces(_TOKEN.findall(text)))


def _pieces(tokens: list[str]) -> list[str]:
    pieces: list[str] = []
    depth = 0
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token in "}]":
            depth -= 1
        if (token in "}]" and before not in "{[") or (before in ("{", "[", ",") and token not in "}]"):
            pieces.append("\n" + _STEP * depth)
        pieces.append(": " if token == ":" else token)
        if token in "{[":
            depth += 1
    return pieces
