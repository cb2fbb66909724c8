"""A request's body, in every form that botocore accepts."""

from __future__ import annotations

from typing import Any


def read(body: Any) -> bytes:
    """Return the bytes of a body: None, a string, bytes, a file (read to its end), or an iterable of chunks."""
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    # Anything else is a stream of pieces. bytes() isn't called on it, because bytes(10**10) allocates that many zeros.
    return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else b"".join(body)
