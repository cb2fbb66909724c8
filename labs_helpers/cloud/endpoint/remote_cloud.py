"""The way of a process's AWS requests to the cloud of another process: as they were signed, to its endpoint."""

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
"""Seconds for an answer: more than the endpoint takes to give up."""
_OWN = frozenset(("host", "connection", "content-length", "transfer-encoding", "expect"))
"""Headers that belong to the way there."""


class CloudGone(ConnectionError):
    """The cloud that this process is attached to answers no more: its process has stopped it, or has ended."""


class Way:
    """Keeps a connection a thread. A forked child makes its own."""

    def __init__(self, host: str, port: int):
        self._host, self._port = host, port
        self._lines = threading.local()

    @property
    def origin(self) -> str:
        """Where the endpoint is."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def forward(self, prepared: AWSPreparedRequest) -> tuple[int, Mapping[str, Any], bytes]:
        """Take a request there: (status, headers, body). Raises `CloudGone`."""
        headers = {name: value for name, value in prepared.headers.items() if name.lower() not in _OWN}
        return self.ask(prepared.method, prepared.url, headers, request_body.read(prepared.body))

    def ask(
        self, method: str, url: str, headers: Mapping[str, Any], body: bytes
    ) -> tuple[int, dict[str, Any], bytes]:
        """One request with its whole URL, as to a proxy. Raises `CloudGone`."""
        whose, line = getattr(self._lines, "open", (None, None))
        if line is not None and whose == os.getpid():
            try:
                return _exchange(line, method, url, headers, body)
            except (ConnectionError, http.client.BadStatusLine):  # closed since, while it was idle
                line.close()
        line = http.client.HTTPConnection(self._host, self._port, timeout=_TIME)
        self._lines.open = (os.getpid(), line)
        try:
            return _exchange(line, method, url, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self._lines.open = (None, None)
            raise CloudGone(f"no cloud answers at {self.origin} any more: {error}") from error


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
