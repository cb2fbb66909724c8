"""Identifiers, keys and tokens: unpredictable by default, the same ones again for the same seed."""

from __future__ import annotations

import random
import string
import uuid

_ID_CHARACTERS = string.ascii_uppercase + "234567"
_SECRET_CHARACTERS = string.ascii_letters + string.digits + "+/"
_AUTHORIZATION_CHARACTERS = string.ascii_lowercase + string.digits
_TOKEN_CHARACTERS = string.ascii_letters + string.digits


class Ids:
    """Makes AWS-shaped identifiers. With a seed, the sequence repeats; without one the system's randomness is used.

    Prefixes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """

    def __init__(self, seed: int | None = None):
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)

    def _pick(self, characters: str, length: int) -> str:
        return "".join(self._random.choices(characters, k=length))

    def unique_id(self, prefix: str) -> str:
        """A unique id or access key id of 20 (ASIA, AKIA) or 21 (others) characters, e.g. `AIDA…`."""
        length = 20 if prefix in ("ASIA", "AKIA") else 21
        return prefix + self._pick(_ID_CHARACTERS, length - len(prefix))

    def secret_key(self) -> str:
        """A secret access key of 40 characters."""
        return self._pick(_SECRET_CHARACTERS, 40)

    def session_token(self, least: int = 0) -> str:
        """A session token of at least that size; AWS promises no shape, and ours carries no information."""
        return "IQoJb3JpZ2luX2Vj" + self._pick(_TOKEN_CHARACTERS, max(340, least - 16))

    def token(self, length: int = 32) -> str:
        """An opaque token of letters and digits."""
        return self._pick(_TOKEN_CHARACTERS, length)

    def authorization_id(self) -> str:
        """What a refused request is looked up by: lower-case letters and digits."""
        return self._pick(_AUTHORIZATION_CHARACTERS, 20)

    def lowercase(self, length: int) -> str:
        """Lower-case letters and digits: what follows the prefix of Organizations' and Identity Center's ids."""
        return self._pick(_AUTHORIZATION_CHARACTERS, length)

    def hexadecimal(self, length: int) -> str:
        """Hexadecimal digits in lower case."""
        return self._pick("0123456789abcdef", length)

    def digits(self, length: int) -> str:
        """A number as text, leading zeros kept: account ids, confirmation codes."""
        return self._pick(string.digits, length)

    def base32(self, length: int) -> str:
        """A random seed in base32, as authenticator apps take it."""
        return self._pick(_ID_CHARACTERS, length)

    def uuid(self) -> str:
        """A version 4 UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def random_bytes(self, length: int) -> bytes:
        """`length` random bytes."""
        return self._random.getrandbits(8 * length).to_bytes(length, "big") if length else b""
