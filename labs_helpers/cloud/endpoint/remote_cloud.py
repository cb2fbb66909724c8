"""Connections to another process's cloud, which send signed AWS requests unchanged to its endpoint."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core import request_body

_TIME = 90.0
"""Seconds to wait for a response, longer than the endpoint itself waits."""
_OWN = frozenset(("host", "connection", "content-length", "transfer-encoding", "expect"))
"""Headers that belong to one connection and aren't forwarded."""


class CloudGone(ConnectionError):
    """The error raised when the cloud that this process is attached to has stopped."""


class RemoteCloud:
    """Connections to an endpoint, one per thread. A forked child opens new connections."""

    def __init__(self, host: str, port: int):
        self._host, self._port = host, port
        self._lines = threading.local()

    @property
    def origin(self) -> str:
        """The endpoint's URL without the path."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def forward(self, prepared: AWSPreparedRequest) -> tuple[int, Mapping[str, Any], bytes]:
        """Send a request to the endpoint and return (status, headers, body).

        Raises `CloudGone` if the cloud has stopped.
        """
        headers = {name: value for name, value in prepared.headers.items() if name.lower() not in _OWN}
        return self.ask(prepared.method, prepared.url, headers, request_body.read(prepared.body))

    def ask(
        self, method: str, url: str, headers: Mapping[str, Any], body: bytes
    ) -> tuple[int, dict[str, Any], bytes]:
        """Send a request with its full URL, as to a proxy, and return (status, headers, body).

        Raises `CloudGone` if the cloud has stopped.
        """
        whose, line = getattr(self._lines, "open", (None, None))
        if line is not None and whose == os.getpid():
            try:
                return _exchange(line, method, url, headers, body)
            except (
                ConnectionError,
                http.client.BadStatusLine,
            ):  # the endpoint has closed the idle connection
                line.close()
        line = http.client.HTTPConnection(self._host, self._port, timeout=_TIME)
        self._lines.open = (os.getpid(), line)
        try:
            return _exchange(line, method, url, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self._lines.open = (None, None)
            raise CloudGone(f"no cloud answers at {self.origin} anymore: {error}") from error


def _exchange(
    line: http.client.HTTPConnection, method: str, url: str, headers: Mapping[str, Any], body: bytes
) -> tuple[int, dict[str, Any], bytes]:
    line.putrequest(method, url, skip_host=True, skip_accept_encoding=True)
    line.putheader("Host", urlsplit(url).netloc)
    for name, value in headers.items():
        line.putheader(name, value if isinstance(value, bytes) else str(value))
    if body or method in ("POST", "PUT", "PATCH"):
        line.putheader("Content-Length", str(len(body)))
    line.endheaders(body or None)
    answer = line.getresponse()
    given: dict[str, Any] = {}
    for name, value in answer.getheaders():
        before = given.get(name)
        given[name] = (
            value if before is None else [*(before if isinstance(before, list) else [before]), value]
        )
    return answer.status, given, answer.read()
