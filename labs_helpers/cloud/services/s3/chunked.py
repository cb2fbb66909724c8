"""Decoding of uploads that are sent in chunks with trailing headers.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.cloud.core.errors import ServiceError


def content(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Return a body's content and its trailing headers by lowercase name. A plain body is returned unchanged.

    Raises `ServiceError` for a body that isn't a complete sequence of chunks.
    """
    if not headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return body, {}
    sent, rest = bytearray(), body
    while True:
        head, line, rest = rest.partition(b"\r\n")
        size = _size(head) if line else None
        if size is None or len(rest) < size:
            raise _incomplete()
        if size == 0:
            return bytes(sent), _trailers(rest)
        if rest[size : size + 2] != b"\r\n":
            raise _incomplete()
        sent += rest[:size]
        rest = rest[size + 2 :]


def _size(head: bytes) -> int | None:
    digits = head.partition(b";")[0]
    try:
        return int(digits, 16) if digits.isalnum() else None
    except ValueError:
        return None


def _trailers(rest: bytes) -> dict[str, str]:
    lines = [line.partition(":") for line in rest.decode("latin-1").split("\r\n")]
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _incomplete() -> ServiceError:
    return ServiceError("IncompleteBody", "The request body terminated unexpectedly", 400)
