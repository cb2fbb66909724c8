"""Strings that are safe for any output."""

from __future__ import annotations

from labs_helpers.course.shown.counted import counted


def clean(text: str, limit: int = 20_000) -> str:
    """Return a string that is safe for any output: without control characters and lone surrogates, and truncated.

    Otherwise, escape sequences in a learner's answer would reach the terminal.
    """
    if len(text) > limit:
        text = text[:limit] + f" … ({counted(len(text) - limit, 'character')} omitted)"
    printable = "".join(char if char in "\n\t" or char.isprintable() else _visible(char) for char in text)
    return printable.encode("utf-8", "backslashreplace").decode("utf-8")


def _visible(char: str) -> str:
    return " " if char.isspace() else char.encode("unicode_escape").decode("ascii")
