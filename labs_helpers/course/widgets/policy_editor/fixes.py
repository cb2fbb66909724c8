"""The fixes that the editor offers for a policy's problems: each replaces or adds one JSON string."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from labs_helpers.course.widgets.policy_editor.check import Problem
from labs_helpers.engine.analysis.positions import JsonFault, positions
from labs_helpers.engine.analysis.unknown_names import unknown_names
from labs_helpers.engine.policy import PolicyKind

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ALLOWED = re.compile(r"(?:unknown element|\"); allowed: (.+)$")
_MEANT = re.compile(r"Did you mean `?([^`?]+)`?\?")
_FIRST_BRACE = re.compile(r"\s*\{\s*")
_VERSION = '"Version": "2012-10-17"'


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix: a description, and the policy's text after the fix."""

    what: str
    text: str


def fixes(text: str, problems: Sequence[Problem], kind: PolicyKind) -> list[Fix]:
    """Return the fixes for the problems in a policy's text, each of which is independent of the others.

    Text that isn't JSON has none.
    """
    try:
        places = positions(text)
    except JsonFault:
        return []
    found: dict[tuple[int, str], Fix] = {}
    for at, new in (*_of_problems(text, problems), *_of_names(text, kind)):
        token = _STRING.match(text, at)
        if token is not None and json.loads(token[0]) != new:
            line = places.position(at).line
            what = f"Change {json.loads(token[0])[:40]} to {new[:60]} (line {line})"
            found.setdefault((at, new), Fix(what, f"{text[:at]}{json.dumps(new)}{text[token.end() :]}"))
    if any(each.code == "MISSING_VERSION" for each in problems):
        found[-1, ""] = Fix(
            "Add the version 2012-10-17", _FIRST_BRACE.sub(f"{{\n  {_VERSION},\n  ", text, count=1)
        )
    return list(found.values())


def _of_problems(text: str, problems: Sequence[Problem]) -> Iterator[tuple[int, str]]:
    """Yield the offset of a string and the string that was probably meant, for problems that list what is allowed."""
    for each in problems:
        token = _STRING.match(text, each.offset)
        listed = _ALLOWED.search(each.message)
        if token is None or listed is None or each.source != "policy":
            continue
        words = [word.strip('" ') for word in re.split(r",|\bor\b", listed[1])]
        lowered = {word.lower(): word for word in words}
        for meant in get_close_matches(json.loads(token[0]).lower(), lowered, 1):
            yield each.offset, lowered[meant]


def _of_names(text: str, kind: PolicyKind) -> Iterator[tuple[int, str]]:
    """Yield the offset of a name that doesn't exist on AWS and the name that was probably meant."""
    places = positions(text)
    for name in unknown_names(text, kind):
        meant = _MEANT.search(name.sentence)
        if meant is None:
            continue
        last = name.path[-1]
        is_key = isinstance(last, str) and name.path in places and "condition" in name.sentence
        span = places.key_span(name.path) if is_key else places.span(name.path)
        yield span.start.offset, _whole(text, span.start.offset, meant[1])


def _whole(text: str, at: int, meant: str) -> str:
    """Return the whole string that was meant. If `meant` is only a service's prefix, keep the action."""
    token = _STRING.match(text, at)
    _, colon, action = json.loads(token[0]).partition(":") if token else ("", "", "")
    return f"{meant}:{action}" if colon and ":" not in meant else meant
