"""The json and rest-json protocols."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core import parse

from labs_helpers.cloud.moto.parsers.head import Head
from labs_helpers.cloud.moto.parsers.json_values import JsonValues, decode, understood
from labs_helpers.cloud.moto.parsers.mistyped import STRUCTURE, Mistyped, token


class JsonParser(parse.JSONParser):
    """A parser for the json protocol, whose parameters are in a JSON body."""

    rewritten: bytes | None = None

    def parse(self, request_dict: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request's parameters.

        Raises `Mistyped` for a value of the wrong type, or `ValueError` if the body isn't JSON.
        """
        shape, body, values = self.operation_model.input_shape, decode(request_dict["body"]), JsonValues()
        if type(body) is not dict:
            raise Mistyped(STRUCTURE, token(body))
        parsed = values.structure(shape, body) if shape is not None else {}
        if shape is None or not values.exact:
            self.rewritten = json.dumps(understood(shape, body)).encode()
        return dict(parsed)


class RestJsonParser(Head, parse.RestJSONParser):
    """A parser for the rest-json protocol, whose parameters are in the path, the query, headers, and a JSON body."""

    rewritten: bytes | None = None

    def _initial_body_parse(self, body_contents: bytes) -> Any:
        return decode(body_contents)

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if self.in_head:
            return super()._parse_shape(shape, node)
        values = JsonValues()
        parsed = values.read(shape, node)
        if not values.exact:
            self.rewritten = json.dumps(understood(shape, node)).encode()
        return parsed
