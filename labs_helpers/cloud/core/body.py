"""A request's body, as botocore and its users may give one."""

from __future__ import annotations

from typing import Any


def read(body: Any) -> bytes:
    """The bytes of a body: nothing, text, bytes, a file, or a stream of pieces. What is a file is read to its end."""
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    # Anything else is a stream of pieces; bytes(10**10) would be a number of zeros.
    return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else b"".join(body)
