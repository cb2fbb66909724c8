"""Texts that only this cloud can read: page tokens and messages that carry their content with them.

AES-GCM: what was changed, made elsewhere, or made for another purpose or account does not open.
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
"""What a sealed text may unpack to, in bytes: a forged one opens not at all, and ours are far smaller."""
_keys: WeakKeyDictionary[Ids, AESGCM] = WeakKeyDictionary()


class NotOurs(ValueError):
    """The text was not sealed by this cloud, for this purpose and account."""


def seal(ids: Ids, purpose: str, account: str, content: Any) -> str:
    """Content (anything JSON can hold) as opaque text of letters, digits, `-` and `_`."""
    nonce = ids.random_bytes(_NONCE)
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode())
    sealed = _key(ids).encrypt(nonce, packed, _bound_to(purpose, account))
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def unseal(ids: Ids, purpose: str, account: str, text: str) -> Any:
    """What was sealed for that purpose and account. Raises `NotOurs` for anything else."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        packed = _key(ids).decrypt(raw[:_NONCE], raw[_NONCE:], _bound_to(purpose, account))
        return json.loads(zlib.decompressobj().decompress(packed, _MOST))
    except (InvalidTag, binascii.Error, ValueError, zlib.error) as error:
        raise NotOurs("not sealed by this cloud") from error


def _bound_to(purpose: str, account: str) -> bytes:
    return f"{purpose}\0{account}".encode()


def _key(ids: Ids) -> AESGCM:
    # A cloud that is reset gets new ids, and with them another key.
    key = _keys.get(ids)
    if key is None:
        key = _keys[ids] = AESGCM(ids.random_bytes(32))
    return key
