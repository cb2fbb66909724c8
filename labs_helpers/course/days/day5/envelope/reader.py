"""Bytes are taken one field after the other; where they end too soon, the error says in which field."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from labs_helpers.course.days.day5.envelope.errors import Malformed


class Reader:
    """Reads fields from bytes or from a file; with `keep`, also keeps what it read: the header is authenticated."""

    def __init__(self, source: bytes | BinaryIO, what: str, *, keep: bool = False):
        self._source: BinaryIO = BytesIO(source) if isinstance(source, bytes) else source
        self._what = what
        self.kept: bytearray | None = bytearray() if keep else None

    def take(self, length: int) -> bytes:
        """The next `length` bytes. Raises `Malformed` where there are fewer."""
        data = self._source.read(length)
        while len(data) < length:
            more = self._source.read(length - len(data))
            if not more:
                raise Malformed(f"the {self._what} ends after {len(data)} of {length} bytes of a field")
            data += more
        if self.kept is not None:
            self.kept += data
        return data

    def number(self, length: int) -> int:
        """An unsigned number of `length` bytes, the most significant first."""
        return int.from_bytes(self.take(length), "big")

    def end(self) -> None:
        """Raises `Malformed` if anything is left."""
        if self._source.read(1):
            raise Malformed(f"something follows the end of the {self._what}")
