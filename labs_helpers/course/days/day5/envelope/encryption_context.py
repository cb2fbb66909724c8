"""The encoding of the encryption context.

The length of each name and value precedes it, so the encoding is unambiguous.
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html#header-aad
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.course.days.day5.envelope.errors import Malformed
from labs_helpers.course.days.day5.envelope.reader import Reader

PUBLIC_KEY = "aws-crypto-public-key"
"""The name under which a signed message's context contains the public key that verifies the message.

The context that a caller provides can't use this name.
"""
MOST = 0xFFFF


def encode(context: Mapping[str, str]) -> bytes:
    """Encode a context's pairs, sorted by the bytes of their names. An empty context is encoded as b"".

    Raises `ValueError` if the context, a name, or a value is too long.
    """
    if not context:
        return b""
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    encoded = len(pairs).to_bytes(2, "big") + b"".join(
        len(part).to_bytes(2, "big") + part for pair in pairs for part in pair if _fits(part)
    )
    _fits(encoded)
    return encoded


def decode(data: bytes) -> dict[str, str]:
    """Decode an encryption context. Raises `Malformed` for a repeated name or leftover bytes."""
    if not data:
        return {}
    reader = Reader(data, "encryption context")
    pairs: list[tuple[bytes, bytes]] = []
    for _ in range(reader.number(2)):
        pairs.append((reader.take(reader.number(2)), reader.take(reader.number(2))))
    reader.end()
    names = [name for name, _ in pairs]
    if not names or len(set(names)) < len(names):
        raise Malformed("the encryption context has no pairs, or the same name twice")
    try:
        return {name.decode(): value.decode() for name, value in pairs}
    except UnicodeDecodeError as error:
        raise Malformed("the encryption context is not UTF-8") from error


def _fits(part: bytes) -> bool:
    if len(part) > MOST:
        raise ValueError(f"an encryption context has at most {MOST} bytes, and so does each name and value")
    return True
