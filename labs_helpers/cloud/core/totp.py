"""Time-based one-time passwords, as in authenticator apps: RFC 6238 with SHA-1, 30 seconds, and six digits.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
https://www.rfc-editor.org/rfc/rfc6238
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

PERIOD = 30
"""The number of seconds for which a code is displayed."""
DIGITS = 6


def step(at: datetime) -> int:
    """Return the number of the 30-second period that contains `at`. This number determines the period's code."""
    return int(at.timestamp()) // PERIOD


def code(seed: str | bytes, at: datetime) -> str:
    """Return the code that a device with this base32 seed displays at a time.

    Raises `ValueError` if the seed is invalid.
    """
    return code_of_step(seed, step(at))


def code_of_step(seed: str | bytes, number: int) -> str:
    """Return the code for a 30-second period. Raises `ValueError` if the seed isn't base32."""
    digest = hmac.new(_key(seed), number.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    value = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(value % 10**DIGITS).zfill(DIGITS)


def matching_step(
    seed: str | bytes, shown: str, around: int, *, before: int = 1, after: int = 1
) -> int | None:
    """Return the number of the period nearest to `around` whose code is `shown`, or None if there is no match.

    The range is from `before` periods before `around` to `after` periods after it.
    """
    near = sorted(range(around - before, around + after + 1), key=lambda number: abs(number - around))
    for number in near:
        if number >= 0 and hmac.compare_digest(code_of_step(seed, number).encode(), shown.encode()):
            return number
    return None


def _key(seed: str | bytes) -> bytes:
    text = seed.decode("ascii", "replace") if isinstance(seed, bytes) else seed
    text = text.replace(" ", "").rstrip("=").upper()
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError) as error:
        raise ValueError("an authenticator's seed is base32: A to Z and 2 to 7") from error
