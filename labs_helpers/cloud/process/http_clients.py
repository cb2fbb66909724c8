"""A socketless connection to the cloud for this process's HTTP clients other than boto3: requests, urllib, httpx.

PyJWT fetches its keys with urllib, and a sign-in without a browser uses requests or httpx. For `requests`, the function
that sends a request is replaced. For the other clients (including urllib3), the connection is replaced: they write the
request to a `Line`, which passes it to the gate, and read the response from the `Line`. Addresses on this machine don't
belong to the cloud, unless the cloud has a host at that address.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import requests.adapters
import urllib3
import urllib3.util.connection
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from s3transfer.futures import BoundedExecutor, NonThreadedExecutor

from labs_helpers.cloud.core import platform
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.loopback import is_loopback
from labs_helpers.cloud.moto import boto3_clients
from labs_helpers.cloud.process.network import NetworkRefused

Process = Callable[[AWSPreparedRequest], tuple[int, Mapping[str, Any], "str | bytes"]]

_NO_PROXY = ("NO_PROXY", "no_proxy")
"""Variables that make clients contact hosts directly, regardless of the learner's network proxy."""

_IN_A_BROWSER: list[tuple[Any, str, Any]] = [
    # boto3 transfers files (upload_file, download_file) in threads by default (use_threads=True).
    (BoundedExecutor, "EXECUTOR_CLS", NonThreadedExecutor),
]
"""The replacements used on a platform without threads."""


@contextmanager
def answered(process: Process, serves: Callable[[str], bool]) -> Iterator[None]:
    """Answer requests from these HTTP clients with `process` within the block.

    `serves` returns whether the cloud has a host.
    """
    lines = _lines(process, serves)
    places: list[tuple[Any, str, Any]] = [
        (requests.adapters.HTTPAdapter, "send", _sender(process, serves)),
        (socket, "create_connection", lines(socket.create_connection)),
        (urllib3.util.connection, "create_connection", lines(urllib3.util.connection.create_connection)),
        (ssl.SSLContext, "wrap_socket", _wrapping(ssl.SSLContext.wrap_socket)),
    ]
    if platform.in_a_browser():
        places += _IN_A_BROWSER
    before = [(where, name, getattr(where, name)) for where, name, _ in places]
    proxies = {name: os.environ.get(name) for name in _NO_PROXY}
    for where, name, function in places:
        setattr(where, name, function)
    os.environ.update(dict.fromkeys(_NO_PROXY, "*"))
    try:
        yield
    finally:
        for where, name, function in before:
            setattr(where, name, function)
        for name, value in proxies.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _sender(process: Process, serves: Callable[[str], bool]) -> Callable[..., requests.Response]:
    original = requests.adapters.HTTPAdapter.send

    def send(
        self: Any, request: requests.PreparedRequest, *arguments: Any, **named: Any
    ) -> requests.Response:
        """Send to this machine, or let the gate answer."""
        parts = urlsplit(request.url or "")
        host = parts.hostname or ""
        if is_loopback(host) and not serves(host):
            authority = boto3_clients.open_ports.get(parts.port or 0)
            if authority is not None and named.get("verify") is not False:
                named["verify"] = authority  # a presigned URL that the AWS CLI made in a cell
            return original(self, request, *arguments, **named)
        headers = HTTPHeaders()
        for name, value in request.headers.items():
            headers[name] = value
        assert request.method is not None
        prepared = AWSPreparedRequest(request.method, request.url, headers, request.body, False)
        answer: requests.Response = self.build_response(request, _raw(request.method, *process(prepared)))
        return answer

    return send


class _Original:
    """The part of a response in which `requests` looks for cookies."""

    def __init__(self, headers: Message):
        """Store the headers."""
        self.msg = headers

    def isclosed(self) -> bool:
        """Return True: there is no connection."""
        return True

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _raw(method: str, status: int, headers: Mapping[str, Any], body: str | bytes) -> urllib3.HTTPResponse:
    message, given = Message(), urllib3.HTTPHeaderDict()
    for name, value in pairs(headers):
        message[name] = value
        given.add(name, value)
    content = body.encode() if isinstance(body, str) else body
    return urllib3.HTTPResponse(
        io.BytesIO(content), given, status, reason=http.client.responses.get(status, ""), preload_content=False,
        decode_content=False, request_method=method, original_response=_Original(message),  # type: ignore[arg-type]
    )  # fmt: skip


def pairs(headers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a response's headers as (name, value) pairs. A list of values yields one pair per value (Set-Cookie)."""
    for name, value in headers.items():
        for each in value if isinstance(value, list | tuple) else (value,):
            yield name, each.decode("latin-1") if isinstance(each, bytes) else str(each)


def _lines(
    process: Process, serves: Callable[[str], bool]
) -> Callable[[Callable[..., socket.socket]], Callable[..., Any]]:
    def instead_of(original: Callable[..., socket.socket]) -> Callable[..., Any]:
        """Wrap a function that opens connections."""

        def create_connection(address: tuple[str, int], *arguments: Any, **named: Any) -> Any:
            """Return a `Line` for one of the cloud's hosts, or a connection for any other host."""
            if serves(address[0]):
                return Line(address, process)
            return original(address, *arguments, **named)

        return create_connection

    return instead_of


def _wrapping(original: Callable[..., Any]) -> Callable[..., Any]:
    def wrap_socket(self: ssl.SSLContext, sock: Any, *arguments: Any, **named: Any) -> Any:
        """Leave a `Line` unencrypted; wrap any other socket."""
        if isinstance(sock, Line):
            sock.scheme = "https"
            return sock
        return original(self, sock, *arguments, **named)

    return wrap_socket


class Line:
    """A substitute for a client's socket: the gate answers the request that is written to it."""

    def __init__(self, address: tuple[str, int], process: Process):
        """Prepare for one request to an address. `process` answers the request."""
        self._address, self._process = address, process
        self._written = bytearray()
        self._answer: io.BytesIO | None = None
        self.scheme = "http"

    # The methods of a socket that clients call

    def sendall(self, data: Any, *_: Any) -> None:
        """Store a chunk of the request."""
        self._written += data

    def send(self, data: Any, *_: Any) -> int:
        """Store a chunk of the request and return its length."""
        self._written += data
        return len(data)

    def recv(self, size: int, *_: Any) -> bytes:
        """Return up to `size` bytes of the response."""
        return self._read().read(size)

    def makefile(self, mode: str = "rb", *_: Any, **__: Any) -> io.BufferedIOBase:
        """Return the response as a file object for http.client to read."""
        return io.BufferedReader(_Answer(self._read))

    def settimeout(self, _: float | None) -> None:
        """Ignore the timeout, because the response is always available immediately."""

    def gettimeout(self) -> None:
        """Return None, because there is no timeout."""
        return None

    def setsockopt(self, *_: Any) -> None:
        """Ignore a socket option."""

    def fileno(self) -> int:
        """Return -1, because there is no file descriptor."""
        return -1

    def shutdown(self, _: int) -> None:
        """Do nothing, because there is no connection."""

    def close(self) -> None:
        """Do nothing, because there is no connection."""

    def getpeername(self) -> tuple[str, int]:
        """Return the address that the client connected to."""
        return self._address

    def getpeercert(self, *_: Any) -> dict[str, Any]:
        """Return a certificate that is valid for the host."""
        return {"subjectAltName": (("DNS", self._address[0]),)}

    # The response

    def _read(self) -> io.BytesIO:
        if self._answer is None:
            request = self._request(bytes(self._written))
            try:
                status, headers, body = self._process(request)
            except NotModelled as error:  # these clients understand only connection errors
                raise NetworkRefused(str(error)) from error
            self._answer = io.BytesIO(_as_sent(status, headers, body, head=request.method == "HEAD"))
        return self._answer

    def _request(self, written: bytes) -> AWSPreparedRequest:
        head, _, body = written.partition(b"\r\n\r\n")
        line, _, fields = head.partition(b"\r\n")
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = HTTPHeaders()
        for name, value in http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n")).items():
            headers[name] = value
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = _unchunked(body)
            del headers["transfer-encoding"]
        host, port = self._address
        authority = host if port in (80, 443) else f"{host}:{port}"
        return AWSPreparedRequest(method, f"{self.scheme}://{authority}{target}", headers, body, False)


class _Answer(io.RawIOBase):
    """A response that is requested when it is first read."""

    def __init__(self, read: Callable[[], io.BytesIO]):
        """Store the function that requests the response."""
        self._whole = read

    def readable(self) -> bool:
        """Return True: the response can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` from the response; return the number of bytes."""
        return self._whole().readinto(buffer)


def _unchunked(body: bytes) -> bytes:
    content, stream = b"", io.BytesIO(body)
    while size := int(stream.readline().split(b";")[0], 16):
        content += stream.read(size)
        stream.readline()
    return content


def _as_sent(status: int, headers: Mapping[str, Any], body: str | bytes, head: bool) -> bytes:
    """Return the response as it would arrive over a connection that closes afterward."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Unknown')}"]
    own = ("connection", "transfer-encoding", "keep-alive") + (() if head else ("content-length",))
    lines += [f"{name}: {value}" for name, value in pairs(headers) if name.lower() not in own]
    lines += ["Connection: close"] + ([] if head else [f"Content-Length: {len(content)}"])
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + (b"" if head else content)
