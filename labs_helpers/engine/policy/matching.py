"""Pattern matching for strings, actions, and ARNs, in polynomial time and without backtracking.

A pattern is split at its `*` into chunks. The first and last chunks are anchored; the others are searched for one after
another, leftmost match first. No regular expression contains more than one run of characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from labs_helpers.engine.policy.variables import (
    STAR,
    Context,
    Token,
    Tokens,
    has_variables,
    keys_in,
    resolve,
    tokenize,
)

TextTest = Callable[[str], bool]
ResourceTest = Callable[[str, Context], bool]


def glob(tokens: Tokens) -> TextTest:
    """Return a test for strings that match the tokens, which have no variables.

    `*` matches any run of characters, and `?` matches one character. Case matters.
    """
    if not tokens:
        return lambda text: text == ""
    if tokens == (STAR,):
        return lambda text: True
    if len(tokens) == 1 and isinstance(tokens[0], str):
        return tokens[0].__eq__
    if len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is STAR:
        head = tokens[0]
        return lambda text: text.startswith(head)
    if len(tokens) == 2 and isinstance(tokens[1], str) and tokens[0] is STAR:
        tail = tokens[1]
        return lambda text: text.endswith(tail)
    return _chunked(tokens)


# For the requests of one caller, patterns with variables usually have the same values.
_remembered_glob = lru_cache(maxsize=512)(glob)


class _Chunk:
    """Literals and `?` between two stars: text of fixed length, to search for or to anchor."""

    __slots__ = ("expression", "length", "text")

    def __init__(self, tokens: Tokens) -> None:
        self.length = sum(len(token) if isinstance(token, str) else 1 for token in tokens)
        self.text = tokens[0] if len(tokens) == 1 and isinstance(tokens[0], str) else None
        self.expression = None
        if self.text is None:
            source = "".join(re.escape(token) if isinstance(token, str) else "." for token in tokens)
            self.expression = re.compile(source, re.DOTALL)

    def at(self, text: str, position: int) -> bool:
        """Return whether the chunk matches at a position."""
        if self.text is not None:
            return text.startswith(self.text, position)
        return self.expression.match(text, position) is not None  # type: ignore[union-attr]

    def find(self, text: str, start: int, end: int) -> int:
        """Return the first position of the chunk between `start` and `end`, or -1 if there isn't one."""
        if self.text is not None:
            return text.find(self.text, start, end)
        occurrence = self.expression.search(text, start, end)  # type: ignore[union-attr]
        return occurrence.start() if occurrence else -1


def _chunked(tokens: Tokens) -> TextTest:
    groups: list[list[object]] = [[]]
    for token in tokens:
        if token is STAR:
            groups.append([])
        else:
            groups[-1].append(token)
    first, *rest = [_Chunk(tuple(group)) if group else None for group in groups]  # type: ignore[arg-type]
    if not rest:
        assert first is not None
        return lambda text: len(text) == first.length and first.at(text, 0)
    last = rest.pop()
    middle = [chunk for chunk in rest if chunk is not None]
    head = first.length if first else 0
    shortest = head + (last.length if last else 0)

    def matches(text: str) -> bool:
        """Return whether the chunks are in the text, in order, with the first and last anchored."""
        end = len(text) - (last.length if last else 0)
        if len(text) < shortest or (first and not first.at(text, 0)) or (last and not last.at(text, end)):
            return False
        position = head
        for chunk in middle:
            position = chunk.find(text, position, end)
            if position < 0:
                return False
            position += chunk.length
        return True

    return matches


def text_pattern(tokens: Tokens) -> ResourceTest:
    """Return a test of (string, context) that resolves variables first, and fails if one can't be resolved."""
    if not has_variables(tokens):
        static = glob(tokens)
        return lambda text, context: static(text)

    def matches(text: str, context: Context) -> bool:
        """Return whether the text matches with the context's values."""
        filled = resolve(tokens, context)
        return filled is not None and _remembered_glob(filled)(text)

    return matches


class ResourcePattern(NamedTuple):
    """A string in a Resource element, compiled into a test, and its literal prefix for the statement index."""

    prefix: str
    exact: bool
    test: ResourceTest | None
    keys: frozenset[str]
    text: str


ANY_RESOURCE = ResourcePattern("", False, None, frozenset(), "*")


def resource_pattern(text: str, *, variables: bool) -> ResourcePattern:
    """Compile a Resource string: "*" or an ARN of six parts.

    Wildcards work within a part. A `*` at the end of a part can match beyond the next colon. In the sixth part,
    wildcards match anything. Variables are replaced only in that part.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if text == "*":
        return ANY_RESOURCE
    *parts, tail = text.split(":", 5)
    head = ":".join(parts)
    tail_tokens = tokenize(tail, variables=variables, wildcards=True)
    keys = frozenset(keys_in(tail_tokens))
    if "*" not in head and "?" not in head:
        first = tail_tokens[0] if tail_tokens and isinstance(tail_tokens[0], str) else ""
        prefix = f"{head}:{first}"
        rest = tail_tokens[1:] if first else tail_tokens
        tokens: Tokens = (prefix, *rest)
        if not keys:
            return ResourcePattern(prefix, not rest, text_pattern(tokens), keys, text)
        filled_test = text_pattern(tokens)

        def starts_and_matches(resource: str, context: Context) -> bool:
            """Return whether the resource matches; the prefix is compared first because that is fast."""
            return resource.startswith(prefix) and filled_test(resource, context)

        return ResourcePattern(prefix, False, starts_and_matches, keys, text)
    test = _parted(parts, text_pattern(tail_tokens))
    return ResourcePattern("", False, test if keys else _remembering(test), keys, text)


def _remembering(test: ResourceTest) -> ResourceTest:
    """Return a test without variables that remembers its results, because the same resources are tested repeatedly."""
    remembered = lru_cache(maxsize=256)(lambda resource: test(resource, {}))
    return lambda resource, context: remembered(resource)


def _parted(parts: list[str], tail: ResourceTest) -> ResourceTest:
    """Return a test for ARNs whose first five parts have wildcards; a `*` at the end of a part can go beyond it."""
    tests = [(glob(tokenize(part, variables=False, wildcards=True)), part.endswith("*")) for part in parts]

    def matches(resource: str, context: Context) -> bool:
        """Return whether the parts match in order, where some of them can continue beyond a colon."""
        segments = resource.split(":")
        count = len(segments)
        positions: Sequence[int] = (0,)  # the possible starts of the next part, in ascending order
        for test, goes_on in tests:
            ends = [at + 1 for at in positions if at < count - 1 and test(segments[at])]
            if not ends:
                return False
            positions = range(ends[0], count) if goes_on else ends
        return any(tail(":".join(segments[at:]), context) for at in positions)

    return matches


def arn_pattern(text: str, *, variables: bool) -> tuple[ResourceTest, frozenset[str]]:
    """Return a test for ARN conditions, and the variables that it uses. Each of the six parts is matched separately.

    A value or pattern with fewer parts isn't an ARN and doesn't match.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    whole = tokenize(text, variables=variables, wildcards=True)
    keys = frozenset(keys_in(whole))
    parts = six_parts(whole)
    if parts is None:
        return (lambda value, context: False), keys
    tests = [text_pattern(part) for part in parts]

    def matches(value: str, context: Context) -> bool:
        """Return whether the value has six parts and each matches."""
        segments = value.split(":", 5)
        return len(segments) == 6 and all(
            test(segment, context) for test, segment in zip(tests, segments, strict=True)
        )

    return matches, keys


def six_parts(tokens: Tokens) -> list[Tokens] | None:
    """Split an ARN pattern's tokens into its six parts; return None if it has fewer."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if not isinstance(token, str):  # a wildcard or variable belongs to the part that contains it
            parts[-1].append(token)
            continue
        pieces = token.split(":", 6 - len(parts))
        if pieces[0]:
            parts[-1].append(pieces[0])
        parts.extend([piece] if piece else [] for piece in pieces[1:])
    return [tuple(part) for part in parts] if len(parts) == 6 else None
