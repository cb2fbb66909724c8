"""Positions in JSON text: the line, column, and offset of keys and values.

Positions are counted as in IAM Access Analyzer: lines from 1, columns and offsets from 0, in characters; an end is
the position after the last character.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Position.html
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # missing in typeshed
from typing import Any, NamedTuple

MAX_DEPTH = 64

_SPACE = re.compile(r"[ \t\n\r]*")
_LITERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_LITERALS = {"true": True, "false": False, "null": None}
_LINE_END = re.compile(r"\r\n|\n|\r")
_LONGEST_NUMBER = 300  # in characters: more than any policy needs, but below the length that Python refuses

Path = tuple[str | int, ...]


class Position(NamedTuple):
    """A position in a string."""

    line: int
    column: int
    offset: int


class Span(NamedTuple):
    """A range from `start` up to, but not including, `end`."""

    start: Position
    end: Position


class JsonFault(ValueError):
    """An error in JSON text, with a `message` and a `position`."""

    def __init__(self, message: str, position: Position) -> None:
        """Build the error's text from the message and position."""
        super().__init__(f"{message} at line {position.line} column {position.column}")
        self.message = message
        self.position = position


class Node:
    """A JSON value with its position.

    `members` has an object's members in order, including duplicates; `items` has a list's nodes. Both are empty for
    other values.
    """

    __slots__ = ("_by_key", "end", "items", "members", "start", "value")

    def __init__(self, value: Any, start: int, end: int = -1) -> None:
        """Start with an empty object or list, or with a complete value."""
        self.value = value
        self.start = start
        self.end = end
        self.items: list[Node] | tuple[()] = ()
        self.members: list[Member] | tuple[()] = ()
        self._by_key: dict[str, Member] | None = None

    def member(self, key: str) -> Member | None:
        """Return an object's member with this key (the last one if there are several), or None if there isn't one."""
        if self._by_key is None:
            self._by_key = {each.key: each for each in self.members}
        return self._by_key.get(key)


class Member(NamedTuple):
    """A member of an object: its key, the positions of the key's start and end, and its value."""

    key: str
    start: int
    end: int
    node: Node


class Positions:
    """The parsed value of JSON text, and the positions of its parts.

    A path is a tuple of keys and indexes, such as `("Statement", 0, "Action", 1)`; `()` is the whole document. If a key
    occurs twice, the last one applies, as in `value`.
    """

    def __init__(self, text: str, root: Node) -> None:
        """Store the text and its root node, which `positions` creates."""
        self.text = text
        self.root = root
        self._line_starts = _line_starts(text)

    @property
    def value(self) -> Any:
        """The value of the JSON text, as `json.loads` returns it."""
        return self.root.value

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1], offset)

    def span(self, path: Path) -> Span:
        """Return the span of the value at a path, including a string's quotes. Raises `KeyError` if there is none."""
        node = self._node(path)
        return Span(self.position(node.start), self.position(node.end))

    __getitem__ = span

    def key_span(self, path: Path) -> Span:
        """Return the span of the key at the end of a path.

        Raises `KeyError` if there is no such key, or if the path ends with an index.
        """
        holder = self._node(path[:-1])
        key = path[-1] if path else None
        member = holder.member(key) if isinstance(key, str) else None
        if member is None:
            raise KeyError(path)
        return Span(self.position(member.start), self.position(member.end))

    def __contains__(self, path: Path) -> bool:
        try:
            self._node(path)
        except KeyError:
            return False
        return True

    def _node(self, path: Path) -> Node:
        node = self.root
        for step in path:
            child: Node | None = None
            if isinstance(step, str):
                member = node.member(step)
                child = member.node if member else None
            elif 0 <= step < len(node.items):
                child = node.items[step]
            if child is None:
                raise KeyError(path)
            node = child
        return node

    def duplicates(self) -> Iterator[tuple[Path, Member]]:
        """Yield members whose key already occurred in the same object, with their paths."""
        waiting: list[tuple[Path, Node]] = [((), self.root)]
        while waiting:
            path, node = waiting.pop()
            seen: set[str] = set()
            for member in node.members:
                if member.key in seen:
                    yield (*path, member.key), member
                seen.add(member.key)
                waiting.append(((*path, member.key), member.node))
            waiting.extend(((*path, index), item) for index, item in enumerate(node.items) if _nests(item))


def _nests(node: Node) -> bool:
    return bool(node.members or node.items)


def _line_starts(text: str) -> list[int]:
    return [0, *(line_end.end() for line_end in _LINE_END.finditer(text))]


def positions(text: str) -> Positions:
    """Parse JSON text and record the positions of its parts. Raises `JsonFault` for invalid JSON.

    Only standard JSON is accepted: no NaN, and no control characters in strings. Nesting deeper than `MAX_DEPTH` is
    also rejected.
    """
    return Positions(text, _Reader(text).read())


class _Reader:
    """A parser without recursion: `_open` has the objects and lists that aren't closed yet."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[Node] = []

    def read(self) -> Node:
        """Read the whole text and return its root node."""
        node = self._value()
        while self._open:
            node = self._next()
        self._skip_space()
        if self._at < len(self._text):
            raise self._fault("there is text after the end of the document")
        return node

    def _next(self) -> Node:
        """Read the next step in the innermost open object or list; return the value that was read or closed."""
        holder = self._open[-1]
        is_list = isinstance(holder.value, list)
        closing = "]" if is_list else "}"
        self._skip_space()
        character = self._peek()
        if character == closing:
            self._at += 1
            return self._close()
        if holder.items or holder.members:
            if character != ",":
                raise self._fault(f'expected "," or "{closing}"')
            self._at += 1
            self._skip_space()
        return self._item(holder) if is_list else self._member(holder)

    def _item(self, holder: Node) -> Node:
        if not holder.items:
            holder.items = []
        node = self._value()
        holder.items.append(node)
        holder.value.append(node.value)
        return node

    def _member(self, holder: Node) -> Node:
        start = self._at
        if self._peek() != '"':
            raise self._fault("expected a key in double quotes")
        key = self._string()
        end = self._at
        self._skip_space()
        if self._peek() != ":":
            raise self._fault('expected ":" after the key')
        self._at += 1
        if not holder.members:
            holder.members = []
        node = self._value()
        holder.members.append(Member(key, start, end, node))
        holder.value[key] = node.value
        return node

    def _value(self) -> Node:
        self._skip_space()
        start, character = self._at, self._peek()
        if character == '"':
            value: Any = self._string()
        elif character == "{" or character == "[":
            return self._opened({} if character == "{" else [])
        else:
            value = self._literal()
        return Node(value, start, self._at)

    def _opened(self, value: Any) -> Node:
        if len(self._open) >= MAX_DEPTH:
            raise self._fault(f"nested deeper than {MAX_DEPTH} levels")
        node = Node(value, self._at)
        self._at += 1
        self._open.append(node)
        return node

    def _close(self) -> Node:
        node = self._open.pop()
        node.end = self._at
        return node

    def _string(self) -> str:
        try:
            value, self._at = scanstring(self._text, self._at + 1, True)
        except json.JSONDecodeError as error:
            self._at = min(error.pos, len(self._text))
            raise self._fault(
                "a string isn't closed, or contains a character that JSON doesn't allow"
            ) from None
        return str(value)

    def _literal(self) -> Any:
        literal = _LITERAL.match(self._text, self._at)
        if literal is None:
            raise self._fault(
                "expected a value" if self._at < len(self._text) else "the text ends unexpectedly"
            )
        word = literal.group()
        if word in _LITERALS:
            value = _LITERALS[word]
        elif len(word) > _LONGEST_NUMBER:
            raise self._fault("a number is too long")
        else:
            value = json.loads(word)
        self._at = literal.end()
        return value

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()

    def _fault(self, message: str) -> JsonFault:
        starts = _line_starts(self._text)
        line = bisect_right(starts, self._at)
        return JsonFault(message, Position(line, self._at - starts[line - 1], self._at))
