"""Headers in S3's responses: the ID of the version that an upload created, and an object's encryption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labs_helpers.cloud.core.call import Answer

ENCRYPTION = "x-amz-server-side-encryption"
"""The prefix of the names of all encryption headers."""


def created_version(answer: Answer) -> str | None:
    """Return the ID of the version that an upload created, or None if versioning isn't enabled on the bucket."""
    version = header(answer, "x-amz-version-id")
    return None if version in (None, "null") else str(version)


def with_encryption_headers(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return a response in which the given headers replace all encryption headers."""
    others = {
        name: value for name, value in answer.headers.items() if not str(name).lower().startswith(ENCRYPTION)
    }
    return replace(answer, headers={**others, **headers})


def with_headers(answer: Answer, headers: Mapping[str, str | None]) -> Answer:
    """Return a response in which the given headers replace headers with the same names.

    A value of None removes a header.
    """
    named = {name.lower() for name in headers}
    others = {name: value for name, value in answer.headers.items() if str(name).lower() not in named}
    return replace(
        answer, headers={**others, **{name: value for name, value in headers.items() if value is not None}}
    )


def header(answer: Answer, name: str) -> str | None:
    """Return the value of a response header, ignoring case. `name` must be lowercase."""
    return next((str(value) for key, value in answer.headers.items() if str(key).lower() == name), None)
