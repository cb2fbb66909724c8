"""Strings with encrypted data that only this cloud can read, such as page tokens and messages.

AES-GCM rejects a string that was changed, sealed by another cloud, or sealed for another purpose or account.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.cloud.core.ids import Ids

_NONCE = 12
_MOST = 1_000_000
"""The maximum content size in bytes after decompression. The cloud's own content is far smaller, and forged
strings aren't decompressed at all.
"""
_keys: WeakKeyDictionary[Ids, AESGCM] = WeakKeyDictionary()


class NotOurs(ValueError):
    """The error for a string that this cloud didn't seal for this purpose and account."""


def seal(ids: Ids, purpose: str, account: str, content: Any) -> str:
    """Encrypt content (any JSON-serializable value) and return an opaque string of letters, digits, `-`, and `_`."""
    nonce = ids.random_bytes(_NONCE)
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode())
    sealed = _key(ids).encrypt(nonce, packed, _bound_to(purpose, account))
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def unseal(ids: Ids, purpose: str, account: str, text: str) -> Any:
    """Return the content of a string that was sealed for this purpose and account.

    Raises `NotOurs` for any other string.
    """
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        packed = _key(ids).decrypt(raw[:_NONCE], raw[_NONCE:], _bound_to(purpose, account))
        return json.loads(zlib.decompressobj().decompress(packed, _MOST))
    except (InvalidTag, binascii.Error, ValueError, zlib.error) as error:
        raise NotOurs("not sealed by this cloud") from error


def _bound_to(purpose: str, account: str) -> bytes:
    return f"{purpose}\0{account}".encode()


def _key(ids: Ids) -> AESGCM:
    # After a reset the cloud has a new `Ids`, and so a new key.
    key = _keys.get(ids)
    if key is None:
        key = _keys[ids] = AESGCM(ids.random_bytes(32))
    return key
