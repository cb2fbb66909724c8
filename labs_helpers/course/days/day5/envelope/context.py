"""The encryption context as bytes: each name and value with its length before it, so that nothing can run together.

https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html#header-aad
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.course.days.day5.envelope.errors import Malformed
from labs_helpers.course.days.day5.envelope.reader import Reader

PUBLIC_KEY = "aws-crypto-public-key"
"""Where a signed message's context holds the key that verifies it. No context of a caller's may use the name."""
MOST = 0xFFFF


def encode(context: Mapping[str, str]) -> bytes:
    """The pairs, sorted by the bytes of their names; empty for an empty context. Raises `ValueError`."""
    if not context:
        return b""
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    encoded = len(pairs).to_bytes(2, "big") + b"".join(
        len(part).to_bytes(2, "big") + part for pair in pairs for part in pair if _fits(part)
    )
    _fits(encoded)
    return encoded


def decode(data: bytes) -> dict[str, str]:
    """What `encode` was given. Raises `Malformed` for a name twice, and for what is left over."""
    if not data:
        return {}
    reader = Reader(data, "encryption context")
    pairs: list[tuple[bytes, bytes]] = []
    for _ in range(reader.number(2)):
        pairs.append((reader.take(reader.number(2)), reader.take(reader.number(2))))
    reader.end()
    names = [name for name, _ in pairs]
    if not names or len(set(names)) < len(names):
        raise Malformed("the encryption context has no pairs, or a name twice")
    try:
        return {name.decode(): value.decode() for name, value in pairs}
    except UnicodeDecodeError as error:
        raise Malformed("the encryption context is not UTF-8") from error


def _fits(part: bytes) -> bool:
    if len(part) > MOST:
        raise ValueError(f"an encryption context has {MOST} bytes at most, and each name and value as well")
    return True
