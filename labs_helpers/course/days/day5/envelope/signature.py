"""The signature in the footer, and the public key for it in the encryption context.

https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html#footer-structure
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from labs_helpers.course.days.day5.envelope.encryption_context import PUBLIC_KEY
from labs_helpers.course.days.day5.envelope.errors import Forged, Malformed
from labs_helpers.course.days.day5.envelope.suites import Suite


class Signer:
    """A signer for one message, with a new key.

    `public_key` is added to the context, which ties the key to the message.
    """

    def __init__(self, suite: Suite):
        assert suite.curve is not None
        assert suite.digest is not None
        self._key = ec.generate_private_key(suite.curve)
        self._digest = suite.digest
        self._hash = hashes.Hash(suite.digest)

    @property
    def public_key(self) -> str:
        """The public key as a compressed point in base64."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return base64.b64encode(point).decode()

    def update(self, data: bytes) -> None:
        """Add bytes of the message."""
        self._hash.update(data)

    def footer(self) -> bytes:
        """Return the signature, preceded by its length."""
        signature = self._key.sign(self._hash.finalize(), ec.ECDSA(utils.Prehashed(self._digest)))
        return len(signature).to_bytes(2, "big") + bytes(signature)


class Verifier:
    """A verifier for one message's signature. Raises `Malformed` if the message's context has no public key."""

    def __init__(self, suite: Suite, context: Mapping[str, str]):
        assert suite.curve is not None
        assert suite.digest is not None
        try:
            point = base64.b64decode(context[PUBLIC_KEY], validate=True)
            self._key = ec.EllipticCurvePublicKey.from_encoded_point(suite.curve, point)
        except (KeyError, ValueError, binascii.Error) as error:
            raise Malformed(f"a signed message has its public key in the context, as {PUBLIC_KEY}") from error
        self._digest = suite.digest
        self._hash = hashes.Hash(suite.digest)

    def update(self, data: bytes) -> None:
        """Add bytes of the message."""
        self._hash.update(data)

    def verify(self, signature: bytes) -> None:
        """Raise `Forged` unless the signature is valid for all the bytes added."""
        try:
            self._key.verify(signature, self._hash.finalize(), ec.ECDSA(utils.Prehashed(self._digest)))
        except InvalidSignature as error:
            raise Forged(
                "the signature doesn't match: the message was changed, or someone else wrote it"
            ) from error
