"""A message's fields, in order, each with its name, bytes, and purpose.

https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labs_helpers.course.days.day5.envelope.errors import Malformed
from labs_helpers.course.days.day5.envelope.reader import Reader
from labs_helpers.course.days.day5.envelope.suites import IV, TAG, suite_of

HEADER, KEYS, BODY, FOOTER = "header", "data keys", "body", "footer"
_LAST = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: its bytes (`start` to `end`, exclusive), its part of the message, name, and purpose."""

    part: str
    name: str
    start: int
    end: int
    purpose: str

    def of(self, message: bytes) -> bytes:
        """Return the field's bytes in a message."""
        return message[self.start : self.end]


def fields(message: bytes) -> list[Field]:
    """Return the fields of a version 2 message, without gaps. Raises `Malformed` for any other message."""
    return list(_FieldWalker(message).whole())


class _FieldWalker:
    def __init__(self, message: bytes):
        self._reader = Reader(message, "message")
        self._message = message
        self._at = 0

    def whole(self) -> Iterator[Field]:
        """Yield all fields of the message."""
        yield self._field(HEADER, "version", 1, "2. A header of this version commits to its key.")
        if self._message[0] != 2:
            raise Malformed("only messages of version 2 can be shown byte by byte")
        yield self._field(HEADER, "algorithm suite", 2, "Which cipher, key derivation, and signature.")
        suite = suite_of(int.from_bytes(self._message[1:3], "big"))
        yield self._field(
            HEADER, "message ID", 32, "Random. The key of this message is derived from it and the data key."
        )
        length = self._peek(2)
        yield self._field(HEADER, "context length", 2, "How many bytes of encryption context follow.")
        if length:
            yield self._field(
                HEADER,
                "encryption context",
                length,
                "In plaintext, and authenticated: check it, and put no secrets in it.",
            )
        count = self._peek(2)
        yield self._field(
            HEADER,
            "number of data keys",
            2,
            "How many copies of the data key follow. Decrypting one of them is enough.",
        )
        for number in range(1, count + 1):
            yield from self._wrapped_key(number)
        yield self._field(HEADER, "content type", 1, "2. The body consists of frames.")
        frame_length = self._peek(4)
        yield self._field(HEADER, "frame length", 4, "The length of each frame. The last one can be shorter.")
        yield self._field(
            HEADER,
            "key commitment",
            32,
            "Only one data key produces these bytes, so no message decrypts in two ways.",
        )
        yield self._field(HEADER, "header tag", TAG, "Authenticates everything before it.")
        if not frame_length:
            raise Malformed("only messages with frames can be shown byte by byte")
        yield from self._frames(frame_length)
        if suite.signed:
            size = self._peek(2)
            yield self._field(FOOTER, "signature length", 2, "How many bytes follow.")
            yield self._field(
                FOOTER, "signature", size, "ECDSA over everything before it, so readers can't forge messages."
            )
        self._reader.end()

    def _wrapped_key(self, number: int) -> Iterator[Field]:
        for name, purpose in (
            ("provider", "Which provider has the key that encrypted it."),
            ("key", "Which of the provider's keys: for KMS, its ARN."),
            ("data key", "The encrypted data key. Only the provider's key can decrypt it."),
        ):
            length = self._peek(2)
            yield self._field(
                KEYS, f"{name} {number}", 2 + length, f"{purpose} The first two bytes are the length."
            )

    def _frames(self, frame_length: int) -> Iterator[Field]:
        number = 1
        while self._message[self._at : self._at + 4] != _LAST:
            yield self._field(
                BODY,
                f"frame {number}: number",
                4,
                "The frame's position. It is authenticated, so frames can't be swapped.",
            )
            yield from self._frame(f"frame {number}", frame_length)
            number += 1
        yield self._field(
            BODY, "last frame: mark", 4, "Marks the last frame, so that a truncated message is noticed."
        )
        yield self._field(BODY, "last frame: number", 4, "The frame's position.")
        yield self._field(BODY, "last frame: nonce", IV, "Never used twice with this message's key.")
        length = self._peek(4)
        yield self._field(BODY, "last frame: length", 4, "The length of its content.")
        if length:
            yield self._field(BODY, "last frame: content", length, "The encrypted data.")
        yield self._field(
            BODY,
            "last frame: tag",
            TAG,
            "Authenticates the content, the position, and the fact that this is the last frame.",
        )

    def _frame(self, name: str, length: int) -> Iterator[Field]:
        yield self._field(BODY, f"{name}: nonce", IV, "Never used twice with this message's key.")
        yield self._field(BODY, f"{name}: content", length, "The encrypted data.")
        yield self._field(BODY, f"{name}: tag", TAG, "Authenticates the content and the position.")

    def _peek(self, length: int) -> int:
        return int.from_bytes(self._message[self._at : self._at + length], "big")

    def _field(self, part: str, name: str, length: int, purpose: str) -> Field:
        self._reader.take(length)
        start, self._at = self._at, self._at + length
        return Field(part, name, start, self._at, purpose)
