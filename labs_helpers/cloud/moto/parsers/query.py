"""The query and ec2 protocols, whose parameters are in a form or in a URL's query string.

Unknown parameters are rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from botocore.model import Shape
from moto.core import parse
from moto.core.parse import UNDEFINED

from labs_helpers.cloud.moto.parsers import texts
from labs_helpers.cloud.moto.parsers.mistyped import NESTED, NUMBERED, OTHERS, TEXT, Mistyped, Unknown

Value = TypeVar("Value")
_OF_THE_PROTOCOL = frozenset({"Action", "Version", "ContentType"})
_SIGNATURE = ("x-amz-", "awsaccesskeyid", "signature", "expires")


class _Form(parse.QueryParser):
    rewritten: bytes | None = None
    """Always None: moto reads forms with this parser's base class, so it sees the same parameters."""

    def _do_parse(self, request_dict: Mapping[str, Any], shape: Any) -> dict[str, Any]:
        self.read: set[str] = set()
        values = request_dict["values"]
        parsed = super()._do_parse(request_dict, shape)
        if len(self.read) < len(values):
            for name in values:
                if name not in self.read and not _is_of_protocol(name):
                    self.refuse_unread(name, shape)
        return dict(parsed)

    def refuse_unread(self, name: str, shape: Any) -> None:
        """Reject a parameter that no member of the operation has read. Raises `Unknown`."""
        raise NotImplementedError

    def _default_handle(self, shape: Any, value: Any, prefix: str = "") -> Any:
        found = value.get(prefix, UNDEFINED)
        if found is UNDEFINED:
            return shape.metadata.get("default", UNDEFINED)
        self.read.add(prefix)
        return found

    def _parse_list(self, shape: Any, node: Any, prefix: str = "") -> Any:
        parsed = super()._parse_list(shape, node, prefix)
        if parsed == []:
            self.read.add(prefix)
        return parsed

    def _parse_map(self, shape: Any, node: Any, prefix: str = "") -> Any:
        parsed = super()._parse_map(shape, node, prefix)
        if parsed is not UNDEFINED and UNDEFINED in parsed.values():
            raise Mistyped("map", TEXT, prefix)
        return parsed

    def _parse_structure(self, shape: Any, node: Any, prefix: str = "") -> Any:
        parsed = super()._parse_structure(shape, node, prefix)
        if shape.is_tagged_union and parsed is not UNDEFINED and len(parsed) != 1:
            raise Mistyped("union of one member", OTHERS, prefix)
        return parsed

    def _as(self, read: Callable[[str], Value], shape: Any, node: Any, prefix: str) -> Value:
        value = self._default_handle(shape, node, prefix)
        if not isinstance(value, str):
            default: Value = value  # UNDEFINED for a missing parameter, or the model's default
            return default
        try:
            return read(value)
        except Mistyped as error:
            error.name = prefix
            raise

    def _parse_integer(self, shape: Shape, node: Any, prefix: str = "") -> int:
        return self._as(lambda text: texts.integer(text, shape), shape, node, prefix)

    def _parse_float(self, shape: Shape, node: Any, prefix: str = "") -> float:
        return self._as(lambda text: texts.number(text, shape), shape, node, prefix)

    def _parse_boolean(self, shape: Shape, node: Any, prefix: str = "") -> bool:
        return self._as(lambda text: texts.boolean(text.lower()), shape, node, prefix)

    def _parse_blob(self, shape: Shape, node: Any, prefix: str = "") -> bytes:
        return self._as(texts.blob, shape, node, prefix)

    def _parse_timestamp(self, shape: Shape, node: Any, prefix: str = "") -> datetime:
        return self._as(texts.timestamp, shape, node, prefix)

    _parse_double = _parse_float
    _parse_long = _parse_integer


class QueryParser(_Form):
    """A parser of the query protocol."""

    def refuse_unread(self, name: str, shape: Any) -> None:
        """Raise `Unknown` for a misplaced part of a known parameter. The query protocol ignores unknown parameters."""
        first, dot, rest = name.partition(".")
        known = {member.serialization.get("name", own): member for own, member in shape.members.items()}
        if dot and first in known:
            scalar = known[first].type_name not in ("structure", "list", "map")
            raise Unknown(name, NUMBERED if rest[:1].isdigit() else NESTED if scalar else TEXT)


class Ec2Parser(_Form, parse.EC2QueryParser):
    """A parser of the ec2 protocol."""

    def refuse_unread(self, name: str, shape: Any) -> None:
        """Raise `Unknown` for any unknown parameter."""
        raise Unknown(name)


def _is_of_protocol(name: str) -> bool:
    return name in _OF_THE_PROTOCOL or name.lower().startswith(_SIGNATURE)
