"""The HTTP server on loopback, in a separate thread. Tornado reads requests and writes responses.

JupyterLab includes Tornado, so learners don't need to install another server. Tornado reads chunked bodies, answers
100-continue, passes on requests as they were sent and signed, and can hand over a connection for a CONNECT tunnel. WSGI
servers decode paths, join headers, and don't support CONNECT.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import queue
import re
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters, HTTP1ServerConnection
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.endpoint.admission import MAX_BODIES, MAX_BODY, Door, Refused, busy, too_large
from labs_helpers.cloud.endpoint.certificates import Certificates
from labs_helpers.cloud.endpoint.http_message import Sent, refusal

HEAD_TIME = 30.0
"""The number of seconds to wait for a request's head, and to keep an idle connection open."""
BODY_TIME = 60.0
"""The number of seconds to wait for a body."""
ANSWER_TIME = 60.0
"""The number of seconds to wait for a response, and then for the client to read it."""
MAX_HEAD = 64 * 1024
MAX_CONNECTIONS = 256
_READ_AT_MOST = 8 * 1024**3
"""The maximum number of bytes of a rejected body to read and discard, so that its sender reads the response."""
_TLS = 0x16
"""The first byte of a TLS handshake."""
_NOT_OURS = frozenset(("connection", "keep-alive", "transfer-encoding", "content-length"))
"""Response headers that belong to the connection."""

_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")

Handler = Callable[[Sent], Answer]
log = logging.getLogger("labs_helpers.endpoint")
_THREAD = "labs-endpoint"
# Tornado would print the errors of clients in the learner's notebook.
logging.getLogger("tornado.general").addFilter(lambda record: record.threadName != _THREAD)


class Server:
    """A server on loopback that runs until `stop`. `handler` answers requests, one at a time, in a separate thread.

    Raises `OSError` if the port is in use.
    """

    def __init__(self, handler: Handler, door: Callable[[int], Door], port: int = 0):
        self._handler = handler
        self._sockets = _listen(port)
        self.port: int = self._sockets[0].getsockname()[1]
        self.door = door(self.port)
        self.certificates = Certificates()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name=f"{_THREAD}-gate", daemon=True)
        self._connections: set[IOStream] = set()
        self._bodies = 0
        self._loop: asyncio.AbstractEventLoop = asyncio.SelectorEventLoop()  # not Windows' default loop
        self._thread = threading.Thread(target=self._run, name=_THREAD, daemon=True)
        self._parameters = HTTP1ConnectionParameters(
            max_header_size=MAX_HEAD,
            header_timeout=HEAD_TIME,
            max_body_size=_READ_AT_MOST,
            body_timeout=BODY_TIME,
        )
        _close_in_children(self._sockets)
        self._thread.start()
        self._worker.start()

    @property
    def running(self) -> bool:
        """True until the server is stopped."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Close every connection and stop listening on the port."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._calls.put(None)

    def _work(self) -> None:
        """Let the handler answer the calls, one after the other."""
        while (call := self._calls.get()) is not None:
            if call.waits:
                answer = self._handler(call.sent)
                with contextlib.suppress(RuntimeError):  # the loop is closed, so no client is waiting anymore
                    self._loop.call_soon_threadsafe(call.settle, answer)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            for listener in self._sockets:
                self._loop.create_task(self._accept(listener))
            self._loop.run_forever()
        finally:
            for listener in self._sockets:
                listener.close()
            for stream in list(self._connections):
                stream.close()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = await self._loop.sock_accept(listener)
            except OSError as error:  # the client has gone, or there are no more file descriptors
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    await asyncio.sleep(0.1)
                continue
            if len(self._connections) >= MAX_CONNECTIONS:
                connection.close()
                continue
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = IOStream(connection)
            self._connections.add(stream)
            self._loop.create_task(self._greet(stream))

    def forget(self, stream: IOStream) -> None:
        """Stop tracking a connection because it is closed or continues over TLS."""
        self._connections.discard(stream)

    async def _greet(self, stream: IOStream) -> None:
        """Serve TLS or plain HTTP, depending on the first byte of a connection."""
        try:
            first = await asyncio.wait_for(_peek(self._loop, stream.socket), HEAD_TIME)
        except (TimeoutError, OSError):
            first = b""
        if not first:
            stream.close()
            self.forget(stream)
        elif first[0] == _TLS:
            await self.secure(stream, self.certificates.own())
        else:
            self.serve(stream, "http")

    async def secure(self, stream: IOStream, context: ssl.SSLContext, tunnel: str | None = None) -> None:
        """Continue a connection over TLS. A client whose handshake fails is disconnected."""
        self.forget(stream)
        try:
            secured = await asyncio.wait_for(stream.start_tls(True, context), HEAD_TIME)
        except (TimeoutError, OSError, StreamClosedError) as error:
            log.debug("no TLS: %s", error)  # Tornado has closed the connection
            return
        except ValueError:  # the client sent plain data before the tunnel was open
            stream.close()
            return
        self._connections.add(secured)
        self.serve(secured, "https", tunnel)

    def serve(self, stream: IOStream, scheme: str, tunnel: str | None = None) -> None:
        """Read requests from a connection until it closes."""
        HTTP1ServerConnection(stream, self._parameters).start_serving(
            _Connection(self, stream, scheme, tunnel)
        )

    # For the exchanges

    def reserve(self, size: int) -> bool:
        """Reserve memory for `size` more bytes of bodies, until `release`.

        Return False if not enough memory is available.
        """
        if self._bodies + size > MAX_BODIES:
            return False
        self._bodies += size
        return True

    def release(self, size: int) -> None:
        """Free the memory that `reserve` reserved."""
        self._bodies -= size

    def ask(self, sent: Sent, deliver: Callable[[Answer], None]) -> None:
        """Have the handler answer a request.

        `deliver` is called once with the response, at the latest after `ANSWER_TIME`.
        """
        call = _Call(sent, deliver)
        call.timer = self._loop.call_later(ANSWER_TIME, call.give_up)
        self._calls.put(call)


class _Call:
    """A request that waits for its response."""

    def __init__(self, sent: Sent, deliver: Callable[[Answer], None]):
        self.sent, self._deliver = sent, deliver
        self.waits = True
        self.timer: asyncio.TimerHandle | None = None

    def settle(self, answer: Answer) -> None:
        """Pass on the response, unless the request already has one."""
        if self.waits:
            self.waits = False
            if self.timer is not None:
                self.timer.cancel()
            self._deliver(answer)

    def give_up(self) -> None:
        """Answer that the cloud is too slow."""
        self.settle(refusal(self.sent, 503, "ServiceUnavailable", "The cloud did not answer in time."))


def _listen(port: int) -> list[socket.socket]:
    """Return sockets on 127.0.0.1, and on ::1 if the port is free there, because `localhost` can be either.

    Raises `OSError` if the port is taken.
    """
    try:
        first = socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise OSError(error.errno, f"port {port} of 127.0.0.1: {error.strerror}") from error
    sockets = [first]
    with contextlib.suppress(OSError):
        sockets.append(
            socket.create_server(("::1", first.getsockname()[1]), family=socket.AF_INET6, backlog=128)
        )
    for each in sockets:
        each.setblocking(False)
    return sockets


_listening: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def _close_in_children(sockets: list[socket.socket]) -> None:
    """Close the sockets in forked children, which would keep the port open after their parent ends."""
    if not _listening and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_close_all)
    _listening.update(sockets)


def _close_all() -> None:
    for each in list(_listening):
        each.close()


async def _peek(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> bytes:
    readable = loop.create_future()
    number = connection.fileno()

    def ready() -> None:
        """Record that the connection is readable."""
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(number, ready)
    try:
        await readable
    finally:
        loop.remove_reader(number)
    return connection.recv(1, socket.MSG_PEEK)


class _Connection(HTTPServerConnectionDelegate):
    """A connection. Each request on it is an exchange. `tunnel` is the host that the connection was opened for."""

    def __init__(self, server: Server, stream: IOStream, scheme: str, tunnel: str | None):
        self.server, self.stream, self.scheme, self.tunnel = server, stream, scheme, tunnel

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """Return the delegate for a new request."""
        return _Exchange(self, request_conn)

    def on_close(self, server_conn: object) -> None:
        """Forget the closed connection."""
        self.server.forget(self.stream)


class _Exchange(HTTPMessageDelegate):
    """A request and its response."""

    def __init__(self, on: _Connection, http: HTTP1Connection):
        self._on, self._server, self._http = on, on.server, http
        self._body: list[bytes] = []
        self._size = 0
        self._answered = False
        self._head: Sent | None = None

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        """Check the head of a request, or open a tunnel."""
        if start_line.method == "CONNECT":
            return self._tunnel(start_line.path)
        self._head = self._sent(start_line, headers)
        try:
            self._check_way(self._head)
            self._server.door.admit(self._head)
        except Refused as why:
            self._refuse(why)
        return None

    def _sent(self, start_line: RequestStartLine, headers: HTTPHeaders) -> Sent:
        scheme, host, target = self._on.scheme, headers.get("Host") or "", start_line.path
        if not target.startswith("/"):  # clients send a proxy the whole URL
            parts = urlsplit(target)
            if parts.scheme in ("http", "https") and parts.netloc:
                scheme, host = parts.scheme, parts.netloc
                target = target[len(f"{scheme}://{host}") :] or "/"
                target = target if target.startswith("/") else f"/{target}"
            else:
                target = "/"
        return Sent(start_line.method, scheme, host, target, tuple(headers.get_all()))

    def _check_way(self, head: Sent) -> None:
        """Reject a request whose Host header, URL, and tunnel don't name the same host. Raises `Refused`."""
        named = dict(head.headers).get("Host", head.host)
        if named.lower() != head.host.lower():
            raise Refused(400, "InvalidRequest", "The Host header and the URL name different hosts.")
        tunnel = self._on.tunnel
        if tunnel is not None and head.host.lower().removesuffix(":443") != tunnel:
            raise Refused(
                421, "MisdirectedRequest", f"This tunnel leads to {tunnel}, not to {head.host[:80]!r}."
            )

    async def _tunnel(self, target: str) -> None:
        """Answer CONNECT: a client reaches an AWS host through its proxy setting, and this server is that host."""
        head = Sent("CONNECT", "https", target, "/", ())
        try:
            where = self._server.door.admit(head)
            if not where.host:
                raise Refused(421, "MisdirectedRequest", "There is no tunnel to the endpoint itself.")
        except Refused as why:
            # Clients show the reason phrase of a rejected tunnel, not the body.
            self._head = head
            self._write(Answer(403, {}, ""), last=True, reason=f"Forbidden: {why.message}")
            return
        stream = self._http.detach()
        with contextlib.suppress(StreamClosedError):
            await stream.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if stream.closed():
            return
        asyncio.get_running_loop().create_task(
            self._server.secure(stream, self._server.certificates.of(where.host), where.host)
        )

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body, within the limits."""
        if self._answered:
            return
        if self._size + len(chunk) > MAX_BODY:
            self._refuse(too_large())
        elif not self._server.reserve(len(chunk)):
            self._refuse(busy())
        else:
            self._size += len(chunk)
            self._body.append(chunk)

    def finish(self) -> None:
        """Pass the complete request on to the handler."""
        assert self._head is not None
        if self._answered:  # the body was read so that its sender reads the response, which is already sent
            self._http.finish()
            return
        head, body = self._head, b"".join(self._body)
        self._body.clear()
        sent = Sent(head.method, head.scheme, head.host, head.target, head.headers, body)
        self._server.ask(sent, self._answer)

    def _answer(self, answer: Answer) -> None:
        try:
            self._write(answer)
        except Exception:  # a bug here must not make the client wait forever
            log.exception("an answer that cannot be sent")
            self._on.stream.close()
        finally:
            self._release()

    def on_connection_close(self) -> None:
        """Free the memory of a request whose client has gone."""
        self._release()

    def _release(self) -> None:
        self._server.release(self._size)
        self._size = 0
        self._body.clear()

    def _refuse(self, why: Refused) -> None:
        assert self._head is not None
        self._release()
        answer = refusal(self._head, why.status, why.code, why.message)
        if "expect" in {name.lower() for name, _ in self._head.headers}:
            # The client waits for 100-continue and now sends no body: its next request would be read as the body.
            self._write(answer, last=True)
        else:
            self._write(answer, finished=False)

    def _write(
        self, answer: Answer, *, last: bool = False, finished: bool = True, reason: str | None = None
    ) -> None:
        """Send a response. `finished` is True if the request was read, and `last` if the connection then ends."""
        if self._answered or self._http.stream is None or self._http.stream.closed():
            return
        self._answered = True
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        headers = _headers(answer.headers)
        method = self._head.method if self._head else ""
        if method == "HEAD" or answer.status == 304:
            length = _given_length(answer.headers)
            body = b""
        else:
            length = str(len(body))
        if length is not None and answer.status != 204:
            headers["Content-Length"] = length
        if last:
            headers["Connection"] = "close"
        line = ResponseStartLine("HTTP/1.1", answer.status, reason or _reason(answer.status))
        written = self._http.write_headers(line, headers, body)
        if finished:
            self._http.finish()
        stream = self._on.stream
        if last or stream.writing():
            asyncio.get_running_loop().create_task(_taken(stream, written, last))


async def _taken(stream: IOStream, written: Any, last: bool) -> None:
    """Wait until the client has read the response and disconnect a client that doesn't."""
    try:
        await asyncio.wait_for(asyncio.shield(written), ANSWER_TIME)
    except (TimeoutError, StreamClosedError):
        stream.close()
    if last:
        stream.close()


class _AnswerHeaders(HTTPHeaders):
    """Headers with the names of an object's metadata in lowercase, as S3 sends them. Tornado capitalizes names.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
    """

    def get_all(self) -> Iterator[tuple[str, str]]:
        """Yield the headers as they are sent."""
        for name, value in super().get_all():
            yield name.lower() if name.startswith("X-Amz-Meta-") else name, value


def _headers(headers: Mapping[str, Any]) -> HTTPHeaders:
    """Return the response's headers; a list of values becomes several headers (Set-Cookie)."""
    result = _AnswerHeaders()
    for name, value in headers.items():
        if name.lower() in _NOT_OURS:
            continue
        for each in value if isinstance(value, list | tuple) else (value,):
            text = _CONTROL.sub(" ", each.decode("latin-1") if isinstance(each, bytes) else str(each))
            text = text.strip()
            result.add(name, text if text.isascii() else text.encode().decode("latin-1"))
    return result


def _given_length(headers: Mapping[str, Any]) -> str | None:
    return next((str(value) for name, value in headers.items() if name.lower() == "content-length"), None)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


__all__ = ["Handler", "Server"]
