"""The part of a policy that the cursor is in, determined even while the JSON is incomplete."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r'"(?P<closed>(?:[^"\\\n]|\\.)*)"|"(?P<open>(?:[^"\\\n]|\\.)*\\?)(?P<rest>\n|\Z)|(?P<mark>[{}\[\],:])'
)
_WORD = re.compile(r"[A-Za-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a policy.

    `path` contains the keys that lead to the place, without list indexes. `is_key` is True if a key is expected or
    being typed. `typed` is the text from the beginning of the current token, and `quoted` is True if that text is
    within quotation marks.
    """

    path: tuple[str, ...] = ()
    is_key: bool = False
    typed: str = ""
    quoted: bool = False


@dataclass(slots=True)
class _Holder:
    """An open object or list."""

    is_object: bool
    key: str = ""
    wants_key: bool = True


def place(before: str) -> Place:
    """Return the place at the end of the text before the cursor, which can be invalid JSON.

    Stray closing brackets are ignored.
    """
    holders: list[_Holder] = []
    for token in _TOKEN.finditer(before):
        if token["open"] is not None and not token["rest"]:
            return _found(holders, token["open"], quoted=True)
        if token["mark"]:
            _take(holders, token["mark"])
        elif holders and holders[-1].is_object and holders[-1].wants_key:
            holders[-1].key = token["closed"] if token["closed"] is not None else token["open"]
    word = _WORD.search(before)
    return _found(holders, word[0] if word else "", quoted=False)


def _take(holders: list[_Holder], mark: str) -> None:
    if mark in "{[":
        holders.append(_Holder(mark == "{"))
    elif mark in "}]":
        if holders:
            holders.pop()
    elif holders and holders[-1].is_object:
        holders[-1].wants_key = mark == ","


def _found(holders: list[_Holder], typed: str, *, quoted: bool) -> Place:
    is_key = bool(holders) and holders[-1].is_object and holders[-1].wants_key
    keys = [holder.key for holder in holders if holder.is_object]
    return Place(tuple(keys[:-1] if is_key else keys), is_key, typed, quoted)
