"""Identifiers, keys, and tokens: unpredictable by default, repeatable with a seed."""

from __future__ import annotations

import random
import string
import uuid

_ID_CHARACTERS = string.ascii_uppercase + "234567"
_SECRET_CHARACTERS = string.ascii_letters + string.digits + "+/"
_AUTHORIZATION_CHARACTERS = string.ascii_lowercase + string.digits
_TOKEN_CHARACTERS = string.ascii_letters + string.digits


class Ids:
    """A generator of AWS-style identifiers: repeatable with a seed, otherwise random.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """

    def __init__(self, seed: int | None = None):
        """Use the seed or, if it is None, the system's randomness."""
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)

    def _pick(self, characters: str, length: int) -> str:
        return "".join(self._random.choices(characters, k=length))

    def unique_id(self, prefix: str) -> str:
        """Return a unique ID or access key ID of 20 (ASIA, AKIA) or 21 (others) characters, such as `AIDA…`."""
        length = 20 if prefix in ("ASIA", "AKIA") else 21
        return prefix + self._pick(_ID_CHARACTERS, length - len(prefix))

    def secret_key(self) -> str:
        """Return a secret access key of 40 characters."""
        return self._pick(_SECRET_CHARACTERS, 40)

    def session_token(self, least: int = 0) -> str:
        """Return a session token with at least `least` characters.

        The format is undocumented, and the token contains no data.
        """
        return "IQoJb3JpZ2luX2Vj" + self._pick(_TOKEN_CHARACTERS, max(340, least - 16))

    def token(self, length: int = 32) -> str:
        """Return an opaque token of letters and digits."""
        return self._pick(_TOKEN_CHARACTERS, length)

    def authorization_id(self) -> str:
        """Return an ID for looking up a denied request: lowercase letters and digits."""
        return self._pick(_AUTHORIZATION_CHARACTERS, 20)

    def lowercase(self, length: int) -> str:
        """Return random lowercase letters and digits, as in Organizations and Identity Center IDs after the prefix."""
        return self._pick(_AUTHORIZATION_CHARACTERS, length)

    def hexadecimal(self, length: int) -> str:
        """Return random lowercase hexadecimal digits."""
        return self._pick("0123456789abcdef", length)

    def digits(self, length: int) -> str:
        """Return a random string of digits, possibly with leading zeros, for account IDs and confirmation codes."""
        return self._pick(string.digits, length)

    def base32(self, length: int) -> str:
        """Return a random base32 seed for authenticator apps."""
        return self._pick(_ID_CHARACTERS, length)

    def uuid(self) -> str:
        """Return a version 4 UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def random_bytes(self, length: int) -> bytes:
        """Return `length` random bytes."""
        return self._random.getrandbits(8 * length).to_bytes(length, "big") if length else b""
