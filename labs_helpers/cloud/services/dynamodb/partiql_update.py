"""What PartiQL statements write: the item of an INSERT, and the attributes that an UPDATE sets, removes, and returns.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.services.dynamodb import partiql

_CONSTANTS: Mapping[str, Mapping[str, Any]] = {
    "TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True},
}  # fmt: skip


@dataclass(slots=True)
class Changes:
    """The changes of one UPDATE: values to set and attributes to remove, by name.

    `returning` is the item that the statement requests, such as "ALL NEW", or "".
    """

    sets: dict[str, Any] = field(default_factory=dict)
    removes: list[str] = field(default_factory=list)
    returning: str = ""

    def returned(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the item that the statement requests, in a list, or an empty list."""
        if not self.returning:
            return []
        which, age = self.returning.split()
        item = old if age == "OLD" else new
        changed = {*self.sets, *self.removes}
        return [{name: value for name, value in item.items() if which == "ALL" or name in changed}]


def changes(text: str, parameters: Sequence[Any]) -> Changes | None:
    """Return the changes of an UPDATE, or None if it has paths or expressions, which aren't modeled."""
    reader = _Reader(partiql.tokens(text)[2:], iter(parameters))
    found = Changes()
    try:
        while not reader.skip("WHERE"):
            if reader.skip("REMOVE"):
                found.removes.append(reader.name())
                continue
            if not reader.skip("SET") and not reader.skip(","):
                return None
            name = reader.name()
            reader.expect("=")
            found.sets[name] = reader.value()
    except _Unread:
        return None
    words = [token.upper() for kind, token in reader.rest if kind == "word"]
    found.returning = " ".join(words[words.index("RETURNING") + 1 :][:2]) if "RETURNING" in words else ""
    return found


def inserted(text: str, parameters: Sequence[Any]) -> dict[str, Any] | None:
    """Return the item of an INSERT, or None if it isn't a map of values."""
    tokens = partiql.tokens(text)
    begins = next(place for place, (_, token) in enumerate(tokens) if token == "{")
    try:
        item = _Reader(tokens[begins:], iter(parameters)).value()
    except _Unread:
        return None
    return dict(item["M"])


class _Unread(Exception):
    """Something that isn't a plain name or value."""


class _Reader:
    """The tokens of a statement, one after the other, with its parameters."""

    def __init__(self, tokens: list[tuple[str, str]], parameters: Any) -> None:
        self.rest, self._parameters = tokens, parameters

    def skip(self, wanted: str) -> bool:
        """Skip a word or sign, if it is next."""
        if not self.rest or self.rest[0][0] not in ("word", "sign") or self.rest[0][1].upper() != wanted:
            return False
        self.rest = self.rest[1:]
        return True

    def expect(self, wanted: str) -> None:
        """Skip a word or sign, which must be next."""
        if not self.skip(wanted):
            raise _Unread

    def _next(self) -> tuple[str, str]:
        if not self.rest:
            raise _Unread
        first, *self.rest = self.rest
        return first

    def name(self) -> str:
        """Read an attribute's name."""
        kind, token = self._next()
        if kind not in ("word", "quoted"):
            raise _Unread
        return token.strip('"')

    def value(self) -> Any:
        """Read a value: a literal, a list, a map, a set, or a parameter."""
        kind, token = self._next()
        if kind == "string":
            return {"S": token[1:-1].replace("''", "'")}
        if kind == "number":
            return {"N": token}
        if kind == "word" and token.upper() in _CONSTANTS:
            return dict(_CONSTANTS[token.upper()])
        if token == "?":
            return next(self._parameters, None) or self._unread()
        if token == "[":
            return {"L": self._items("]", self.value)}
        if token == "{":
            return {"M": dict(self._items("}", self._pair))}
        if token == "<<":
            items = self._items(">>", self.value)
            kinds = {kind for item in items for kind in item}
            if len(kinds) == 1 and kinds <= {"S", "N", "B"}:
                (kind,) = kinds
                return {f"{kind}S": [item[kind] for item in items]}
        return self._unread()

    def _unread(self) -> Any:
        raise _Unread

    def _pair(self) -> tuple[str, Any]:
        kind, token = self._next()
        if kind != "string":
            raise _Unread
        self.expect(":")
        return token[1:-1].replace("''", "'"), self.value()

    def _items(self, end: str, read: Any) -> list[Any]:
        items: list[Any] = []
        while not self.skip(end):
            if items:
                self.expect(",")
            items.append(read())
        return items
