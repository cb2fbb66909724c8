"""Formatting of a policy's text: new line breaks and indentation, with every token unchanged."""

from __future__ import annotations

import re

from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT
from labs_helpers.engine.analysis.positions import JsonFault, positions

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = "  "


class CannotFormat(ValueError):
    """The text is not JSON, so it can't be formatted; the message names the fault to fix."""


def formatted(text: str) -> str:
    """Return the text with two spaces per level, like AWS's examples. Raises `CannotFormat`.

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
