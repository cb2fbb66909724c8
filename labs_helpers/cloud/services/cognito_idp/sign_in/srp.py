"""Cognito's Secure Remote Password: SRP-6a with the 3,072-bit group, SHA-256, and a Cognito-specific key derivation.

The proof is an HMAC of the pool's name, the user's ID, the server's secret block, and a timestamp.
https://www.rfc-editor.org/rfc/rfc5054
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from labs_helpers.cloud.services.cognito_idp.untrusted_text import utf8

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
"""The prime of the group, from RFC 3526 (and RFC 5054, appendix A)."""
G = 2
_INFO = b"Caldera Derived Key"
_SKEW = timedelta(minutes=5)
_HEX = re.compile(r"[0-9a-fA-F]{1,2000}")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_STAMP = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) UTC (\d{4})", re.ASCII)


def _bytes(number: int) -> bytes:
    """Return a nonnegative number in big-endian order, with a leading zero byte if its first bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


K = _hash(_bytes(N), _bytes(G))


def new_salt() -> int:
    """Return a random salt."""
    return secrets.randbits(128)


def verifier(name: str, user_id: str, password: str, salt: int) -> int:
    """Return the verifier that the server stores for a password.

    `name` is the part of the pool's ID after the underscore, or a device's group key.
    """
    inner = hashlib.sha256(utf8(f"{name}{user_id}:{password}")).digest()
    return pow(G, _hash(_bytes(salt), inner), N)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The server's side of one sign-in, from SRP_A to the proof."""

    client: int
    private: int = field(repr=False)
    public: int
    verifier: int = field(repr=False)
    secret_block: bytes = field(repr=False)

    @property
    def challenge(self) -> dict[str, str]:
        """The challenge's parameters, SRP_B and SECRET_BLOCK."""
        return {"SRP_B": f"{self.public:x}", "SECRET_BLOCK": base64.b64encode(self.secret_block).decode()}

    def key(self) -> bytes:
        """Return the key that the client and the server derive independently."""
        scramble = _hash(_bytes(self.client), _bytes(self.public))
        base = self.client * pow(self.verifier, scramble, N) % N
        shared = pow(base, self.private, N)
        extracted = hmac.digest(_bytes(scramble), _bytes(shared), "sha256")
        return hmac.digest(extracted, _INFO + b"\x01", "sha256")[:16]

    def verifies(self, name: str, user_id: str, block: str, stamp: str, signature: str) -> bool:
        """Return True if a signature over this exchange's secret block proves knowledge of the password."""
        try:
            given, signed = base64.b64decode(block, validate=True), base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        message = utf8(f"{name}{user_id}") + self.secret_block + utf8(stamp)
        expected = hmac.digest(self.key(), message, "sha256")
        same_block = hmac.compare_digest(given, self.secret_block)
        return hmac.compare_digest(signed, expected) and same_block


def begin(client: int, of_password: int) -> Exchange:
    """Begin an SRP exchange from a client's SRP_A and the stored verifier of a password or a device."""
    private = secrets.randbits(256)
    public = (K * of_password + pow(G, private, N)) % N
    return Exchange(client, private, public, of_password, secrets.token_bytes(512))


def read_public(text: str) -> int | None:
    """Return SRP_A as a number, or None if it isn't hexadecimal or is 0 modulo N, which would invalidate the proof."""
    if not _HEX.fullmatch(text):
        return None
    number = int(text, 16)
    return number if number % N and number < N else None


def is_fresh(stamp: str, *clocks: datetime) -> bool:
    """Return True if a timestamp such as `Tue Sep 5 00:09:40 UTC 2018` is close to one of `clocks`.

    Like AWS, the function accepts no other format: neither `Sep 05` nor a wrong weekday is valid.
    https://github.com/qwigo/warrant/pull/12
    """
    found = _STAMP.fullmatch(stamp)
    if found is None or found[1] not in _MONTHS:
        return False
    day, hour, minute, second, year = (int(found[number]) for number in (2, 3, 4, 5, 6))
    try:
        time = datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return False
    if stamp != f"{_DAYS[time.weekday()]} {found[1]} {day} {hour:02}:{minute:02}:{second:02} UTC {year}":
        return False
    return any(abs(time - clock) <= _SKEW for clock in clocks)
