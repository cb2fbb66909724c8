"""Regular expressions in rules: those that could take hours are rejected, because a search has no time limit.

The cause is a repeated group that can match the same text in several ways: for `(a+)+b`, each additional letter
doubles the number of ways. Without such a group, the time is polynomial in the length of the value.
https://docs.python.org/3/library/re.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf

MOST_WAYS = 1_000_000
"""The maximum number of ways in which a repeated group can match."""
_LONG = 10_000.0
"""The assumed number of ways to match one part that is repeated without a limit."""
_TOKEN = re.compile(
    r"""
    (?P<atom>  \\. | \[\^?\]?(?:\\.|[^\]\\])*\] | \(\?\#[^)]*\) | \(\?[aiLmsux]+\) | \(\?P=\w+\) )
  | (?P<open>  \((?:\?(?:P?<\w+>|[aiLmsux-]*:|<?[=!]|>|\(\w+\)))? )
  | (?P<close> \) )
  | (?P<or>    \| )
  | (?P<times> (?:[*+?]|\{(?:\d+,?\d*|,\d*)\})[+?]? )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class SlowExpression(ValueError):
    """The error for a regular expression that could take hours. The message quotes the repeated group."""


@dataclass(slots=True)
class _Group:
    """A group being read: its beginning, and the number of ways in which its alternatives and last part can match."""

    start: int
    alternatives: list[float] = field(default_factory=lambda: [1.0])
    before_last: float = 1.0
    last: float = 1.0
    last_start: int = 0

    def add(self, ways: float, start: int) -> None:
        """Add a part to the alternative that is being read."""
        self.before_last, self.last, self.last_start = self.alternatives[-1], ways, start
        self.alternatives[-1] = self.before_last * ways


@lru_cache(maxsize=500)
def expression(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a compiled regular expression. Raises `re.error`, or `SlowExpression`."""
    compiled = re.compile(text, flags)
    if compiled.flags & re.VERBOSE:
        raise SlowExpression("the flag x isn't supported")
    groups = [_Group(0)]
    for token in _TOKEN.finditer(text):
        if token["open"]:
            groups.append(_Group(token.start()))
        elif token["close"]:
            closed = groups.pop()
            groups[-1].add(sum(closed.alternatives), closed.start)
        elif token["or"]:
            groups[-1].alternatives.append(1.0)
        elif token["times"]:
            repeated = groups[-1]
            ways = _repeated(repeated.last, *_bounds(token["times"]))
            if ways > MOST_WAYS:
                raise SlowExpression(
                    f"{text[repeated.last_start : token.end()]} repeats a group that contains another repetition or "
                    f"alternatives, which could take hours. Repeat only one of them"
                )
            repeated.alternatives[-1] = repeated.before_last * ways
            repeated.last = ways
        else:
            groups[-1].add(1.0, token.start())
    return compiled


def _repeated(ways: float, least: int, most: float) -> float:
    """Return the number of ways in which a part can match if it is repeated `least` to `most` times."""
    if most <= 1:
        return ways + 1 - least
    if most == inf:
        return _LONG if ways == 1 else inf
    try:
        return float((most - least + 1) * ways**most)
    except OverflowError:
        return inf


def _bounds(times: str) -> tuple[int, float]:
    """Return the minimum and the maximum number of repetitions for a quantifier such as * or {2,5}."""
    if times[0] in "*+?":
        return int(times[0] == "+"), 1 if times[0] == "?" else inf
    least, comma, most = times[1 : times.index("}")].partition(",")
    return int(least or 0), float(most or inf) if comma else int(least)
