"""Nothing leaves the machine: while a cloud runs, sockets reach loopback addresses only.

boto3 and `requests` never open a socket, since the gate answers them. This guard is for everything else: `urllib`,
a client that was made before the cloud, a library that phones home.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from labs_helpers.core.loopback import is_loopback


class NetworkRefused(OSError):
    """A connection to somewhere else than this machine was tried while the cloud ran."""


_patched: dict[str, Any] = {}


def close() -> None:
    """Refuse connections and name look-ups beyond loopback. Undone by `open_again`."""
    if _patched:
        return
    _patched["getaddrinfo"] = socket.getaddrinfo
    socket.getaddrinfo = _guarded(_patched["getaddrinfo"], lambda host, *_: host)
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)
        _patched[name] = original
        setattr(socket.socket, name, _guarded(original, _peer))
    _patched["sendto"] = socket.socket.sendto
    socket.socket.sendto = _guarded(_patched["sendto"], lambda own, _, *rest: _peer(own, rest[-1]))  # type: ignore[method-assign]


def open_again() -> None:
    """Undo `close`."""
    if not _patched:
        return
    socket.getaddrinfo = _patched.pop("getaddrinfo")
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _patched.pop(name))


def _guarded(original: Callable[..., Any], host_of: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*arguments: Any, **named: Any) -> Any:
        host = host_of(*arguments) if arguments else named.get("host")
        if not _stays_here(host):
            raise NetworkRefused(
                f"{host!r} is not on this machine. While the cloud runs, nothing leaves it; stop the cloud "
                "(cloud.stop()) to use the network."
            )
        return original(*arguments, **named)

    return guarded


def _peer(own: socket.socket, address: Any) -> Any:
    if own.family not in (socket.AF_INET, socket.AF_INET6):
        return None  # Unix sockets and their like have no host.
    return address[0] if isinstance(address, tuple) and address else address


def _stays_here(host: Any) -> bool:
    if host is None or host in ("", b""):
        return True
    return is_loopback(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))
