"""A policy's text with its lines broken and indented anew; every token stays as it was written."""

from __future__ import annotations

import re

from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT
from labs_helpers.engine.analysis.positions import JsonFault, positions

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = "  "


class CannotFormat(ValueError):
    """The text is no JSON, so nothing tells where its lines have to break; the message says what to mend."""


def formatted(text: str) -> str:
    """The text with two spaces a level, as AWS's examples are written. Duplicate keys and the way numbers are written
    stay, for they are the learner's. Raises `CannotFormat`."""
    if len(text) > MAX_TEXT:
        raise CannotFormat(f"The text is longer than {MAX_TEXT:,} characters; it stays as it is.")
    try:
        positions(text)
    except JsonFault as fault:
        where = f"line {fault.position.line}, column {fault.position.column + 1}"
        raise CannotFormat(f"Mend the JSON first ({where}: {fault.message}).") from None
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
