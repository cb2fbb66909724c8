"""The rest-xml protocol. A document can contain only the elements in its schema, in the expected positions.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: MalformedXML
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from moto.core import parse

from labs_helpers.cloud.moto.parsers import texts
from labs_helpers.cloud.moto.parsers.head import Head
from labs_helpers.cloud.moto.parsers.mistyped import LIST, OTHERS, STRUCTURE, Mistyped

_PREFIX = re.compile(rb"<[\w.-]+:")
_NAMESPACE = re.compile("{(.*)}")
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


class RestXmlParser(Head, parse.RestXMLParser):
    """A parser for the rest-xml protocol, whose parameters are in the path, the query, headers, and an XML body."""

    rewritten: bytes | None = None
    _root: Any = None
    _exact = True

    def parse(self, request_dict: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request's parameters.

        Raises `Mistyped` for a value of the wrong type, or `ValueError` if the body isn't XML. OBSERVED in 2026: S3
        ignores the body of a GET request.
        """
        if request_dict["method"] in ("GET", "HEAD"):
            request_dict = {**request_dict, "body": b""}
        parsed = super().parse(request_dict)
        if not self._exact:
            self.rewritten = _plain(self._root)
        return dict(parsed)

    def _initial_body_parse(self, body_contents: bytes) -> Any:
        root = _document(body_contents) if body_contents else super()._initial_body_parse(body_contents)
        if body_contents:
            shape = self.operation_model.input_shape
            payload = shape.serialization.get("payload")
            named = (shape.members[payload] if payload else shape).serialization.get("name")
            if named is not None and self._node_tag(root) != named:
                raise Mistyped(named, "element")
            # moto reads a prefix as a part of the name, so a document with prefixes is rewritten.
            self._root, self._exact = root, _PREFIX.search(body_contents) is None
        return root

    def _parse_structure(self, shape: Any, node: Any) -> Any:
        if isinstance(node, list):
            raise Mistyped(STRUCTURE, LIST)
        parsed = super()._parse_structure(shape, node)
        known = {
            self._member_key_name(member, name)
            for name, member in shape.members.items()
            if "location" not in member.serialization
        }
        for child in node:
            if self._node_tag(child) not in known:
                raise Mistyped("known element", "element")
        if shape.is_tagged_union and len(parsed) != 1:
            raise Mistyped("union of one member", OTHERS)
        return parsed

    def _parse_list(self, shape: Any, node: Any) -> Any:
        if not self.in_head and not shape.serialization.get("flattened"):
            named = shape.member.serialization.get("name", "member")
            if isinstance(node, list) or any(self._node_tag(child) != named for child in node):
                raise Mistyped(LIST, "element")
        return super()._parse_list(shape, node)

    def _parse_boolean(self, shape: Any, node: Any) -> bool:
        """Return true or false. AWS's pages write TRUE as well.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
        """
        text = self.text(node, "Boolean")
        if not self.in_head and text.isupper():
            text = node.text = text.lower()
            self._exact = False
        return texts.boolean(text)

    def text(self, node: Any, wanted: str) -> str:
        """Return the text of an element or header. Raises `Mistyped` if the element has child elements."""
        if isinstance(node, ElementTree.Element):
            if len(node):
                raise Mistyped(wanted, STRUCTURE)
            # Spaces around a value aren't a part of it, except in a string.
            return node.text or "" if wanted == "String" else (node.text or "").strip(" \t\r\n")
        return super().text(node, wanted)


class _Builder(ElementTree.TreeBuilder):
    def doctype(self, *_: object) -> None:
        """Reject a document type, because its entities could expand without end. Raises `ValueError`."""
        raise ValueError("a document type isn't part of a request")


def _document(body: bytes) -> Any:
    """Return the root of an XML document in UTF-8. Raises `ValueError` for other encodings and for a document type."""
    if "\0" in body.decode():
        raise ValueError("the document is not in UTF-8")
    parser = ElementTree.XMLParser(target=_Builder(), encoding="utf-8")
    try:
        parser.feed(body)
        return parser.close()
    except ElementTree.ParseError as error:
        raise ValueError(f"no XML: {error}") from error


def _plain(root: Any) -> bytes:
    """Return the document without namespace prefixes."""
    for element in root.iter():
        element.tag = _NAMESPACE.sub("", element.tag)
        kind = element.attrib.pop(f"{{{_INSTANCE}}}type", None)
        if kind is not None:
            element.attrib |= {"xmlns:xsi": _INSTANCE, "xsi:type": kind}
    document: bytes = ElementTree.tostring(root, encoding="utf-8")
    return document
