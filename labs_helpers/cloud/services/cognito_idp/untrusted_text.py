"""Texts that came from outside: as bytes, whatever they hold, and compared in a time that tells nothing."""

from __future__ import annotations

import hmac


def utf8(text: str) -> bytes:
    """UTF-8, of lone surrogates as well: JSON can carry them, and they are no reason to fail."""
    return text.encode("utf-8", "surrogatepass")


def equal(one: str, other: str) -> bool:
    """Whether two texts are the same, in constant time."""
    return hmac.compare_digest(utf8(one), utf8(other))
