"""Parsers that read parameters according to the operation's shapes and reject values of the wrong type.

moto's parsers read `"5"` and `true` as numbers, and "yes" as `false`. They drop unknown members, but moto's services
then read these members from the request. With these parsers, a value must have its member's type, and unknown members
are removed from a request before moto receives it.
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
"""Parser classes by protocol. A parser is created for each request.

`parse` returns the request's parameters. It raises `Mistyped`, or one of Python's errors if the body can't be parsed.
`rewritten` is the body without its unknown members, or None if it has no unknown members.
"""

__all__ = ["PARSERS", "Mistyped"]
