"""Parameters are read by the shapes of their operation: what is of another type is refused, never taken for its like.

moto's parsers make a number of `"5"` and of `true`, and `false` of "yes"; they drop what they do not know, and moto's
services, which read the request once more for themselves, do not. Here a value has the type of its place or nothing is
read, and a request in which there is more than was understood is written anew before moto gets it.
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html, aws-query-protocol.html, aws-restxml-protocol.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.moto.parsers.mistyped import Mistyped
from labs_helpers.cloud.moto.parsers.query import Ec2Parser, QueryParser
from labs_helpers.cloud.moto.parsers.rest_json import JsonParser, RestJsonParser
from labs_helpers.cloud.moto.parsers.rest_xml import RestXmlParser

PARSERS: dict[str, Any] = {
    "ec2": Ec2Parser,
    "json": JsonParser,
    "query": QueryParser,
    "rest-json": RestJsonParser,
    "rest-xml": RestXmlParser,
}
"""By protocol. A parser is of one request: `parse` gives its parameters, or raises `Mistyped` or what Python raises for
an unreadable text; `rewritten` is the body without what was not understood, None if there was no such thing."""

__all__ = ["PARSERS", "Mistyped"]
