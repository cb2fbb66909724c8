"""A writer of AWS Encryption SDK messages with one data key, wrapped by one KMS key, and an unframed body.

The format is version 1 without a signature, which every Encryption SDK can read (AES-256-GCM with HKDF-SHA-256).

https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping

_ALGORITHM = 0x0178
_VERSION, _TYPE, _WHOLE = 1, 0x80, 1
_NONCE = 12


def sealed(
    content: bytes, data_key: bytes, wrapped: bytes, key_arn: str, context: Mapping[str, str]
) -> bytes:
    """Return an encrypted message with this content.

    `data_key` is the plaintext data key, and `wrapped` is the data key encrypted under the KMS key `key_arn` with the
    encryption context `context`.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    identifier = os.urandom(16)
    header = (
        struct.pack(">BBH", _VERSION, _TYPE, _ALGORITHM) + identifier + _context(context) + struct.pack(">H", 1)
        + _sized(b"aws-kms") + _sized(key_arn.encode()) + _sized(wrapped)
        + struct.pack(">BIBI", _WHOLE, 0, _NONCE, 0)
    )  # fmt: skip
    cipher = AESGCM(_key(data_key, identifier))
    zero, nonce = bytes(_NONCE), os.urandom(_NONCE)
    proof = zero + cipher.encrypt(zero, b"", header)
    about = identifier + b"AWSKMSEncryptionClient Single Block" + struct.pack(">IQ", 1, len(content))
    body = nonce + struct.pack(">Q", len(content)) + cipher.encrypt(nonce, content, about)
    return bytes(header + proof + body)


def _key(data_key: bytes, identifier: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = struct.pack(">H", _ALGORITHM) + identifier
    return bytes(HKDF(hashes.SHA256(), 32, None, info).derive(data_key))


def _sized(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content


def _context(context: Mapping[str, str]) -> bytes:
    """Return the encryption context as sorted, counted pairs; an empty context is encoded only as a length of zero."""
    if not context:
        return struct.pack(">H", 0)
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    return _sized(
        struct.pack(">H", len(pairs)) + b"".join(_sized(name) + _sized(value) for name, value in pairs)
    )
