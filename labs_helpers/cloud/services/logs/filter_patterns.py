"""Filter patterns, which select log events.

Patterns for space-delimited events (`[ip, user, …]`) and regular expressions aren't modeled.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.services.logs.errors import invalid

Matches = Callable[[str], bool]

_TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<and>&&)|(?P<or>\|\|)|(?P<selector>\$(?:\.[\w-]+|\[[^\]]+\])+)
    |(?P<word>IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS)|(?P<compare>!=|<=|>=|=|<|>)
    |(?P<text>"(?:[^"\\]|\\.)*")|(?P<plain>[^\s()&|"]+))""",
    re.VERBOSE,
)
_PART = re.compile(r"\.([\w-]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+)|\*)\]")
_NOTHING = object()


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Matches:
    """Return a function that tests whether a message matches a pattern.

    Raises InvalidParameterException for an invalid pattern, or `NotModelled` for an unsupported pattern.
    """
    text = pattern.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise invalid("Invalid filter pattern")
        return _Expression(text[1:-1]).read()
    if text.startswith("[") or (text.startswith("%") and text.endswith("%") and len(text) > 1):
        raise NotModelled(
            f"logs: the filter pattern {pattern} isn't modeled: only terms and JSON patterns are"
        )
    return _terms(text)


def _terms(text: str) -> Matches:
    required: list[str] = []
    optional: list[str] = []
    excluded: list[str] = []
    place = 0
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None:
            raise invalid("Invalid filter pattern")
        term = found[3] if found[2] is None else re.sub(r"\\(.)", r"\1", found[2])
        {"": required, "?": optional, "-": excluded}[found[1]].append(term)
        place = found.end()

    def matches(message: str) -> bool:
        """Return True if a message matches.

        The message must contain all required terms and no excluded term. If no term is required, it must
        contain one of the optional terms.
        """
        if any(term in message for term in excluded) or not all(term in message for term in required):
            return False
        return bool(required) or not optional or any(term in message for term in optional)

    return matches


class _Expression:
    """A parser of JSON patterns: comparisons, && (which takes precedence over ||), ||, and parentheses."""

    def __init__(self, text: str):
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None or found.lastgroup is None:
                raise invalid("Invalid filter pattern")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()

    def read(self) -> Matches:
        """Parse the pattern and return a function that tests messages. Raises InvalidParameterException."""
        test = self._either()
        if self._tokens:
            raise invalid("Invalid filter pattern")

        def matches(message: str) -> bool:
            """Return True for a JSON message that satisfies the expression."""
            try:
                return test(parsed(message))
            except ValueError:
                return False

        return matches

    def _next(self, kind: str) -> str | None:
        if self._tokens and self._tokens[0][0] == kind:
            return self._tokens.pop(0)[1]
        return None

    def _either(self) -> Callable[[Any], bool]:
        tests = [self._both()]
        while self._next("or") is not None:
            tests.append(self._both())
        return lambda event: any(test(event) for test in tests)

    def _both(self) -> Callable[[Any], bool]:
        tests = [self._one()]
        while self._next("and") is not None:
            tests.append(self._one())
        return lambda event: all(test(event) for test in tests)

    def _one(self) -> Callable[[Any], bool]:
        if self._next("open") is not None:
            test = self._either()
            if self._next("close") is None:
                raise invalid("Invalid filter pattern")
            return test
        selector = self._next("selector")
        if selector is None:
            raise invalid("Invalid filter pattern")
        word = self._next("word")
        if word is not None:
            return _is(selector, " ".join(word.split()))
        return self._comparison(selector)

    def _comparison(self, selector: str) -> Callable[[Any], bool]:
        operator, quoted = self._next("compare"), self._next("text")
        plain = self._next("plain") if quoted is None else None
        if operator is None or (quoted is None and plain is None):
            raise invalid("Invalid filter pattern")
        if plain is not None and plain.startswith("%"):
            raise NotModelled("logs: regular expressions in filter patterns aren't modeled")
        wanted = re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted is not None else str(plain)
        number = _number(wanted) if quoted is None else None
        if operator not in ("=", "!="):
            if number is None:
                raise invalid("Invalid filter pattern")
            return lambda event: _compare(_at(event, selector), operator, number)
        test = _equals(wanted, number)
        if operator == "=":
            return lambda event: test(_at(event, selector))
        return lambda event: (found := _at(event, selector)) is not _NOTHING and not test(found)


def _is(selector: str, word: str) -> Callable[[Any], bool]:
    wanted = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False, "NOT EXISTS": _NOTHING}[word]
    return lambda event: _at(event, selector) is wanted


def _equals(wanted: str, number: float | None) -> Callable[[Any], bool]:
    pattern = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.DOTALL)

    def equals(found: Any) -> bool:
        """Return True for the number, or for a string that matches the pattern (an asterisk matches any text)."""
        if isinstance(found, bool) or found is None or found is _NOTHING or isinstance(found, dict | list):
            return False
        if isinstance(found, int | float):
            return number is not None and found == number
        return pattern.fullmatch(str(found)) is not None

    return equals


def _compare(found: Any, operator: str, number: float) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    return {"<": found < number, "<=": found <= number, ">": found > number, ">=": found >= number}[operator]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _at(event: Any, selector: str) -> Any:
    """Return the value in an event at a selector such as `$.userIdentity.type` or `$.items[0]`, or `_NOTHING`."""
    for name, single, double, index in _PART.findall(selector[1:]):
        key = name or single or double
        if key:
            event = event.get(key, _NOTHING) if isinstance(event, dict) else _NOTHING
        elif index:
            event = event[int(index)] if isinstance(event, list) and int(index) < len(event) else _NOTHING
        if event is _NOTHING:
            return _NOTHING
    return event
