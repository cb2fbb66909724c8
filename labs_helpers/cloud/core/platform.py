"""What the place where this Python runs can do. A browser's Python (Pyodide) has no threads, processes or sockets.

Everything that depends on the place asks here, so that another place is another answer of these functions.
https://docs.python.org/3/library/intro.html#webassembly-platforms
"""

from __future__ import annotations

import hashlib
import sys
from importlib.util import find_spec
from typing import Any

from labs_helpers.cloud.core.errors import NotModelled


def in_a_browser() -> bool:
    """Whether this is a browser's Python: one thread, no other process, no socket, and no disk but the browser's."""
    return sys.platform == "emscripten"


def can_serve() -> bool:
    """Whether other programs can reach this one: it takes a socket to listen at, and a thread that does so."""
    return not in_a_browser()


def need_saml() -> None:
    """Raise NotModelled where no SAML document can be read or signed: the browser's edition has no lxml and signxml."""
    if find_spec("lxml") is None or find_spec("signxml") is None:
        raise NotModelled(
            "saml: SAML documents need lxml and signxml, which are left out here (docs/browser-alone.md)"
        )


def complete_hashlib() -> None:
    """Give `hashlib` the `pbkdf2_hmac` that it has where Python is built with OpenSSL, which a browser's is not.

    https://docs.python.org/3/library/hashlib.html#hashlib.pbkdf2_hmac
    """
    if not hasattr(hashlib, "pbkdf2_hmac"):
        setattr(hashlib, "pbkdf2_hmac", _pbkdf2_hmac)  # noqa: B010


def _pbkdf2_hmac(
    hash_name: str, password: bytes, salt: bytes, iterations: int, dklen: int | None = None
) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    algorithm: Any = getattr(hashes, hash_name.upper().replace("-", ""))()
    length = algorithm.digest_size if dklen is None else dklen
    made: bytes = PBKDF2HMAC(algorithm, length, bytes(salt), iterations).derive(bytes(password))
    return made
