"""The values in a JSON body, parsed according to the operation's shapes. Values of the wrong type are rejected.

AWS's services ignore unknown members and treat null as a missing member.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NoReturn

from botocore.model import ListShape, MapShape, Shape, StructureShape

from labs_helpers.cloud.moto.parsers import texts
from labs_helpers.cloud.moto.parsers.mistyped import LIST, OTHERS, STRUCTURE, Mistyped, token

_EPOCH = datetime(1970, 1, 1)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def decode(body: bytes) -> Any:
    """Return the value of a UTF-8 JSON body, or {} for an empty body. Raises `ValueError` or `RecursionError`."""
    if not body:
        return {}
    return _DECODER.decode(body.decode())


class JsonValues:
    """A parser of JSON values by shape.

    After parsing, `exact` is False if any part of the value was omitted or changed.
    """

    def __init__(self) -> None:
        self.exact = True

    def read(self, shape: Shape, value: Any) -> Any:
        """Return the value as a parameter: bytes for a blob, a naive UTC datetime for a time.

        Raises `Mistyped` for the wrong type.
        """
        return _READERS[shape.type_name](self, shape, value)

    def structure(self, shape: StructureShape, value: Any) -> Any:
        """Return a structure's known members by model name. Raises `Mistyped` if the value isn't an object."""
        if shape.is_document_type:
            return value
        if type(value) is not dict:
            raise Mistyped(STRUCTURE, token(value))
        members, parsed = members_of(shape), {}
        for name, inner in value.items():
            if inner is None or name not in members:
                self.exact = False
                continue
            member, of = members[name]
            parsed[member] = _READERS[of.type_name](self, of, inner)
        if shape.is_tagged_union and len(parsed) != 1:
            raise Mistyped("union of one member", OTHERS)
        return parsed

    def list(self, shape: ListShape, value: Any) -> Any:
        """Return a list with every member parsed. Raises `Mistyped` if the value isn't a list."""
        if type(value) is not list:
            raise Mistyped(LIST, token(value))
        member = shape.member
        reader = _READERS[member.type_name]
        return [reader(self, member, each) for each in value]

    def map(self, shape: MapShape, value: Any) -> Any:
        """Return a map with every value parsed. Raises `Mistyped` if the value isn't an object."""
        if type(value) is not dict:
            raise Mistyped("map", token(value))
        of = shape.value
        reader = _READERS[of.type_name]
        return {name: reader(self, of, inner) for name, inner in value.items()}

    def string(self, shape: Shape, value: Any) -> str:
        """Return a string. Raises `Mistyped` if the value isn't a string."""
        if type(value) is not str:
            raise Mistyped("String", token(value))
        return value

    def boolean(self, shape: Shape, value: Any) -> bool:
        """Return true or false. Raises `Mistyped` for any other value."""
        if value is not True and value is not False:
            raise Mistyped("Boolean", token(value))
        return value

    def integer(self, shape: Shape, value: Any) -> int:
        """Return an integer that fits in the shape's 32 or 64 bits; 5.0 is accepted as 5.

        Raises `Mistyped` for any other value.
        """
        if type(value) is float and value.is_integer():
            value, self.exact = int(value), False
        if type(value) is not int or not texts.in_range(value, shape):
            raise Mistyped(texts.NAMES[shape.type_name], token(value))
        return value

    def number(self, shape: Shape, value: Any) -> float:
        """Return a finite number. Raises `Mistyped` if the value isn't a finite number."""
        if type(value) not in (int, float):
            raise Mistyped(texts.NAMES[shape.type_name], token(value))
        return _finite(shape, value)

    def blob(self, shape: Shape, value: Any) -> bytes:
        """Return the decoded bytes of a base64 string.

        Raises `Mistyped` if the value isn't a string, or `ValueError` if it isn't valid base64.
        """
        if type(value) is not str:
            raise Mistyped("Blob", token(value))
        return base64.b64decode(value, validate=True)

    def timestamp(self, shape: Shape, value: Any) -> datetime:
        """Return a naive UTC datetime, from seconds since 1970 or the shape's own format.

        Raises `Mistyped` if the value isn't a time.
        """
        written = shape.serialization.get("timestampFormat", "unixTimestamp")
        if written.lower() != "unixtimestamp":
            return texts.timestamp(self.string(shape, value))
        if type(value) not in (int, float):
            raise Mistyped("Timestamp", token(value))
        try:
            return _EPOCH + timedelta(seconds=_finite(shape, value))
        except OverflowError as error:
            raise Mistyped("time from year 1 to 9999", token(value)) from error


_READERS: dict[str, Callable[[JsonValues, Any, Any], Any]] = {
    "structure": JsonValues.structure, "list": JsonValues.list, "map": JsonValues.map, "string": JsonValues.string,
    "character": JsonValues.string, "boolean": JsonValues.boolean, "integer": JsonValues.integer,
    "long": JsonValues.integer, "float": JsonValues.number, "double": JsonValues.number, "blob": JsonValues.blob,
    "timestamp": JsonValues.timestamp,
}  # fmt: skip


def _finite(shape: Shape, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Mistyped(shape.type_name, token(value))
    return number


@cache
def members_of(shape: StructureShape) -> Mapping[str, tuple[str, Shape]]:
    """Return the members that a structure has in a JSON body, by name.

    Members in the path, query, or headers are excluded.
    """
    return {
        member.serialization.get("name", name): (name, member)
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }


def understood(shape: Shape | None, value: Any) -> Any:
    """Return a parsed value without its unknown members."""
    if shape is None:
        return {}
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        members = members_of(shape)
        return {
            name: understood(members[name][1], inner)
            for name, inner in value.items()
            if inner is not None and name in members
        }
    if isinstance(shape, ListShape):
        return [understood(shape.member, each) for each in value]
    if isinstance(shape, MapShape):
        return {name: understood(shape.value, inner) for name, inner in value.items()}
    return int(value) if shape.type_name in ("integer", "long") else value
