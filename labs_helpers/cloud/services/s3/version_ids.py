"""Version IDs: opaque strings of 32 characters. S3 recognizes the version IDs that it created.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html#version-ids
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from labs_helpers.cloud.services.s3.errors import wrong_argument

NULL = "null"
_RANDOM, _CHECK = 16, 8


def make(random: bytes) -> str:
    """Return a version ID based on 16 random bytes. OBSERVED in 2026: version IDs have 32 characters."""
    return base64.b64encode(random + _check(random), altchars=b"_.").decode()


def refuse_foreign(version: str | None) -> None:
    """Reject a version ID that S3 didn't create.

    OBSERVED in 2026: this applies to buckets with and without versioning, and to both reads and deletions.
    """
    if version is None or is_own(version):
        return
    message = "Version id cannot be the empty string" if not version else "Invalid version id specified"
    raise wrong_argument(message, "versionId", version)


def is_own(version: str) -> bool:
    """Return whether a version ID is `null` or was created by S3."""
    if version == NULL:
        return True
    try:
        found = base64.b64decode(version, altchars=b"_.", validate=True)
    except (binascii.Error, ValueError):
        return False
    random, check = found[:_RANDOM], found[_RANDOM:]
    return len(found) == _RANDOM + _CHECK and check == _check(random)


def _check(random: bytes) -> bytes:
    return hashlib.blake2b(random, digest_size=_CHECK, person=b"version id").digest()
