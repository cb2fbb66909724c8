"""The parameters in the URL and headers of a REST request, which are parsed from strings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.model import Shape

from labs_helpers.cloud.moto.parsers import texts
from labs_helpers.cloud.moto.parsers.mistyped import LIST, Mistyped


class Head:
    """A mixin for moto's REST protocol parsers. It must be the first base class."""

    in_head = False
    """True while the URL and headers are being parsed, False for the body."""

    def _parse_non_payload_attrs(self, *arguments: Any) -> None:
        self.in_head = True
        try:
            super()._parse_non_payload_attrs(*arguments)  # type: ignore[misc]
        except Mistyped as error:
            error.head = True
            raise
        finally:
            self.in_head = False

    def _parse_string(self, shape: Shape, node: Any) -> str:
        return self.text(node, "String")

    def _parse_integer(self, shape: Shape, node: Any) -> int:
        return texts.integer(self.text(node, texts.NAMES[shape.type_name]), shape)

    def _parse_float(self, shape: Shape, node: Any) -> float:
        return texts.number(self.text(node, texts.NAMES[shape.type_name]), shape)

    def _parse_boolean(self, shape: Shape, node: Any) -> bool:
        return texts.boolean(self.text(node, "Boolean"))

    def _parse_blob(self, shape: Shape, node: Any) -> bytes:
        return texts.blob(self.text(node, "Blob"))

    def _parse_timestamp(self, shape: Shape, node: Any) -> datetime:
        return texts.timestamp(self.text(node, "Timestamp"))

    _parse_double = _parse_float
    _parse_long = _parse_integer
    _parse_character = _parse_string

    def text(self, node: Any, wanted: str) -> str:
        """Return the string value of a node. Raises `Mistyped` if it isn't a string."""
        if not isinstance(node, str):
            raise Mistyped(wanted, "null" if node is None else LIST)
        return node
