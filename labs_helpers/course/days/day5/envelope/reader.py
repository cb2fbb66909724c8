"""A reader for a message's fields. If the input ends too soon, the error names what is incomplete."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from labs_helpers.course.days.day5.envelope.errors import Malformed


class Reader:
    """A reader that reads fields from bytes or a file."""

    def __init__(self, source: bytes | BinaryIO, what: str):
        self._source: BinaryIO = BytesIO(source) if isinstance(source, bytes) else source
        self._what = what

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes. Raises `Malformed` if there are fewer."""
        data = self._source.read(length)
        while len(data) < length:
            more = self._source.read(length - len(data))
            if not more:
                raise Malformed(f"the {self._what} ends after {len(data)} of {length} bytes of a field")
            data += more
        return data

    def number(self, length: int) -> int:
        """Return an unsigned integer of `length` bytes, most significant byte first."""
        return int.from_bytes(self.take(length), "big")

    def end(self) -> None:
        """Raise `Malformed` if any bytes are left."""
        if self._source.read(1):
            raise Malformed(f"the {self._what} has extra bytes at the end")


class KeepingReader(Reader):
    """A reader that keeps the bytes it has read, because the whole header is authenticated."""

    def __init__(self, source: bytes | BinaryIO, what: str):
        super().__init__(source, what)
        self.kept = bytearray()

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes and keep them. Raises `Malformed` if there are fewer."""
        data = super().take(length)
        self.kept += data
        return data
