"""Functions that encode untrusted strings without errors and compare them in constant time."""

from __future__ import annotations

import hmac


def utf8(text: str) -> bytes:
    """Encode a string as UTF-8.

    Lone surrogates, which JSON can contain, don't raise an error but are encoded as well.
    """
    return text.encode("utf-8", "surrogatepass")


def equal(one: str, other: str) -> bool:
    """Return True if two strings are equal, using a constant-time comparison."""
    return hmac.compare_digest(utf8(one), utf8(other))
