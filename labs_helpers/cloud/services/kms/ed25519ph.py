"""Ed25519ph (RFC 8032, section 5.1), which `cryptography` lacks: Ed25519 of a message that was hashed before.

https://www.rfc-editor.org/rfc/rfc8032#section-5.1. Not in constant time, as arithmetic on Python's integers is not:
it signs what a lesson signs, in the lesson's own process.
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_DOMAIN = b"SigEd25519 no Ed25519 collisions\x01\x00"

_Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(_DOMAIN + b"".join(parts)).digest(), "little") % _L


def _prehashed(message: bytes) -> bytes:
    return hashlib.sha512(message).digest()


def sign(seed: bytes, message: bytes) -> bytes:
    """The signature, 64 bytes, of a message by the private key of 32 bytes."""
    expanded = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(expanded[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    public, hashed = _encode(_times(scalar, _BASE)), _prehashed(message)
    nonce = _hash(expanded[32:], hashed)
    commitment = _encode(_times(nonce, _BASE))
    answer = (nonce + _hash(commitment, public, hashed) * scalar) % _L
    return commitment + answer.to_bytes(32, "little")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the private key to `public` signed the message."""
    if len(signature) != 64:
        return False
    key, commitment = _decode(public), _decode(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or answer >= _L:
        return False
    challenge = _hash(signature[:32], public, _prehashed(message))
    return _same(_times(answer, _BASE), _add(commitment, _times(challenge, key)))


def _add(p: _Point, q: _Point) -> _Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _same(p: _Point, q: _Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % _P == 0 and (p[1] * q[2] - q[1] * p[2]) % _P == 0


def _encode(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(encoded: bytes) -> _Point | None:
    y = int.from_bytes(encoded, "little")
    sign_bit, y = y >> 255, y & ((1 << 255) - 1)
    x = _x(y, sign_bit)
    return None if x is None else (x, y, 1, x * y % _P)


def _x(y: int, sign_bit: int) -> int | None:
    """The x coordinate that goes with y, None if no point of the curve has that y."""
    if y >= _P:
        return None
    squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(squared, (_P + 3) // 8, _P)
    if x * x % _P != squared:
        x = x * _ROOT % _P
    if x * x % _P != squared or (x == 0 and sign_bit):
        return None
    return _P - x if x & 1 != sign_bit else x


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = _x(_BASE_Y, 0)
assert _BASE_X is not None, "the base point of RFC 8032 is on the curve"
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)
