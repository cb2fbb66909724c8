"""A guard against network access in Python children: their own sockets reach only this machine.

Python imports this module when it starts, because its folder is in PYTHONPATH (not with -I, -E, or -S). It doesn't
import anything from this package, because a child can be any Python, in any environment.
https://docs.python.org/3/library/site.html#module-sitecustomize
"""

import importlib
import ipaddress
import os
import sys
from typing import Any

_WHY = "is not on this machine. This program was started while a labs cloud was running, so nothing leaves the machine."


def _stays_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host == "":
        return True
    name = str(host).partition("%")[0].lower()
    try:
        return name == "localhost" or name.endswith(".localhost") or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _host(event: str, arguments: Any) -> object:
    """Return the host that an audit event is about, or None if it has none."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        own, address = arguments[0], arguments[1] if len(arguments) > 1 else None
        if own.family.name not in ("AF_INET", "AF_INET6"):
            return None
        return address[0] if isinstance(address, tuple) and address else address
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        return arguments[0]
    return None


def _audit(event: str, arguments: Any) -> None:
    if event.startswith("socket.") and not _stays_here(_host(event, arguments)):
        raise OSError(f"{_host(event, arguments)!r} {_WHY}")


def _next_of_its_name() -> None:
    """Import the sitecustomize that this one hides, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    before, own = list(sys.path), sys.modules.pop("sitecustomize", None)
    sys.path[:] = [each for each in before if os.path.abspath(each or ".") != here]
    try:
        importlib.import_module("sitecustomize")
    except ImportError:
        pass
    finally:
        sys.path[:] = before
        if own is not None:
            sys.modules["sitecustomize"] = own


if hasattr(sys, "addaudithook"):
    sys.addaudithook(_audit)
_next_of_its_name()
