"""Shortened text and lists: long ARNs and encoded messages, with the full text on demand, and the rest of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from labs_helpers.course.shown.display import break_long_words, inline
from labs_helpers.course.shown.look import fold
from labs_helpers.course.shown.printable import clean

_Item = TypeVar("_Item")
_LONGEST = 40
"""The maximum number of characters in a shortened ARN."""
_LONG = re.compile(r"arn:aws[\w-]*:[^\s\"'<>(),;&]{24,}|[\w+/=-]{60,}")
_ENCODED = re.compile(r" ?Encoded authorization failure message: [\w+/=-]{60,}\.?")


def shortened(text: str) -> str:
    """Return text as HTML in which long ARNs and words are shortened; the full text is the element's title."""
    return _LONG.sub(lambda found: _short(found[0]), inline(clean(text, 2_500)))


def without_middle(name: str, most: int) -> str:
    """Return a name of at most `most` letters. A longer name loses its middle, because both ends distinguish it."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[most // 2 + 1 - most :]}"


def without_encoded(message: str) -> str:
    """Return an error message without AWS's encoded authorization message, which only AWS can read."""
    return _ENCODED.sub("", message)


def whole(message: str) -> str:
    """Return a message collapsed and in full as HTML, or "" if no part of it is shortened."""
    if not _LONG.search(message):
        return ""
    return fold("The whole message", f"<p>{break_long_words(inline(clean(message)))}</p>")


def _short(word: str) -> str:
    resource = word.split(":", 5)[-1]
    end = resource[1 - _LONGEST :]
    shown = resource if len(resource) <= _LONGEST else f"…{end[max(end.find('/'), 0) :]}"
    return f'<span title="{word}">{shown}</span>'


def first_of(listed: Sequence[_Item], most: int) -> tuple[Sequence[_Item], int]:
    """Return the first items of a list that are shown, and the number of those that are only counted.

    If only one more than `most` items is left, it is shown as well, because a note would be as long.
    """
    left = len(listed) - most
    return (listed[:most], left) if left > 1 else (listed, 0)
