"""Passwords in an Identity Center directory: their requirements and their storage.

https://docs.aws.amazon.com/singlesignon/latest/userguide/password-requirements.html
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SHORTEST, LONGEST = 8, 64
SPECIAL = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"
REMEMBERED = 3
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_KINDS = (_LETTERS, _LETTERS.upper(), "23456789", "!@#$%^&*_-+=")


@dataclass(frozen=True, slots=True)
class PasswordDigest:
    """A password, stored as a salted digest that is slow to compute."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, password: str) -> PasswordDigest:
        """Return the digest of a password with a new salt."""
        salt = secrets.token_bytes(16)
        return cls(salt, _digest(password, salt))

    def fits(self, password: str) -> bool:
        """Return whether a password matches this digest."""
        return hmac.compare_digest(self.digest, _digest(password, self.salt))


def _digest(password: str, salt: bytes) -> bytes:
    # Passwords have at most 64 characters. A longer password is cut to 65: it is still wrong, but computing its
    # digest doesn't take longer. (hashlib.scrypt needs OpenSSL, which a browser's Python is built without.)
    derive = Scrypt(salt, length=64, n=2**12, r=8, p=1).derive
    digest: bytes = derive(password[: LONGEST + 1].encode("utf-8", "surrogatepass"))
    return digest


UNKNOWN_USERS = PasswordDigest.of(secrets.token_urlsafe())
"""A digest to compare with passwords of unknown users, so that the response time is the same as for known users."""


def problem(password: str, past: list[PasswordDigest]) -> str | None:
    """Return the problem with a new password, or None for an acceptable password.

    `past` contains the previous passwords.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password must have {SHORTEST} to {LONGEST} characters."
    kinds = (
        any("a" <= each <= "z" for each in password), any("A" <= each <= "Z" for each in password),
        any("0" <= each <= "9" for each in password), any(each in SPECIAL for each in password),
    )  # fmt: skip
    if not all(kinds):
        return "A password needs a lowercase letter, an uppercase letter, a number, and a special character."
    if any(each.fits(password) for each in past):
        return f"You've used this password before: your last {REMEMBERED} passwords can't be used again."
    return None


def one_time() -> str:
    """Return a password that the user must change.

    It contains all four kinds of characters, and no characters that look alike.
    """
    drawn = [secrets.choice(kind) for kind in _KINDS] + [secrets.choice("".join(_KINDS)) for _ in range(12)]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)
