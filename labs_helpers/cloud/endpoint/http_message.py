"""An HTTP request as it was received, and error responses in the client's protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from labs_helpers.cloud.core.call import Answer

_ONCE = ("host", "authorization", "content-length", "content-type", "origin", "x-labs-token")
"""Headers that, like all x-amz- headers, can occur only once, because a second one could be read instead."""


class Malformed(ValueError):
    """The error for a request that can be interpreted in two ways, or that can't be interpreted."""


@dataclass(frozen=True)
class Sent:
    """An HTTP request as it was sent.

    `scheme` is "https" if the request was sent over TLS. `host` is its destination, with a port if the client sent a
    port. `target` is the path and query string, as sent. Header names are as sent. `body` doesn't include HTTP chunk
    framing.
    """

    method: str
    scheme: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(default=b"", repr=False)

    @property
    def url(self) -> str:
        """The URL that the request was sent to."""
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def path(self) -> str:
        """The URL's path, as sent."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The URL's query parameters."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @cached_property
    def named(self) -> dict[str, str]:
        """The headers by lowercase name. Raises `Malformed` if a header that can occur only once is repeated."""
        headers: dict[str, str] = {}
        for name, value in self.headers:
            key = name.lower()
            if key not in headers:
                headers[key] = value
            elif key in _ONCE or key.startswith("x-amz-"):
                raise Malformed(f"the header {key} appears twice")
            else:
                headers[key] += f"{'; ' if key == 'cookie' else ', '}{value}"
        return headers


def refusal(sent: Sent, status: int, code: str, message: str, protocol: str = "") -> Answer:
    """Return an error response in the form that the client expects, JSON or XML.

    `protocol` is the service's protocol in botocore's model, if it is known. A REST client's request without a body
    doesn't show which of the two formats the client reads.
    """
    headers: Mapping[str, Any]
    if _speaks_json(sent, protocol):
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
        return Answer(status, headers, json.dumps({"__type": code, "message": message, "Message": message}))
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    headers = {"Content-Type": "text/xml"}
    names = {name.lower() for name, _ in sent.headers}
    is_form = "x-www-form-urlencoded" in _content_type(sent) and "x-amz-content-sha256" not in names
    if is_form or "x-amz-account-id" in names:  # the query protocol, or S3 Control
        body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId/></ErrorResponse>"
    else:
        body = f"<Error>{error}</Error>"
    return Answer(status, headers, "" if sent.method == "HEAD" else body)


def _speaks_json(sent: Sent, protocol: str) -> bool:
    if protocol in ("json", "rest-json") and "x-www-form-urlencoded" not in _content_type(sent):
        return True
    names = {name.lower() for name, _ in sent.headers}
    return "json" in _content_type(sent) or "x-amz-target" in names


def _content_type(sent: Sent) -> str:
    return next((value.lower() for name, value in sent.headers if name.lower() == "content-type"), "")
