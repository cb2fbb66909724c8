"""Parsers that read parameters according to the operation's shapes and reject values of the wrong type.

moto's parsers read `"5"` and `true` as numbers, and "yes" as `false`; they drop unknown members, which moto's services
then read from the request themselves. Here, a value must have its member's type, and unknown members are removed from a
request before moto receives it.
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
"""Protocol → parser class. A parser is created for each request.

`parse` returns the request's parameters. It raises `Mistyped`, or Python's own error if the text can't be read.
`rewritten` is the body without unknown members, or None if there aren't any.
"""

__all__ = ["PARSERS", "Mistyped"]
