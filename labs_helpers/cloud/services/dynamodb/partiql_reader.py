"""A reader of the values and paths in PartiQL statements that the parser has accepted.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.data-types.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

_CONSTANTS: Mapping[str, Mapping[str, Any]] = {
    "TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True},
}  # fmt: skip
Read = TypeVar("Read")


class Unmodelled(Exception):
    """The error for a part of a statement that isn't modeled. Its message names the part."""


class Reader:
    """The tokens of a statement, one after the other, with the parameters that they use."""

    def __init__(self, tokens: list[tuple[str, str]], parameters: Iterator[Any]) -> None:
        self.rest, self._parameters = tokens, parameters

    def sees(self, *wanted: str) -> bool:
        """Return whether the next token is one of these words or signs."""
        return bool(self.rest) and self.rest[0][0] in ("word", "sign") and self.rest[0][1].upper() in wanted

    def skip(self, *wanted: str) -> str | None:
        """Skip one of these words or signs and return it in uppercase.

        Return None if the next token is none of them.
        """
        return self.take()[1].upper() if self.sees(*wanted) else None

    def expect(self, wanted: str) -> None:
        """Skip a word or sign. Raises `Unmodelled` if the next token is a different one."""
        if self.skip(wanted) is None:
            raise Unmodelled(f"`{self.rest[0][1] if self.rest else ''}`")

    def take(self) -> tuple[str, str]:
        """Return the kind and text of the next token, and skip it."""
        first, *self.rest = self.rest or [("end", "")]
        return first

    def path(self) -> tuple[str | int, ...]:
        """Read a document path: attribute names, and numbers for the items of lists."""
        steps: list[str | int] = [self.take()[1].strip('"')]
        while sign := self.skip(".", "["):
            _, text = self.take()
            steps.append(int(text) if sign == "[" else text.strip('"'))
            if sign == "[":
                self.expect("]")
        return tuple(steps)

    def name(self) -> str:
        """Read an attribute's name. Raises `Unmodelled` for any other path."""
        path = self.path()
        if len(path) > 1:
            raise Unmodelled("paths to nested attributes")
        return str(path[0])

    def value(self) -> dict[str, Any]:
        """Read a literal, list, map, set, or parameter, and return it in DynamoDB's form, such as `{"S": "a"}`."""
        kind, token = self.take()
        if kind == "string":
            return {"S": _unquoted(token)}
        if kind == "number":
            return {"N": token}
        if kind == "word" and token.upper() in _CONSTANTS:
            return dict(_CONSTANTS[token.upper()])
        if token == "?":
            return dict(next(self._parameters, None) or {})
        if token == "[":
            return {"L": self.several("]", self.value)}
        if token == "{":
            return {"M": dict(self.several("}", self._pair))}
        if token == "<<":
            return _set(self.several(">>", self.value))
        raise Unmodelled("expressions")

    def several(self, end: str, read: Callable[[], Read]) -> list[Read]:
        """Read items separated by commas, up to the sign `end`."""
        items: list[Read] = []
        while self.skip(end) is None:
            if items:
                self.expect(",")
            items.append(read())
        return items

    def _pair(self) -> tuple[str, Any]:
        _, token = self.take()
        self.expect(":")
        return _unquoted(token), self.value()


def _unquoted(token: str) -> str:
    return token[1:-1].replace("''", "'")


def _set(items: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {kind for item in items for kind in item}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise Unmodelled("sets of several types")
    (kind,) = kinds
    return {f"{kind}S": [item[kind] for item in items]}
