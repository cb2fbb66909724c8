"""Slips of a learner's fingers: a name, an ID, or an option that doesn't exist, answered in one to three lines.

A notebook shows a `Mistake` without a traceback (labs_helpers.course.lesson.uncaught_errors).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeVar

T = TypeVar("T", str, int)
_MOST_NAMED = 30


class Mistake(ValueError):
    """Something doesn't exist, or can't be read. `what` states the problem, and `do` how to fix it."""

    def __init__(self, what: str, do: str):
        super().__init__(f"{what} {do}")
        self.what = what
        self.do = do


class UnknownName(Mistake, LookupError):
    """There is no such name. The error lists the names that exist, and the closest one."""


def one_of(given: object, known: Iterable[T], kind: str, where: str = "") -> T:
    """Return `given`, which must be one of `known`. `kind` is what it names, in the singular: "attempt".

    `where`: where these names exist, in a few words: "on Day 2".

    Raises `UnknownName` for anything else.
    """
    names = list(known)
    if type(given) in (str, int):
        for name in names:
            if type(name) is type(given) and name == given:
                return name
    place = f" {where}" if where else ""
    raise UnknownName(f"There is no {kind} {shortened(given)}{place}.", choose(given, names, f"{kind}s"))


def shortened(given: object) -> str:
    """Return a value as a learner typed it, in at most 40 characters; only the type of what isn't text or a number."""
    if type(given) is str:
        return f'"{given[:40]}"' + (" …" if len(given) > 40 else "")
    if given is None or type(given) in (int, float, bool):
        return f"{given!r:.40}"
    return f"of type {type(given).__name__:.40}"


def choose(given: object, names: Iterable[Any], kinds: str) -> str:
    """Return a line with the closest name, and the names that exist, at most thirty of them."""
    texts = [str(name) for name in names]
    close = (
        get_close_matches(given.lower(), [text.lower() for text in texts], 1, 0.5)
        if type(given) is str
        else []
    )
    meant = next((text for text in texts if close and text.lower() == close[0]), None)
    listed = ", ".join(texts[:_MOST_NAMED]) + (", …" if len(texts) > _MOST_NAMED else "")
    hint = f'Did you mean "{meant}"? ' if meant else ""
    return f"{hint}{kinds[:1].upper()}{kinds[1:]}: {listed or 'none'}."
