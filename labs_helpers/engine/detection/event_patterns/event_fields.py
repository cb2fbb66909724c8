"""JSON for events and patterns: numbers keep their text, and an event is a list of fields with their paths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, NoReturn


class Unreadable(ValueError):
    """The error for text that isn't JSON. The message contains the reason and the position."""


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number with its original text, because account numbers are matched as text."""

    text: str

    @property
    def value(self) -> Decimal:
        """The numeric value."""
        return Decimal(self.text)


Value = str | Number | bool | None
"""The value of a field in an event."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field in an event: its path (`detail.state`), its value, and its position in each array that contains it."""

    path: str
    value: Value
    elements: Mapping[int, int]


def read(text: str) -> Any:
    """Parse JSON text. Numbers are returned as `Number`. Raises `Unreadable` for text that isn't JSON."""
    try:
        found = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_no_constant)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    except RecursionError as error:
        raise Unreadable(_TOO_DEEP) from error
    if text.count("[") + text.count("{") > _DEEPEST and _is_deeper(found, _DEEPEST):
        raise Unreadable(_TOO_DEEP)
    return found


_DEEPEST = 200
_TOO_DEEP = f"Document nesting depth exceeds the maximum allowed ({_DEEPEST})"


def _is_deeper(value: Any, levels: int) -> bool:
    """Return True if objects and arrays are nested more than `levels` deep."""
    found = [value] if isinstance(value, Mapping | list) else []
    for _ in range(levels + 1):
        found = [
            inner
            for each in found
            for inner in (each.values() if isinstance(each, Mapping) else each)
            if isinstance(inner, Mapping | list)
        ]
        if not found:
            return False
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"Unrecognized token '{name}'")


def fields(event: Mapping[str, Any]) -> list[Field]:
    """Return the fields of an event that was parsed with `read`. Objects in arrays have the array's path."""
    return list(_fields("", event, {}, count()))


def _fields(path: str, value: Any, elements: Mapping[int, int], arrays: Iterator[int]) -> Iterator[Field]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _fields(f"{path}.{name}" if path else name, inner, elements, arrays)
    elif isinstance(value, list):
        array = next(arrays)
        for index, inner in enumerate(value):
            yield from _fields(path, inner, {**elements, array: index}, arrays)
    else:
        yield Field(path, value, elements)
