"""Ciphertexts of symmetric keys: a header that identifies the key and its material, then AES-256-GCM.

    format    1 byte, 1
    length    1 byte, of the key ID
    key       the key ID, ASCII
    material  32 bytes, the ID of the key material
    nonce     12 bytes
    rest      the ciphertext and its tag of 16 bytes

The additional authenticated data consists of the header and the encryption context. The encryption context is
encoded as the number of its pairs, followed by the pairs in order of their keys. Each key and each value is
preceded by its length. Two different contexts never have the same encoding, regardless of their content. AWS
documents that such a ciphertext identifies its key and authenticates the context, but doesn't document its
layout. https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = 1
_MATERIAL, _NONCE, _TAG = 32, 12, 16


class NotACiphertext(ValueError):
    """The error for data that isn't a ciphertext from this cloud, and for changed data or a wrong context."""


class Header(NamedTuple):
    """The key and key material that a ciphertext's header identifies. The header isn't authenticated yet."""

    key_id: str
    material_id: str
    length: int
    """The length of the header, in bytes."""


def read_header(blob: bytes) -> Header:
    """Return the header of a ciphertext, which identifies the key and key material.

    Raises `NotACiphertext` for other data.
    """
    if len(blob) < 2 or blob[0] != _FORMAT:
        raise NotACiphertext("unknown format")
    end = 2 + blob[1]
    if len(blob) < end + _MATERIAL + _NONCE + _TAG:
        raise NotACiphertext("too short")
    try:
        key_id = blob[2:end].decode("ascii")
    except UnicodeDecodeError as error:
        raise NotACiphertext("no key id") from error
    return Header(key_id, blob[end : end + _MATERIAL].hex(), end + _MATERIAL)


def encrypt(
    key_id: str, material_id: str, secret: bytes, plaintext: bytes, context: Mapping[str, str]
) -> bytes:
    """Return the ciphertext of `plaintext` under the key material `secret`, bound to the encryption context."""
    name = key_id.encode("ascii")
    header = bytes((_FORMAT, len(name))) + name + bytes.fromhex(material_id)
    nonce = os.urandom(_NONCE)
    encrypted: bytes = AESGCM(secret).encrypt(nonce, plaintext, _additional_data(header, context))
    return header + nonce + encrypted


def decrypt(blob: bytes, secret: bytes, context: Mapping[str, str]) -> bytes:
    """Return the plaintext.

    Raises `NotACiphertext` for another key's ciphertext, a changed ciphertext, or a different encryption context.
    """
    start = read_header(blob).length
    nonce, rest = blob[start : start + _NONCE], blob[start + _NONCE :]
    try:
        plaintext: bytes = AESGCM(secret).decrypt(nonce, rest, _additional_data(blob[:start], context))
    except InvalidTag as error:
        raise NotACiphertext("not authentic") from error
    return plaintext


def _additional_data(header: bytes, context: Mapping[str, str]) -> bytes:
    parts = [header, struct.pack(">I", len(context))]
    for name in sorted(context):
        for text in (name, context[name]):
            encoded = text.encode("utf-8", "surrogatepass")
            parts += (struct.pack(">I", len(encoded)), encoded)
    return b"".join(parts)
