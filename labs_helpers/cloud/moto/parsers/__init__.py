"""Parsers that read parameters by the shapes of their operation and refuse values of another type.

moto's parsers read `"5"` and `true` as numbers, and "yes" as `false`; they drop unknown members, which moto's services
then read from the request themselves. Here a value must have the type of its member, and a request with more members
than the operation has is rewritten before moto receives it.
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
"""Protocol → parser, which is created for one request.

`parse` returns its parameters, or raises `Mistyped`, or Python's error for a text that cannot be read. `rewritten` is
the body without the unknown members, None if there are none.
"""

__all__ = ["PARSERS", "Mistyped"]
