"""Whole messages: `encrypt` and `decrypt`, for bytes and for files of any size.

The format is the AWS Encryption SDK's message version 2: the SDK and this code can read each other's messages.
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import chain
from typing import BinaryIO

from labs_helpers.course.days.day5.envelope.body import decrypt_frames, decrypt_single, encrypt_frames
from labs_helpers.course.days.day5.envelope.encryption_context import PUBLIC_KEY
from labs_helpers.course.days.day5.envelope.errors import CannotUnwrap, EnvelopeError, Forged, NoKey
from labs_helpers.course.days.day5.envelope.header import MOST_FRAME, Header, Sealed, read_header
from labs_helpers.course.days.day5.envelope.key_holders import KeyHolder
from labs_helpers.course.days.day5.envelope.reader import KeepingReader, Reader
from labs_helpers.course.days.day5.envelope.signature import Signer, Verifier
from labs_helpers.course.days.day5.envelope.suites import COMMITTING, Suite

FRAME_LENGTH = 4096
"""The length of a frame in bytes, which is also the Encryption SDK's default."""
MOST_KEYS = 64
"""The maximum number of data keys that a reader tries, because each attempt can cost a call."""
_RESERVED = "aws-crypto-"
_Read = Callable[[int], bytes | memoryview]
_Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Decrypted:
    """The content of a message: its plaintext, and its authenticated header."""

    plaintext: bytes
    header: Header

    @property
    def context(self) -> dict[str, str]:
        """The encryption context that the writer provided.

        Check that it is the context that you expect, because no other code can check this.
        """
        return {name: value for name, value in self.header.context.items() if name != PUBLIC_KEY}


def encrypt(
    plaintext: bytes, holders: Sequence[KeyHolder], context: Mapping[str, str] | None = None, *,
    suite: Suite = COMMITTING, frame_length: int = FRAME_LENGTH, required: Iterable[str] = (),
) -> bytes:  # fmt: skip
    """Encrypt bytes and return the message, which each of the holders can read. See `encrypt_file`."""
    parts: list[bytes] = []
    _encrypt(_reader_of_bytes(plaintext), parts.append, holders, context, suite, frame_length, required)
    return b"".join(parts)


def encrypt_file(
    source: BinaryIO, target: BinaryIO, holders: Sequence[KeyHolder], context: Mapping[str, str] | None = None, *,
    suite: Suite = COMMITTING, frame_length: int = FRAME_LENGTH, required: Iterable[str] = (),
) -> Header:  # fmt: skip
    """Encrypt all of `source` into `target`, one frame at a time. The first holder generates the data key.

    `context` is authenticated but not encrypted. The names in `required` are authenticated but not written: readers
    must know their values. Only suites with key commitment are accepted. Raises `ValueError` for invalid arguments, and
    any error of a holder; in both cases, nothing is written.
    """
    return _encrypt(_reader_of_file(source), target.write, holders, context, suite, frame_length, required)


def _encrypt(
    read: _Read, write: _Write, holders: Sequence[KeyHolder], context: Mapping[str, str] | None,
    suite: Suite, frame_length: int, required: Iterable[str],
) -> Header:  # fmt: skip
    given = dict(context or {})
    if not holders or not suite.committing or not 0 < frame_length <= MOST_FRAME:
        raise ValueError("a message needs a key holder, a suite that commits to its key, and a frame length")
    reserved = [name for name in given if name.startswith(_RESERVED)]
    if reserved or not set(required) <= given.keys():
        raise ValueError(f"names that begin with {_RESERVED!r} are reserved; required ones must be given")
    signer = Signer(suite) if suite.signed else None
    if signer is not None:
        given[PUBLIC_KEY] = signer.public_key
    withheld = {name: given[name] for name in required}
    header, message_key = _header(suite, holders, given, withheld, frame_length)
    frames = encrypt_frames(message_key, header.message_id, read, frame_length)
    for part in chain((header.seal(message_key, withheld),), frames):
        if signer is not None:
            signer.update(part)
        write(part)
    if signer is not None:
        write(signer.footer())
    return header


def _reader_of_bytes(data: bytes) -> _Read:
    """Return a reader of bytes that does not copy them."""
    view, at = memoryview(data), 0

    def read(length: int) -> memoryview:
        """Return the next bytes, without a copy."""
        nonlocal at
        at += length
        return view[at - length : at]

    return read


def _reader_of_file(source: BinaryIO) -> _Read:
    """Return a reader that fills the requested length unless the source ends: pipes and sockets return partial data."""

    def read(length: int) -> bytes:
        """Return the next bytes, as many as requested unless the source ends."""
        data = source.read(length)
        while 0 < len(data) < length and (more := source.read(length - len(data))):
            data += more
        return data

    return read


def _header(
    suite: Suite, holders: Sequence[KeyHolder], context: Mapping[str, str], withheld: Mapping[str, str],
    frame_length: int,
) -> tuple[Header, bytes]:  # fmt: skip
    data_key, first = holders[0].generate(suite, context)
    wrapped = (first, *(holder.wrap(data_key, context) for holder in holders[1:]))
    message_id = os.urandom(suite.message_id_length)
    written = {name: value for name, value in context.items() if name not in withheld}
    header = Header(suite, message_id, written, wrapped, frame_length, suite.commitment(data_key, message_id))
    return header, suite.message_key(data_key, message_id)


def decrypt(
    message: bytes, holders: Sequence[KeyHolder], expected: Mapping[str, str] | None = None, *,
    commitment: bool = True, most_keys: int | None = MOST_KEYS,
) -> Decrypted:  # fmt: skip
    """Decrypt a whole message. If any part of it can't be verified, nothing is returned. See `decrypt_file`."""
    parts: list[bytes] = []
    header = _decrypt(BytesIO(message), parts.append, holders, expected, commitment, most_keys)
    return Decrypted(b"".join(parts), header)


def decrypt_file(
    source: BinaryIO, target: BinaryIO, holders: Sequence[KeyHolder], expected: Mapping[str, str] | None = None, *,
    commitment: bool = True, most_keys: int | None = MOST_KEYS,
) -> Header:  # fmt: skip
    """Decrypt the message in `source` into `target`. Each frame is written only after it has been verified.

    A signed message is completely verified first, so its `source` must be seekable. `expected` are pairs that the
    context must contain, including pairs that were not written. If `commitment` is False, older suites are accepted as
    well. Raises `Malformed`, `Forged`, or `NoKey` if the message can't be opened. After an error in the middle of a
    message, `target` contains the frames before it, which are genuine but incomplete.
    """
    return _decrypt(source, target.write, holders, expected, commitment, most_keys)


def _decrypt(
    source: BinaryIO, write: _Write, holders: Sequence[KeyHolder], expected: Mapping[str, str] | None,
    commitment: bool, most_keys: int | None,
) -> Header:  # fmt: skip
    sealed = read_header(KeepingReader(source, "message"), most_keys)
    if commitment and not sealed.header.suite.committing:
        raise Forged("the message does not commit to its key: it may open differently for different readers")
    reader = Reader(source, "message")
    withheld = _withheld(sealed.header.context, expected or {})
    message_key = _message_key(sealed, holders, withheld)
    header = replace(sealed.header, context={**sealed.header.context, **withheld})
    if header.suite.signed:
        _verify_signature(sealed, source, message_key)
    for content in _contents(header, message_key, reader):
        write(content)
    if header.suite.signed:
        reader.take(reader.number(2))
    reader.end()
    return header


def _withheld(written: Mapping[str, str], expected: Mapping[str, str]) -> dict[str, str]:
    """Return the expected pairs that the message does not contain. Raises `Forged` if the message contradicts them."""
    wrong = sorted(name for name in expected if name in written and written[name] != expected[name])
    if wrong:
        raise Forged(f"the context's {', '.join(wrong)} is not what was expected")
    return {name: value for name, value in expected.items() if name not in written}


def _message_key(sealed: Sealed, holders: Sequence[KeyHolder], withheld: Mapping[str, str]) -> bytes:
    context = {**sealed.header.context, **withheld}
    reasons: list[str] = []
    for wrapped in sealed.header.wrapped_keys:
        for holder in holders:
            try:
                data_key = holder.unwrap(wrapped, sealed.header.suite, context)
            except CannotUnwrap as reason:
                reasons.append(str(reason))
                continue
            return sealed.open(data_key, withheld)
    raise NoKey("no holder could unwrap a data key: " + "; ".join(dict.fromkeys(reasons)))


def _contents(header: Header, message_key: bytes, reader: Reader) -> Iterator[bytes]:
    if header.frame_length:
        return decrypt_frames(message_key, header.message_id, reader, header.frame_length)
    return iter((decrypt_single(message_key, header.message_id, reader),))


def _verify_signature(sealed: Sealed, source: BinaryIO, message_key: bytes) -> None:
    """Read the body once to verify its frames and the signature over them, and seek back to its start."""
    if not source.seekable():
        raise EnvelopeError(
            "a signed message is verified before it is read: it must come from a file, not from a stream"
        )
    verifier = Verifier(sealed.header.suite, sealed.header.context)
    verifier.update(sealed.signed_part)
    start = source.tell()
    body = Reader(_VerifiedFile(source, verifier), "message")  # type: ignore[arg-type]
    for _ in _contents(sealed.header, message_key, body):
        pass
    footer = Reader(source, "message")
    verifier.verify(footer.take(footer.number(2)))
    footer.end()
    source.seek(start)


class _VerifiedFile:
    """A file whose bytes are fed to a verifier as they are read."""

    def __init__(self, source: BinaryIO, verifier: Verifier):
        self._source, self._verifier = source, verifier

    def read(self, length: int) -> bytes:
        """Read bytes and add them to the verifier."""
        data = self._source.read(length)
        self._verifier.update(data)
        return data
