"""An animated PNG of screenshots, without a library: each frame is a PNG whose picture data is copied unchanged.

https://www.w3.org/TR/png-3/#apng-frame-based-animation
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import count

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each chunk of a PNG."""
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def animated(frames: Sequence[tuple[bytes, float]], plays: int) -> bytes:
    """Return an animated PNG of frames, each a PNG with the seconds for which it is shown.

    Raises `ValueError` if the frames don't have the same size and kind of pixels.
    """
    (header,) = {dict(chunks(png))[b"IHDR"] for png, _ in frames}
    parts = [_chunk(b"IHDR", header), _chunk(b"acTL", struct.pack(">II", len(frames), plays))]
    numbers = count()
    for first, (png, seconds) in enumerate(frames):
        parts.append(_chunk(b"fcTL", _control(next(numbers), header, seconds)))
        data = b"".join(content for name, content in chunks(png) if name == b"IDAT")
        number = b"" if first == 0 else struct.pack(">I", next(numbers))
        parts.append(_chunk(b"IDAT" if first == 0 else b"fdAT", number + data))
    return SIGNATURE + b"".join(parts) + _chunk(b"IEND", b"")


def _control(number: int, header: bytes, seconds: float) -> bytes:
    width, height = struct.unpack(">II", header[:8])
    return struct.pack(">IIIIIHHBB", number, width, height, 0, 0, round(seconds * 100), 100, 0, 0)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
