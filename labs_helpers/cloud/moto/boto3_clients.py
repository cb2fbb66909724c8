"""Handling of boto3 requests while a cloud runs: each is answered instead of being sent, or rejected with a reason.

botocore passes a session's handlers to its clients when they are created. A client from a session that predates this
cloud, or belongs to another cloud, doesn't have this cloud's handler. Its requests would go to AWS with its keys, so
they are rejected.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.handlers import BUILTIN_HANDLERS
from botocore.httpsession import URLLib3Session

from labs_helpers.cloud.core.loopback import on_loopback

Process = Callable[[AWSPreparedRequest], tuple[int, Any, Any]]
_EVENT = "before-send"
_UNKNOWN_KEY = re.compile(
    b"InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClientException|AuthFailure|InvalidToken"
)
_running: Process | None = None
open_ports: dict[int, str] = {}
"""The ports of cloud endpoints on this machine, each with the path of its certificate authority file.

Clients are allowed to send requests to these ports (`endpoint_url`).
"""


class WrongTime(RuntimeError):
    """The error for a client that was created before the cloud started, or for a cloud that has since stopped."""


class _Answering:
    """The handler of clients that are created while a cloud runs."""

    def __init__(self, process: Process):
        self._process: Process | None = process

    def close(self) -> None:
        """Forget the cloud, which has stopped."""
        self._process = None

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        if _is_endpoint(request.url):
            return None
        status, headers, body = self._process(request) if self._process else _of_another_cloud(request)
        return AWSResponse(request.url, status, _joined(headers), _Raw(body))


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def __init__(self, body: str | bytes):
        super().__init__(body.encode() if isinstance(body, str) else body)

    def stream(self, amt: int | None = None, **_: Any) -> Iterator[bytes]:
        """Yield the body in pieces of `amt` bytes."""
        while piece := self.read(amt or -1):
            yield piece


@contextmanager
def answered(process: Process, stubber: Any) -> Iterator[None]:
    """Answer requests from boto3 clients with `process` within the block. `stubber` is moto's own handler."""
    global _running
    handler, own = _Answering(process), (_EVENT, stubber)
    at = BUILTIN_HANDLERS.index(own)
    enabled, processing, send = stubber.enabled, stubber.process_request, URLLib3Session.send
    BUILTIN_HANDLERS[at] = (_EVENT, handler)
    stubber.enabled, stubber.process_request = True, _refuse
    URLLib3Session.send = _guarded(send)
    _running = process
    try:
        yield
    finally:
        _running = None
        handler.close()
        URLLib3Session.send = send
        stubber.enabled, stubber.process_request = enabled, processing
        BUILTIN_HANDLERS[BUILTIN_HANDLERS.index((_EVENT, handler))] = own


def _of_another_cloud(request: AWSPreparedRequest) -> tuple[int, Any, Any]:
    """Answer a client of a cloud that has stopped; the client might have received keys of the running cloud.

    Raises `WrongTime` if no cloud is running, or if the running cloud doesn't know the keys.
    """
    if _running is not None:
        status, headers, body = _running(request)
        told = body if isinstance(body, bytes) else body.encode()
        if status < 400 or _UNKNOWN_KEY.search(told) is None:
            return status, headers, body
    raise WrongTime(
        "this boto3 client was created for a cloud that has stopped: create it again. It sends nothing to real AWS"
    )


def _guarded(send: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `send` that rejects clients without our handler.

    Such clients also lack moto's handler if moto was imported later.
    """

    def guarded(self: Any, request: AWSPreparedRequest) -> Any:
        """Send a request to an open endpoint, and reject any other."""
        return send(self, request) if _is_endpoint(request.url) else _refuse(request)

    return guarded


def _is_endpoint(url: str) -> bool:
    return bool(open_ports) and on_loopback(url) and urlsplit(url).port in open_ports


def _refuse(request: AWSPreparedRequest) -> Any:
    if _is_endpoint(request.url):
        return None
    raise WrongTime(
        "this boto3 client, or its session, was created before the cloud started: create it again, as in "
        'boto3.client("s3"). While the cloud runs, nothing goes to real AWS'
    )


def _joined(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in headers.items()
    }
