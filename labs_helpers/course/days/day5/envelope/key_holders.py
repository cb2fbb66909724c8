"""Key holders, which wrap and unwrap data keys.

A message can have several holders; each of them can read it.
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/choose-keyring.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.course.days.day5.envelope import encryption_context as contexts
from labs_helpers.course.days.day5.envelope.errors import CannotUnwrap
from labs_helpers.course.days.day5.envelope.header import WrappedKey
from labs_helpers.course.days.day5.envelope.suites import IV, TAG, Suite
from labs_helpers.course.shown.mistakes import Mistake, checked

Context = Mapping[str, str]
_KMS = "aws-kms"


class KeyHolder(Protocol):
    """A holder that wraps data keys and unwraps the data keys that it wrapped."""

    def generate(self, suite: Suite, context: Context) -> tuple[bytes, WrappedKey]:
        """Return a new data key of the suite's length, plain and wrapped."""

    def wrap(self, data_key: bytes, context: Context) -> WrappedKey:
        """Wrap a data key that another holder generated."""

    def unwrap(self, wrapped: WrappedKey, suite: Suite, context: Context) -> bytes:
        """Unwrap a data key. Raises `CannotUnwrap` if another holder or a different context was used to wrap it."""


class KmsKey:
    """A KMS key. Its key material never leaves KMS, so each data key requires a call for writing and for reading.

    `client` is a boto3 KMS client. `key_arn` is the key's ARN: with an alias, a reader couldn't verify that the key
    belongs to the expected account.
    """

    @checked
    def __init__(self, client: Any, key_arn: str):
        if not key_arn.startswith("arn:") or ":key/" not in key_arn:
            raise Mistake(f"a key's ARN is needed (arn:aws:kms:…:key/…); got {key_arn!r}")
        self._client = client
        self.key_arn = key_arn

    def generate(self, suite: Suite, context: Context) -> tuple[bytes, WrappedKey]:
        """Generate a data key with KMS."""
        answer = self._client.generate_data_key(
            KeyId=self.key_arn, NumberOfBytes=suite.key_length, EncryptionContext=dict(context)
        )
        return answer["Plaintext"], self._wrapped(answer)

    def wrap(self, data_key: bytes, context: Context) -> WrappedKey:
        """Encrypt a data key with KMS."""
        answer = self._client.encrypt(KeyId=self.key_arn, Plaintext=data_key, EncryptionContext=dict(context))
        return self._wrapped(answer)

    def unwrap(self, wrapped: WrappedKey, suite: Suite, context: Context) -> bytes:
        """Decrypt a data key with KMS. Raises `CannotUnwrap` if this key did not wrap it or KMS rejects the call."""
        from botocore.exceptions import ClientError

        if wrapped.provider != _KMS or wrapped.info != self.key_arn.encode():
            raise CannotUnwrap(f"not wrapped by {self.key_arn}")
        try:
            # Naming the key, instead of letting the ciphertext name it, excludes an attacker's key.
            answer = self._client.decrypt(
                KeyId=self.key_arn, CiphertextBlob=wrapped.ciphertext, EncryptionContext=dict(context)
            )
        except ClientError as error:
            raise CannotUnwrap(f"{self.key_arn}: {error}") from error
        return bytes(answer["Plaintext"])

    @staticmethod
    def _wrapped(answer: Mapping[str, Any]) -> WrappedKey:
        return WrappedKey(_KMS, answer["KeyId"].encode(), answer["CiphertextBlob"])


class _LocalHolder:
    """A holder whose key is in this process, and which therefore generates data keys itself."""

    def generate(self, suite: Suite, context: Context) -> tuple[bytes, WrappedKey]:
        """Generate a random data key and wrap it."""
        data_key = os.urandom(suite.key_length)
        return data_key, self.wrap(data_key, context)

    def wrap(self, data_key: bytes, context: Context) -> WrappedKey:
        """Wrap a data key; each holder defines how."""
        raise NotImplementedError


class RawAesKey(_LocalHolder):
    """Your own AES key of 16, 24, or 32 bytes. `namespace` and `name` identify it; they are not secret."""

    def __init__(self, namespace: str, name: str, key: bytes):
        if namespace == _KMS:
            raise Mistake(f"the namespace {_KMS!r} is that of KMS keys")
        self._namespace = namespace
        self._name = name.encode()
        self._cipher = AESGCM(key)

    def wrap(self, data_key: bytes, context: Context) -> WrappedKey:
        """Encrypt a data key with AES-GCM; the context is its additional authenticated data."""
        nonce = os.urandom(IV)
        sealed = self._cipher.encrypt(nonce, data_key, contexts.encode(context))
        return WrappedKey(self._namespace, self._prefix + nonce, sealed)

    def unwrap(self, wrapped: WrappedKey, suite: Suite, context: Context) -> bytes:
        """Decrypt a data key. Raises `CannotUnwrap` if another key or a different context was used to encrypt it."""
        prefix = self._prefix
        if (
            wrapped.provider != self._namespace
            or not wrapped.info.startswith(prefix)
            or len(wrapped.info) != len(prefix) + IV
        ):
            raise CannotUnwrap(f"not wrapped by {self._name.decode()!r}")
        try:
            return bytes(
                self._cipher.decrypt(wrapped.info[-IV:], wrapped.ciphertext, contexts.encode(context))
            )
        except InvalidTag as error:
            raise CannotUnwrap(f"{self._name.decode()!r}: wrapped with a different key or context") from error

    @property
    def _prefix(self) -> bytes:
        """The name, the tag's length in bits, and the nonce's length in bytes. The nonce itself follows."""
        return self._name + (8 * TAG).to_bytes(4, "big") + IV.to_bytes(4, "big")


class RawRsaKey(_LocalHolder):
    """Your own RSA key pair, with OAEP. The public key is enough for writing; reading requires the private key.

    Wrapping doesn't include the context, which only the header authenticates.
    """

    def __init__(
        self, namespace: str, name: str, *, public: RSAPublicKey | None = None,
        private: RSAPrivateKey | None = None, digest: hashes.HashAlgorithm | None = None,
    ):  # fmt: skip
        if public is None and private is None:
            raise Mistake("a public or a private key is needed")
        self._namespace, self._name = namespace, name.encode()
        self._private = private
        self._public = public or (private.public_key() if private is not None else None)
        digest = digest or hashes.SHA256()
        self._padding = padding.OAEP(padding.MGF1(digest), digest, None)

    def wrap(self, data_key: bytes, context: Context) -> WrappedKey:
        """Encrypt a data key with the public key."""
        assert self._public is not None
        return WrappedKey(self._namespace, self._name, self._public.encrypt(data_key, self._padding))

    def unwrap(self, wrapped: WrappedKey, suite: Suite, context: Context) -> bytes:
        """Decrypt a data key with the private key.

        Raises `CannotUnwrap` for a data key wrapped by another key, or if there is no private key.
        """
        if self._private is None or (wrapped.provider, wrapped.info) != (self._namespace, self._name):
            raise CannotUnwrap(f"not wrapped for {self._name.decode()!r}, or its private key is missing")
        try:
            return bytes(self._private.decrypt(wrapped.ciphertext, self._padding))
        except ValueError as error:
            raise CannotUnwrap(f"{self._name.decode()!r}: wrapped for another key") from error
