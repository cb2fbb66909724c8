"""The header: algorithm suite, wrapped data keys, and encryption context, all in plaintext but authenticated.

https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html#header-structure
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.course.days.day5.envelope import encryption_context as contexts
from labs_helpers.course.days.day5.envelope.errors import Forged, Malformed
from labs_helpers.course.days.day5.envelope.reader import KeepingReader, Reader
from labs_helpers.course.days.day5.envelope.suites import IV, TAG, Suite, suite_of

FRAMED, UNFRAMED = 2, 1
MOST_FRAME = 0xFFFFFFFF
_NO_IV = bytes(IV)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """The data key, encrypted by one key holder: the holder (`provider`), its key (`info`), and the ciphertext."""

    provider: str
    info: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        """Return the three parts as bytes, each preceded by its length."""
        parts = (self.provider.encode(), self.info, self.ciphertext)
        return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a header. `frame_length` is 0 for an unframed body; `commitment` is empty before version 2."""

    suite: Suite
    message_id: bytes
    context: Mapping[str, str]
    wrapped_keys: tuple[WrappedKey, ...]
    frame_length: int
    commitment: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes of a version 2 header, without its tag. Version 1 headers can only be read."""
        aad = contexts.encode(self.context)
        return b"".join(
            (
                b"\x02",
                self.suite.id_bytes,
                self.message_id,
                len(aad).to_bytes(2, "big") + aad,
                len(self.wrapped_keys).to_bytes(2, "big"),
                *(key.encode() for key in self.wrapped_keys),
                bytes((FRAMED,)) + self.frame_length.to_bytes(4, "big"),
                self.commitment,
            )
        )

    def seal(self, message_key: bytes, withheld: Mapping[str, str]) -> bytes:
        """Return the header and its tag. `withheld` is context that is authenticated but not written."""
        encoded = self.encode()
        tag: bytes = AESGCM(message_key).encrypt(_NO_IV, b"", encoded + contexts.encode(withheld))
        return encoded + tag


@dataclass(frozen=True, slots=True)
class Sealed:
    """A header that has been read but not verified. Don't trust any part of the header until `open` succeeds."""

    header: Header
    raw: bytes
    iv: bytes
    tag: bytes

    @property
    def signed_part(self) -> bytes:
        """The bytes that the footer's signature covers: all of the header."""
        return self.raw + (self.tag if self.header.suite.committing else self.iv + self.tag)

    def open(self, data_key: bytes, withheld: Mapping[str, str]) -> bytes:
        """Verify the header and return the message key.

        Raises `Forged` unless the commitment and the tag match this data key and context.
        """
        header = self.header
        if len(data_key) != header.suite.key_length:
            raise Forged(f"the data key has {len(data_key)} bytes, the suite needs {header.suite.key_length}")
        if header.suite.committing and not hmac.compare_digest(
            header.suite.commitment(data_key, header.message_id), header.commitment
        ):
            raise Forged("the header commits to another data key")
        message_key = header.suite.message_key(data_key, header.message_id)
        try:
            AESGCM(message_key).decrypt(self.iv, self.tag, self.raw + contexts.encode(withheld))
        except InvalidTag as error:
            raise Forged("the header was changed, or its context is a different one") from error
        return message_key


def read_header(reader: KeepingReader, most_keys: int | None) -> Sealed:
    """Read the header at the beginning of a message.

    Raises `Malformed` if the header is invalid or has more than `most_keys` data keys.
    """
    version = reader.number(1)
    if version not in (1, 2):
        raise Malformed(f"version {version} is unknown: messages begin with 1 or 2")
    if version == 1 and reader.number(1) != 0x80:
        raise Malformed("the type of a version 1 message is 128")
    suite = suite_of(reader.number(2))
    if suite.committing != (version == 2):
        raise Malformed(f"suite 0x{suite.id:04x} is not a suite of version {version}")
    message_id = reader.take(suite.message_id_length)
    context = contexts.decode(reader.take(reader.number(2)))
    count = reader.number(2)
    if not count or (most_keys is not None and count > most_keys):
        raise Malformed(f"the message names {count} data keys; from 1 to {most_keys or 0xFFFF} are read")
    wrapped = tuple(_read_key(reader) for _ in range(count))
    kind = reader.number(1)
    if version == 1 and (reader.take(4) != bytes(4) or reader.number(1) != IV):
        raise Malformed("the reserved field must be four zeros, and a nonce must have twelve bytes")
    frame_length = reader.number(4)
    if kind not in (FRAMED, UNFRAMED) or (kind == FRAMED) != bool(frame_length):
        raise Malformed("the body is either framed, with a frame length, or in one piece, without one")
    commitment = reader.take(32) if version == 2 else b""
    raw = bytes(reader.kept)
    iv = reader.take(IV) if version == 1 else _NO_IV
    return Sealed(
        Header(suite, message_id, context, wrapped, frame_length, commitment), raw, iv, reader.take(TAG)
    )


def _read_key(reader: Reader) -> WrappedKey:
    provider = reader.take(reader.number(2))
    info, ciphertext = reader.take(reader.number(2)), reader.take(reader.number(2))
    try:
        return WrappedKey(provider.decode(), info, ciphertext)
    except UnicodeDecodeError as error:
        raise Malformed("a key provider's name is not UTF-8") from error
