"""The body, in frames. Each frame's tag covers its content, its number, its length, and whether it is the last frame.

So if someone changes a frame, swaps two frames, removes a frame, or cuts off the end, a tag no longer matches.
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html#body-structure
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/body-aad-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.course.days.day5.envelope.errors import Forged, Malformed
from labs_helpers.course.days.day5.envelope.reader import Reader
from labs_helpers.course.days.day5.envelope.suites import IV, TAG

_REGULAR = b"AWSKMSEncryptionClient Frame"
_FINAL = b"AWSKMSEncryptionClient Final Frame"
_SINGLE = b"AWSKMSEncryptionClient Single Block"
_LAST = 0xFFFFFFFF
"""The marker before the last frame's number."""
_NUMBER = Struct(">I")
_NONCE = Struct(">8xI")
"""A frame's number is its nonce, so a message key never uses a nonce twice. Other writers can choose other nonces."""
_PLACE = Struct(">IQ")
"""A frame's authenticated position: its number, and the length of its content."""
MOST_UNFRAMED = 64 * 1024 * 1024
"""The maximum size of an unframed body in bytes, because all of it is in memory before it can be verified."""


def encrypt_frames(
    message_key: bytes, message_id: bytes, read: Callable[[int], bytes | memoryview], frame_length: int
) -> Iterator[bytes]:
    """Encrypt the data from `read(length)` into frames, and yield their bytes. The last frame can be empty.

    The data ends when `read` returns less than `length`. Raises `ValueError` if there are more frames than can be
    numbered.
    """
    encrypt = AESGCM(message_key).encrypt
    number, regular = 1, message_id + _REGULAR
    number_of, nonce_of, place_of = _NUMBER.pack, _NONCE.pack, _PLACE.pack
    content = read(frame_length)
    while len(content) == frame_length:
        nonce = nonce_of(number)
        yield number_of(number) + nonce
        yield encrypt(nonce, content, regular + place_of(number, frame_length))
        content = read(frame_length)
        number += 1
        if number == _LAST:
            raise ValueError("a message has at most 4,294,967,294 frames: use longer ones")
    nonce, length = _NONCE.pack(number), len(content)
    sealed = encrypt(nonce, content, message_id + _FINAL + _PLACE.pack(number, length))
    yield _NUMBER.pack(_LAST) + _NUMBER.pack(number) + nonce + _NUMBER.pack(length) + sealed


def decrypt_frames(
    message_key: bytes, message_id: bytes, reader: Reader, frame_length: int
) -> Iterator[bytes]:
    """Yield each frame's content after verifying its tag. Raises `Malformed` or `Forged` for an invalid frame."""
    decrypt = AESGCM(message_key).decrypt
    take, number, regular = reader.take, 1, message_id + _REGULAR
    number_of, place_of = _NUMBER.pack, _PLACE.pack
    size = IV + frame_length + TAG
    while (head := take(4)) != b"\xff\xff\xff\xff":
        if head != number_of(number):
            raise Malformed(f"frame {number} is missing or in another place")
        frame = memoryview(take(size))
        try:
            yield decrypt(frame[:IV], frame[IV:], regular + place_of(number, frame_length))
        except InvalidTag as error:
            raise Forged(f"frame {number} was changed") from error
        number += 1
    yield _final(decrypt, message_id, reader, number, frame_length)


def _final(
    decrypt: Callable[[bytes, bytes, bytes], bytes], message_id: bytes, reader: Reader, number: int, most: int
) -> bytes:
    if reader.number(4) != number:
        raise Malformed(f"the last frame should be number {number}")
    nonce, length = reader.take(IV), reader.number(4)
    if length > most:
        raise Malformed("the last frame is longer than the frame length")
    try:
        return decrypt(nonce, reader.take(length + TAG), message_id + _FINAL + _PLACE.pack(number, length))
    except InvalidTag as error:
        raise Forged("the last frame was changed") from error


def decrypt_single(message_key: bytes, message_id: bytes, reader: Reader) -> bytes:
    """Return the content of an unframed body (an older format). Raises `Malformed` or `Forged` if it is invalid."""
    nonce, length = reader.take(IV), reader.number(8)
    if length > MOST_UNFRAMED:
        raise Malformed(f"an unframed body of {length} bytes: the maximum is {MOST_UNFRAMED}")
    try:
        plain: bytes = AESGCM(message_key).decrypt(
            nonce, reader.take(length + TAG), message_id + _SINGLE + _PLACE.pack(1, length)
        )
    except InvalidTag as error:
        raise Forged("the body was changed") from error
    return plain
