"""The condition of a Sigma rule: selections, joined by and, or, not, parentheses, and "1 of x*" or "all of x*"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from labs_helpers.engine.detection.rule import Record, RuleError
from labs_helpers.engine.detection.sigma.selections import Selection, Test
from labs_helpers.engine.detection.yaml_places import Placed

_DEEPEST = 50


def condition_test(condition: Placed, selections: Mapping[str, Selection]) -> Test:
    """Return the test of a record. Raises `RuleError`, with line and column, for anything other than a condition."""
    reader = _Reader(condition, selections)
    test = reader.either(0)
    if reader.word:
        raise reader.error(f'"{reader.word}" isn\'t supported here')
    return test


class _Reader:
    """A recursive-descent parser. `word` is the next word, and empty at the end."""

    def __init__(self, condition: Placed, selections: Mapping[str, Selection]) -> None:
        self._condition, self._selections = condition, selections
        # Words, parentheses, and what isn't supported, each with its place.
        found = re.finditer(r"[\w*.-]+|[^\s\w]", condition.value)
        self._words = [(each[0], each.start()) for each in found] + [("", len(condition.value))]
        self._place = 0

    @property
    def word(self) -> str:
        """The next word."""
        return self._words[self._place][0]

    def error(self, problem: str) -> RuleError:
        """Return the error about the next word."""
        return self._condition.error(f"condition: {problem}", self._words[self._place][1])

    def _take(self) -> str:
        word = self.word
        self._place += word != ""
        return word

    def either(self, depth: int) -> Test:
        """Read the operands of "or"."""
        return self._joined("or", lambda: self._joined("and", lambda: self._single(depth), all), any)

    def _joined(self, word: str, part: Callable[[], Test], join: Callable[..., bool]) -> Test:
        parts = [part()]
        while self.word.lower() == word:
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else lambda record: join(each(record) for each in parts)

    def _single(self, depth: int) -> Test:
        if depth > _DEEPEST:
            raise self.error("there are too many parentheses or nots")
        word = self.word.lower()
        if word == "not":
            self._take()
            inner = self._single(depth + 1)
            return lambda record: not inner(record)
        if word == "(":
            self._take()
            inner = self.either(depth + 1)
            if self.word != ")":
                raise self.error('a ")" is missing')
            self._take()
            return inner
        if word in ("1", "any", "all") and self._words[self._place + 1][0].lower() == "of":
            return self._of()
        if self.word not in self._selections:
            known = ", ".join(self._selections) or "none"
            raise self.error(f'"{self.word}" isn\'t a selection. Selections: {known}')
        return self._selections[self._take()].test

    def _of(self) -> Test:
        """Read "1 of x*", "all of x*", "1 of them", or "all of them"."""
        join = all if self._take().lower() == "all" else any
        self._take()
        pattern = self.word
        names = [
            name
            for name in self._selections
            if (pattern.lower() == "them" and not name.startswith("_")) or fnmatchcase(name, pattern)
        ]
        if not names:
            raise self.error(f'no selection is named "{pattern}"')
        self._take()
        tests = [self._selections[name].test for name in names]

        def holds(record: Record) -> bool:
            """Return True if all tests succeed or, for "1 of", if one does."""
            return join(test(record) for test in tests)

        return holds
