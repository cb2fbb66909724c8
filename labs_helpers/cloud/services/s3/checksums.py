"""Checksum algorithms: CRC32, CRC32C, CRC64NVME, SHA1, and SHA256, for whole objects and for parts.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache, partial

FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
DEFAULT = "CRC64NVME"
"""The algorithm that AWS has used since December 2024 for objects sent without a checksum."""
_CRC32C, _CRC64NVME = 0x82F63B78, 0x9A6C9329AC4BC9B5
"""The polynomials in reflected form, from RFC 3720 and the NVM Express NVM Command Set Specification."""


@cache
def _tables(polynomial: int) -> tuple[tuple[int, ...], ...]:
    """Return eight tables, with which a checksum processes eight bytes at once."""
    first = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
        first.append(value)
    tables = [tuple(first)]
    for _ in range(7):
        tables.append(tuple(value >> 8 ^ first[value & 0xFF] for value in tables[-1]))
    return tuple(tables)


def _crc(polynomial: int, bits: int, data: bytes) -> bytes:
    """Return a reflected CRC with initial and final inversion."""
    t0, t1, t2, t3, t4, t5, t6, t7 = _tables(polynomial)
    value = inverted = (1 << bits) - 1
    whole = len(data) // 8 * 8
    for word in struct.unpack(f"<{whole // 8}Q", data[:whole]):
        mixed = value ^ word
        value = (
            t7[mixed & 0xFF] ^ t6[mixed >> 8 & 0xFF] ^ t5[mixed >> 16 & 0xFF] ^ t4[mixed >> 24 & 0xFF]
            ^ t3[mixed >> 32 & 0xFF] ^ t2[mixed >> 40 & 0xFF] ^ t1[mixed >> 48 & 0xFF] ^ t0[mixed >> 56]
        )  # fmt: skip
    for byte in data[whole:]:
        value = value >> 8 ^ t0[(value ^ byte) & 0xFF]
    return (value ^ inverted).to_bytes(bits // 8)


ALGORITHMS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "CRC32": (4, lambda data: zlib.crc32(data).to_bytes(4)),
    "CRC32C": (4, partial(_crc, _CRC32C, 32)),
    "CRC64NVME": (8, partial(_crc, _CRC64NVME, 64)),
    "SHA1": (20, lambda data: hashlib.sha1(data, usedforsecurity=False).digest()),
    "SHA256": (32, lambda data: hashlib.sha256(data).digest()),
    "SHA512": (64, lambda data: hashlib.sha512(data).digest()),
    "MD5": (16, lambda data: hashlib.md5(data, usedforsecurity=False).digest()),
}
"""The length of a checksum in bytes and the checksum function, by algorithm."""
NOT_MODELLED = ("XXHASH64", "XXHASH3", "XXHASH128")
TYPES = {
    "CRC32": (COMPOSITE, FULL_OBJECT), "CRC32C": (COMPOSITE, FULL_OBJECT), "CRC64NVME": (FULL_OBJECT,),
    "SHA1": (COMPOSITE,), "SHA256": (COMPOSITE,), "SHA512": (COMPOSITE,), "MD5": (COMPOSITE,),
}  # fmt: skip
"""The checksum types that a multipart upload can have, by algorithm. The first type is the default.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#checksum-types
"""


def type_of(algorithm: str, requested: str | None) -> str:
    """Return an upload's checksum type: the requested type, or the algorithm's default."""
    return requested or TYPES[algorithm][0]


def digest(data: bytes, algorithm: str) -> bytes:
    """Return the checksum of data as bytes."""
    return ALGORITHMS[algorithm][1](data)


def of(data: bytes, algorithm: str) -> str:
    """Return the checksum of data, in base64."""
    return base64.b64encode(digest(data, algorithm)).decode()


def of_parts(parts: Sequence[bytes], algorithm: str, kind: str) -> str:
    """Return the checksum of an object that consists of parts.

    It is computed from the whole content, or from the checksums of the parts.
    """
    if kind == FULL_OBJECT:
        return of(b"".join(parts), algorithm)
    return of(b"".join(digest(part, algorithm) for part in parts), algorithm)


def header(algorithm: str) -> str:
    """Return the name of the header for a checksum."""
    return f"x-amz-checksum-{algorithm.lower()}"
