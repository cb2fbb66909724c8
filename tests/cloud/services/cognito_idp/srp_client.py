"""The client's side of SRP as Amazon's libraries do it, written for tests: nothing is taken from the cloud's side.

Numbers travel as hexadecimal text, with a leading 00 where the first bit is set.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from datetime import UTC, datetime

_GROUP = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
)
N, G = int(_GROUP, 16), 2


def pad(number: int) -> str:
    text = f"{number:x}"
    if len(text) % 2:
        return "0" + text
    return "00" + text if text[0] in "89abcdef" else text


def hex_hash(text: str) -> int:
    return int(hashlib.sha256(bytes.fromhex(text)).hexdigest(), 16)


K = hex_hash("00" + _GROUP + "02")


def stamp(now: datetime | None = None) -> str:
    moment = now or datetime.now(UTC)
    days, months = (
        "Mon Tue Wed Thu Fri Sat Sun".split(),
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
    )
    return (
        f"{days[moment.weekday()]} {months[moment.month - 1]} {moment.day} "
        f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} UTC {moment.year}"
    )


class SrpClient:
    """One sign-in. `name` is the pool's id after its Region, or a device's group key."""

    def __init__(self, name: str, password: str):
        self.name, self.password = name, password
        self._private = int.from_bytes(os.urandom(128), "big")
        self.public = pow(G, self._private, N)

    @property
    def srp_a(self) -> str:
        return f"{self.public:x}"

    def answer(self, parameters: dict[str, str], user_id: str, *, at: str | None = None) -> dict[str, str]:
        """The claim for SRP_B, SALT and SECRET_BLOCK."""
        when, block = at or stamp(), base64.b64decode(parameters["SECRET_BLOCK"])
        message = (self.name + user_id).encode() + block + when.encode()
        key = self._key(user_id, int(parameters["SRP_B"], 16), int(parameters["SALT"], 16))
        signature = hmac.new(key, message, hashlib.sha256).digest()
        return {
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(signature).decode(),
            "TIMESTAMP": when,
        }

    def _key(self, user_id: str, server: int, salt: int) -> bytes:
        scramble = hex_hash(pad(self.public) + pad(server))
        x = secret_exponent(self.name, user_id, self.password, salt)
        shared = pow(server - K * pow(G, x, N), self._private + scramble * x, N)
        extracted = hmac.new(
            bytes.fromhex(pad(scramble)), bytes.fromhex(pad(shared)), hashlib.sha256
        ).digest()
        return hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]


def secret_exponent(name: str, user_id: str, password: str, salt: int) -> int:
    inner = hashlib.sha256(f"{name}{user_id}:{password}".encode()).hexdigest()
    return hex_hash(pad(salt) + inner)


def device_verifier(group: str, key: str, password: str) -> dict[str, str]:
    """DeviceSecretVerifierConfig of a device that makes up a password for itself."""
    salt = int.from_bytes(os.urandom(16), "big")
    verifier = pow(G, secret_exponent(group, key, password, salt), N)
    return {
        "PasswordVerifier": base64.b64encode(bytes.fromhex(pad(verifier))).decode(),
        "Salt": base64.b64encode(bytes.fromhex(pad(salt))).decode(),
    }
