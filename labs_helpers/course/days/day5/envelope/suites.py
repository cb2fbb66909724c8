"""Algorithm suites: the cipher, the key derivation, whether the header commits to the key, and the signature.

IDs and parameters: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/algorithms-reference.html
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from labs_helpers.course.days.day5.envelope.errors import Malformed

TAG = 16
"""The length of a GCM tag in bytes, in every suite."""
IV = 12
"""The length of a GCM nonce in bytes, in every suite."""


@dataclass(frozen=True, slots=True)
class Suite:
    """An algorithm suite. Lengths are in bytes.

    `derivation` is HKDF's hash, or None if the data key is the message key. `committing` suites have header version 2
    and contain a string that only one key can derive. `curve` and `digest` are the parameters of the signature.
    """

    id: int
    key_length: int
    derivation: hashes.HashAlgorithm | None = None
    committing: bool = False
    curve: ec.EllipticCurve | None = None
    digest: hashes.HashAlgorithm | None = None

    @property
    def id_bytes(self) -> bytes:
        """The suite's ID as two bytes."""
        return self.id.to_bytes(2, "big")

    @property
    def signed(self) -> bool:
        """True if messages of this suite end with a signature."""
        return self.curve is not None

    @property
    def message_id_length(self) -> int:
        """The length of a message ID: 32 bytes with key commitment, 16 without."""
        return 32 if self.committing else 16

    def message_key(self, data_key: bytes, message_id: bytes) -> bytes:
        """Return a key for this message only, derived from the data key so that it can protect many messages."""
        if self.derivation is None:
            return data_key
        if self.committing:
            return self._expand(data_key, message_id, self.id_bytes + b"DERIVEKEY", self.key_length)
        derive = HKDF(self.derivation, self.key_length, salt=None, info=self.id_bytes + message_id)
        return bytes(derive.derive(data_key))

    def commitment(self, data_key: bytes, message_id: bytes) -> bytes:
        """Return the header's key commitment: 32 bytes for which it is infeasible to find a second data key."""
        return self._expand(data_key, message_id, b"COMMITKEY", 32)

    def _expand(self, data_key: bytes, message_id: bytes, info: bytes, length: int) -> bytes:
        assert self.derivation is not None
        return bytes(HKDF(self.derivation, length, salt=message_id, info=info).derive(data_key))


COMMITTING = Suite(0x0478, 32, hashes.SHA512(), True)
"""The default suite: AES-256-GCM, HKDF with SHA-512, key commitment."""
COMMITTING_AND_SIGNED = Suite(0x0578, 32, hashes.SHA512(), True, ec.SECP384R1(), hashes.SHA384())
"""The default suite plus an ECDSA signature, so readers, who know the data key, can't forge messages."""

_SHA256, _SHA384 = hashes.SHA256(), hashes.SHA384()
_OLDER = (
    Suite(0x0014, 16), Suite(0x0046, 24), Suite(0x0078, 32),
    Suite(0x0114, 16, _SHA256), Suite(0x0146, 24, _SHA256), Suite(0x0178, 32, _SHA256),
    Suite(0x0214, 16, _SHA256, False, ec.SECP256R1(), _SHA256),
    Suite(0x0346, 24, _SHA384, False, ec.SECP384R1(), _SHA384),
    Suite(0x0378, 32, _SHA384, False, ec.SECP384R1(), _SHA384),
)  # fmt: skip
"""Suites without key commitment. They can be read only on request, and are never written."""
_BY_ID = {suite.id: suite for suite in (COMMITTING, COMMITTING_AND_SIGNED, *_OLDER)}


def suite_of(number: int) -> Suite:
    """Return the suite with this ID. Raises `Malformed` for an unknown ID."""
    if number not in _BY_ID:
        raise Malformed(f"algorithm suite 0x{number:04x} is unknown")
    return _BY_ID[number]
