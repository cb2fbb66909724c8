"""The capabilities of the platform on which Python runs.

Python in a browser (Pyodide) has no threads, processes, or sockets. All platform-dependent code calls these functions,
so supporting another platform requires changes only in this module.
https://docs.python.org/3/library/intro.html#webassembly-platforms
"""

from __future__ import annotations

import hashlib
import sys
from typing import Any

from labs_helpers import extras
from labs_helpers.cloud.core.errors import NotModelled


def in_a_browser() -> bool:
    """Return whether Python runs in a browser: one thread and process, no sockets, and only the browser's storage."""
    return sys.platform == "emscripten"


def can_serve() -> bool:
    """Return whether other programs can connect to this program, which requires a listening socket and a thread."""
    return not in_a_browser()


def need_saml() -> None:
    """Raise `NotModelled` if SAML documents can't be read or signed.

    lxml and signxml are an extra of the package, and the edition that runs entirely in a browser lacks them.
    """
    if absent := extras.missing(extras.SAML):
        cure = (
            "left out here (docs/browser-alone.md)"
            if in_a_browser()
            else f"not installed. Run: {extras.advice(absent)}"
        )
        raise NotModelled(f"saml: SAML documents need lxml and signxml, which are {cure}")


def complete_hashlib() -> None:
    """Add `pbkdf2_hmac` to `hashlib` if Python was built without OpenSSL, as in a browser.

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
    key: bytes = PBKDF2HMAC(algorithm, length, bytes(salt), iterations).derive(bytes(password))
    return key
