"""The cases for exercise 5.8: key material of various lengths, and public keys from GetParametersForImport.

https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from labs_helpers.course.grading.kinds.function import Case
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing

_NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
_NEW_YEAR = datetime(2028, 1, 1, tzinfo=UTC)
_LEAP_DAY = datetime(2028, 2, 29, 12, tzinfo=UTC)
_EAST, _WEST = timezone(timedelta(hours=9)), timezone(timedelta(hours=-8))
_WRAPPED, _WHOLE, _VALID = range(1, 4)
"""The numbers of the exercise's clauses."""


class _AnyWrapping:
    """An object that equals all bytes that the private key unwraps to the given key material."""

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


def _parameters(bits: int, valid_to: datetime) -> dict[str, object]:
    public = _private(bits).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"PublicKey": der, "ImportToken": os.urandom(64), "ParametersValidTo": valid_to}


def cases(drawing: Drawing = UNCHANGED) -> list[Case]:
    """Return key material that can be imported, and key material that must be rejected; both are new on every call."""
    now = _NOW if drawing is UNCHANGED else datetime.fromisoformat(drawing.moment())
    return [*_genuine(now), *_of_another_length(now), *_too_late(now)]


def _genuine(now: datetime) -> list[Case]:
    story = "KMS unwraps these 256 bits with OAEP, SHA-256 for both hashes, and no label."
    still = "They are still valid, so the material must be wrapped."
    day, second, part = timedelta(days=1), timedelta(seconds=1), timedelta(milliseconds=250)
    listed = [
        ("Material for a wrapping key of 2048 bits", story, 2048, os.urandom(32), now, now + day, _WRAPPED),
        ("Material for a wrapping key of 3072 bits", story, 3072, bytes(32), now, now + day, _WRAPPED),
        ("A second before they end", still, 2048, os.urandom(32), now, now + second, _VALID),
        ("A quarter of a second before they end", still, 2048, os.urandom(32), now, now + part, _VALID),
        (
            "In the last second of the year",
            still,
            2048,
            os.urandom(32),
            _NEW_YEAR - second,
            _NEW_YEAR,
            _VALID,
        ),
        ("On a leap day", still, 2048, os.urandom(32), _LEAP_DAY, _LEAP_DAY + day, _VALID),
        (
            "Valid for another hour, in a time zone behind UTC",
            still,
            2048,
            os.urandom(32),
            now,
            (now + timedelta(hours=1)).astimezone(_WEST),
            _VALID,
        ),
    ]
    return [
        Case(
            title,
            told,
            True,
            (material, _parameters(bits, valid_to), at),
            returns=_AnyWrapping(_private(bits), material),
            clause=clause,
        )
        for title, told, bits, material, at, valid_to, clause in listed
    ]


def _of_another_length(now: datetime) -> list[Case]:
    # Without whitespace at its ends, because an answer that strips the added line feed would strip it as well.
    whole = b"\x01" + os.urandom(30) + b"\x01"
    listed = [
        ("Half a key", "A symmetric key needs 256 bits, not 128.", whole[:16]),
        ("192 bits", "A symmetric key needs 256 bits, not 192.", whole[:24]),
        ("One byte too few", "31 bytes aren't a 256-bit key.", whole[:31]),
        ("Too much", "33 bytes aren't a 256-bit key.", whole + b"\n"),
        ("Nothing at all", "There is no material.", b""),
        ("A key in hexadecimal", "64 letters aren't 32 bytes.", whole.hex().encode()),
    ]
    parameters = _parameters(2048, now + timedelta(days=1))
    return [
        Case(title, told, False, (material, parameters, now), clause=_WHOLE)
        for title, told, material in listed
    ]


def _too_late(now: datetime) -> list[Case]:
    second, hour, part = timedelta(seconds=1), timedelta(hours=1), timedelta(milliseconds=250)
    listed = [
        ("Parameters that are too old", "They were valid until a second ago.", now, now - second),
        (
            "A quarter of a second after they ended",
            "They were valid until then, and no longer.",
            now + 2 * part,
            now + part,
        ),
        ("Parameters from long ago", "They were valid for one day.", now, now - timedelta(days=30)),
        ("At the very moment they end", "They are valid until that moment, and no longer.", now, now),
        ("In the new year", "They were valid until the end of the old year.", _NEW_YEAR, _NEW_YEAR - second),
        (
            "Ended an hour ago, in a time zone ahead of UTC",
            "Another time zone's clock shows a later hour for an earlier moment.",
            now,
            (now - hour).astimezone(_EAST),
        ),
    ]
    return [
        Case(title, told, False, (os.urandom(32), _parameters(2048, valid_to), at), clause=_VALID)
        for title, told, at, valid_to in listed
    ]
