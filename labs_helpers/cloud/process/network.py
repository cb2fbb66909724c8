"""A guard against network access: while a cloud runs, sockets reach only this machine and names aren't resolved.

boto3 and `requests` never open a socket, because the gate answers their requests. This guard is for other network
access: by `urllib`, by a client that was created before the cloud, or by a library that phones home. It listens to
Python's audit events, which are raised whenever a socket is opened, even by `_socket` and `asyncio`.
https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any

from labs_helpers.cloud.core import platform
from labs_helpers.cloud.core.loopback import is_loopback


class NetworkRefused(OSError):
    """The error for an attempt to connect to another machine while the cloud runs."""


_WHY = (
    "is not on this machine. While the cloud runs, nothing leaves it; stop the cloud (cloud.stop()) to use the "
    "network."
)
_closed = False
_listening = False
_restore_browser: Callable[[], None] | None = None
"""A function that removes the guard from a browser's functions, or None if there isn't a guard."""


def close() -> None:
    """Reject connections, datagrams, and name lookups beyond loopback. `open_again` allows them again."""
    global _closed, _listening, _restore_browser
    _closed = True
    if platform.in_a_browser() and _restore_browser is None:
        from labs_helpers.cloud.process import browser_network

        _restore_browser = browser_network.close(_WHY)
    if not _listening:
        # Python can't remove an audit hook, so it stays, and does nothing while no cloud runs.
        sys.addaudithook(_audit)
        _listening = True


def open_again() -> None:
    """Allow the network access that `close` rejects."""
    global _closed, _restore_browser
    _closed = False
    if _restore_browser is not None:
        _restore_browser()
        _restore_browser = None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _closed or not event.startswith("socket."):
        return
    host_of = _HOSTS.get(event)
    if host_of is None:
        return
    host = host_of(*arguments)
    if not _stays_here(host):
        raise NetworkRefused(f"{host!r} {_WHY}")


def _peer(own: Any, address: Any = None) -> Any:
    if own.family not in (socket.AF_INET, socket.AF_INET6):
        return None  # Unix sockets and similar families have no host
    return address[0] if isinstance(address, tuple) and address else address


_HOSTS: dict[str, Callable[..., Any]] = {
    "socket.connect": _peer,
    "socket.sendto": _peer,
    "socket.sendmsg": _peer,
    "socket.getaddrinfo": lambda host, *_: host,
    "socket.gethostbyname": lambda host: host,
    "socket.gethostbyaddr": lambda host: host,
    "socket.getnameinfo": lambda address: address[0] if isinstance(address, tuple) and address else address,
}
"""Audit event → a function that returns the event's host, or None if it has no host."""


def _stays_here(host: Any) -> bool:
    if host is None or host in ("", b""):
        return True
    return is_loopback(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))
