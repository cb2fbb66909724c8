"""The cases of exercise 5.8: public keys as GetParametersForImport returns them, and key material of any length.

https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from labs_helpers.course.grading.kinds.function import Case

_NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)


class _AnyWrapping:
    """Equal to every wrapping of a given key material that one private key can unwrap."""

    def __init__(self, private: rsa.RSAPrivateKey, material: bytes) -> None:
        self._private, self._material = private, material

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, wrapped: object) -> bool:
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        try:
            opened = self._private.decrypt(bytes(wrapped), oaep)  # type: ignore[call-overload]
        except (TypeError, ValueError):
            return False
        return bytes(opened) == self._material


@cache
def _private(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def _parameters(bits: int, valid: timedelta) -> dict[str, object]:
    public = _private(bits).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"PublicKey": der, "ImportToken": os.urandom(64), "ParametersValidTo": _NOW + valid}


def cases() -> list[Case]:
    """Return material that can be imported, and material that must not be sent; generated on every call."""
    day = timedelta(days=1)
    story = "KMS couldn't unwrap it: it was sent in plaintext, or with another hash or padding."
    genuine = [
        Case(
            f"Material for a wrapping key of {bits} bits",
            story,
            True,
            (material, _parameters(bits, day), _NOW),
            returns=_AnyWrapping(_private(bits), material),
        )
        for bits, material in ((2048, os.urandom(32)), (3072, bytes(32)))
    ]
    whole, second = os.urandom(32), timedelta(seconds=1)
    forged = [
        ("Half a key", "A symmetric key needs 256 bits, not 128.", whole[:16], day),
        ("192 bits", "A symmetric key needs 256 bits, not 192.", whole[:24], day),
        ("One byte too few", "31 bytes aren't a 256-bit key.", whole[:31], day),
        ("Too much", "33 bytes aren't a 256-bit key.", whole + b"\n", day),
        ("Nothing at all", "There is no material.", b"", day),
        ("A key in hexadecimal", "64 letters aren't 32 bytes.", whole.hex().encode(), day),
        ("Parameters that are too old", "They were valid until a second ago.", whole, -second),
        ("Parameters from long ago", "They were valid for one day.", whole, -30 * day),
        (
            "At the very moment they end",
            "They are valid until that moment, and no longer.",
            whole,
            timedelta(),
        ),
    ]
    return genuine + [
        Case(title, told, False, (material, _parameters(2048, valid), _NOW))
        for title, told, material, valid in forged
    ]
