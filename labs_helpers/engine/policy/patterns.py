"""Relations between patterns: whether one covers the other, and whether both can match the same string.

`covers` returns True only if the coverage is certain, and `overlap` returns False only if an overlap is impossible.
Callers treat the opposite result as a risk.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MOST_STEPS = 100_000
_VARIABLE = re.compile(r"\$\{(?P<name>[^{}]*)\}")
_ANY, _ONE = (
    "\ue000",
    "\ue001",
)  # private characters, which no policy contains, in place of a pattern's * and ?
_LITERALS = {"*": "\ue002", "?": "\ue003", "$": "$"}  # ${*} and ${?} are the characters themselves


@lru_cache(maxsize=4096)
def matcher(pattern: str) -> re.Pattern[str]:
    """Return a regular expression, for `fullmatch`, that is equivalent to a pattern with `*` and `?`."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


@lru_cache(maxsize=4096)
def covers(wide: str, narrow: str) -> bool:
    """Return True only if every string that matches `narrow` is known to match `wide`.

    Both patterns can contain `*` and `?`.
    """
    if wide in ("*", narrow):
        return True
    if len(wide) * len(narrow) > _MOST_STEPS:
        return False
    marked = narrow.replace("*", _ANY).replace("?", _ONE)
    return _match(wide, marked)


def _match(pattern: str, text: str) -> bool:
    """Return whether the text matches, where `?` matches any character except the private one for `*`."""
    at = {0}
    for character in text:
        following = set()
        for position in _through_stars(pattern, at):
            if position == len(pattern):
                continue
            sign = pattern[position]
            if sign == "*":
                following.add(position)
            elif sign == character or (sign == "?" and character != _ANY):
                following.add(position + 1)
        at = following
        if not at:
            return False
    return len(pattern) in _through_stars(pattern, at)


def _through_stars(pattern: str, positions: set[int]) -> set[int]:
    reached = set(positions)
    for position in positions:
        while position < len(pattern) and pattern[position] == "*":
            position += 1
            reached.add(position)
    return reached


@lru_cache(maxsize=4096)
def overlap(one: str, other: str) -> bool:
    """Return False only if it is known that no string matches both patterns, which can contain `*` and `?`."""
    if one == "*" or other == "*":
        return True
    if "*" not in one + other and "?" not in one + other:
        return one == other
    if len(one) * len(other) > _MOST_STEPS:
        return True
    if _prefixes_differ(one, other) or _prefixes_differ(one[::-1], other[::-1]):
        return False
    return _meet(one, other)


def _prefixes_differ(one: str, other: str) -> bool:
    for left, right in zip(one, other, strict=False):
        if "*" in (left, right):
            return False
        if left != right and "?" not in (left, right):
            return True
    return False


def _meet(one: str, other: str) -> bool:
    """Return whether a string matches both patterns, row by row for each prefix of one and each prefix of the other."""
    row = [True]
    for sign in other:
        row.append(row[-1] and sign == "*")
    for left in one:
        following = [row[0] and left == "*"]
        for j, right in enumerate(other, 1):
            if "*" in (left, right):  # the star matches nothing, or one more character of the other
                following.append(row[j] or following[j - 1])
            else:
                following.append(row[j - 1] and (left == right or "?" in (left, right)))
        row = following
    return row[-1]


def loosened(text: str) -> str:
    """Return a pattern with policy variables replaced by `*`. `${*}`, `${?}`, and `${$}` become plain characters."""
    return _VARIABLE.sub(lambda variable: _LITERALS.get(variable["name"], "*"), text)


def has_variables(text: str) -> bool:
    """Return whether a string contains a policy variable."""
    return any(variable["name"] not in _LITERALS for variable in _VARIABLE.finditer(text))


def arn_covers(wide: str, narrow: str, *, variables: bool = True) -> bool:
    """Return True only if every resource that matches `narrow` is known to match `wide`.

    Both are strings from Resource elements. ARNs are compared part by part, as they are when matched. If `wide`
    contains a variable, it covers only an identical `narrow`.
    """
    if wide in ("*", narrow):
        return True
    if narrow == "*":
        return False
    if variables:
        if has_variables(wide):
            return False
        wide, narrow = loosened(wide), loosened(narrow)
    wide_parts, narrow_parts = wide.split(":", 5), narrow.split(":", 5)
    if len(wide_parts) != 6 or len(narrow_parts) != 6:
        return False
    return all(covers(left, right) for left, right in zip(wide_parts, narrow_parts, strict=True))


def arn_overlap(one: str, other: str, *, variables: bool = True) -> bool:
    """Return whether a resource might match both of these strings from Resource elements."""
    if variables:
        one, other = loosened(one), loosened(other)
    return overlap(one, other)


def example(pattern: str) -> str:
    """Return a string that matches a pattern, with each `*` replaced by `x`."""
    filled = loosened(pattern).replace("*", "x").replace("?", "x")
    return filled.replace(_LITERALS["*"], "*").replace(_LITERALS["?"], "?")
