"""Calls to WSGI applications, for requests within the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from urllib3._collections import HTTPHeaderDict

from labs_helpers.cloud.core.answer import Answer

if TYPE_CHECKING:
    from flask import Flask

MOUNTED_AT = "x-labs-mounted-at"
"""The header that contains the path under which a server within the cloud serves an application."""


def answer(app: Flask, request: AWSPreparedRequest, data: dict[str, Any]) -> Answer:
    """Return an application's response. `data` is added to its environment. Repeated headers are preserved."""
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    parts = urlsplit(request.url)
    headers = [(name, _text(value)) for name, value in request.headers.items() if name.lower() != "host"]
    builder = EnvironBuilder(
        path=unquote(parts.path) or "/", query_string=parts.query, method=request.method, headers=headers,
        data=_body(request.body), base_url=f"{parts.scheme}://{parts.netloc}/",
    )  # fmt: skip
    environ = builder.get_environ()
    environ["SCRIPT_NAME"] = environ.pop("HTTP_X_LABS_MOUNTED_AT", "")
    environ |= data
    body, status, sent = run_wsgi_app(app, environ, buffered=True)
    answered = HTTPHeaderDict()
    for name, value in sent:
        answered.add(name, value)
    return Answer(int(status.split()[0]), answered, b"".join(body))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body)
