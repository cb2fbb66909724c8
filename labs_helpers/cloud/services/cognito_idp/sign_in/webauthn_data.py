"""WebAuthn data formats: CBOR, attested credentials, public keys in COSE, assertion signatures.

https://www.w3.org/TR/webauthn-3/, RFC 8949 and RFC 9052, as far as they are needed for passkeys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

ALGORITHMS = (-7, -257, -8)
"""The supported algorithms, ES256, RS256, and EdDSA: https://www.iana.org/assignments/cose"""
_DEEPEST = 8
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class Unreadable(Exception):
    """The error for data that doesn't have the expected format."""


@dataclass(frozen=True, slots=True)
class AuthenticatorData:
    """An authenticator's statement.

    It contains the relying party, and whether the user was present and was verified.
    """

    relying_party_hash: bytes
    present: bool
    verified: bool
    sign_count: int
    credential_id: bytes | None = None
    key: dict[Any, Any] | None = None

    def is_for(self, relying_party: str) -> bool:
        """Return True if the statement is for the given relying party."""
        return self.relying_party_hash == hashlib.sha256(relying_party.encode()).digest()


def decode64(text: object) -> bytes:
    """Decode base64url without padding. Raises `Unreadable` for any other text."""
    if not isinstance(text, str):
        raise Unreadable("no text")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise Unreadable("no base64url") from wrong


def encode64(data: bytes) -> str:
    """Encode bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cbor(data: bytes) -> Any:
    """Return the first value in CBOR data. Any bytes after it are ignored. Raises `Unreadable` for malformed data."""
    return _Reader(data).value(0)


class _Reader:
    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def _take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise Unreadable("CBOR ends early")
        taken, self._at = self._data[self._at : end], end
        return taken

    def _argument(self, short: int) -> int:
        if short < 24:
            return short
        if short > 27:
            raise Unreadable("CBOR of indefinite length")
        return int.from_bytes(self._take(1 << (short - 24)), "big")

    def value(self, depth: int) -> Any:
        """Return the value at the reader's position. Raises `Unreadable` for malformed data."""
        if depth > _DEEPEST:
            raise Unreadable("CBOR is nested too deep")
        first = self._take(1)[0]
        kind, short = first >> 5, first & 0x1F
        if kind == 7:
            simple = {20: False, 21: True, 22: None}
            if short not in simple:
                raise Unreadable("CBOR of an unknown simple value")
            return simple[short]
        number = self._argument(short)
        match kind:
            case 0:
                return number
            case 1:
                return -1 - number
            case 2:
                return self._take(number)
            case 3:
                return self._take(number).decode("utf-8", "replace")
            case 4:
                return [self.value(depth + 1) for _ in range(min(number, len(self._data)))]
            case 5:
                return self._map(min(number, len(self._data)), depth)
        raise Unreadable("CBOR with tags")

    def _map(self, size: int, depth: int) -> dict[Any, Any]:
        found = {}
        for _ in range(size):
            key = self.value(depth + 1)
            if not isinstance(key, int | str):
                raise Unreadable("CBOR map with a key that is neither number nor text")
            found[key] = self.value(depth + 1)
        return found


def authenticator_data(data: bytes) -> AuthenticatorData:
    """Parse authenticator data. Raises `Unreadable` if the data is malformed."""
    if len(data) < 37:
        raise Unreadable("authenticator data is too short")
    flags, count = data[32], int.from_bytes(data[33:37], "big")
    found = AuthenticatorData(data[:32], bool(flags & _PRESENT), bool(flags & _VERIFIED), count)
    if not flags & _ATTESTED:
        return found
    length = int.from_bytes(data[53:55], "big")
    identifier, key = data[55 : 55 + length], cbor(data[55 + length :])
    if len(identifier) != length or not length or not isinstance(key, dict):
        raise Unreadable("no attested credential")
    return AuthenticatorData(data[:32], found.present, found.verified, count, identifier, key)


def public_key(cose: dict[Any, Any]) -> Any:
    """Return the public key in a COSE key, for `is_signed_by`. Raises `Unreadable` for an unsupported key type."""
    try:
        match cose.get(3):
            case -7 if cose[1] == 2 and cose[-1] == 1:
                numbers = ec.EllipticCurvePublicNumbers(_int(cose[-2]), _int(cose[-3]), ec.SECP256R1())
                return numbers.public_key()
            case -257 if cose[1] == 3:
                return rsa.RSAPublicNumbers(_int(cose[-2]), _int(cose[-1])).public_key()
            case -8 if cose[1] == 1 and cose[-1] == 6:
                return ed25519.Ed25519PublicKey.from_public_bytes(cose[-2])
    except (KeyError, TypeError, ValueError) as wrong:
        raise Unreadable("an invalid public key") from wrong
    raise Unreadable("a public key of an unsupported algorithm")


def _int(data: bytes) -> int:
    return int.from_bytes(data, "big")


def is_signed_by(key: Any, signature: bytes, authenticator: bytes, client_data: bytes) -> bool:
    """Return True if an assertion's signature is valid for the key."""
    message = authenticator + hashlib.sha256(client_data).digest()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
