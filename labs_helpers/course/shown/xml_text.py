"""Text for XML files, such as JUnit reports."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text with a replacement character for each character that XML can't contain."""
    return "".join(
        char if char in "\t\n" or (char >= " " and char.isprintable()) else "\ufffd" for char in text
    )
