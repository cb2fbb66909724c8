"""Headers of S3's answers: the version that an upload created, and the encryption of an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labs_helpers.cloud.core.call import Answer

ENCRYPTION = "x-amz-server-side-encryption"
"""The beginning of the names of all headers about encryption."""


def created_version(answer: Answer) -> str | None:
    """Return the ID of the version that an upload created, or None if the bucket keeps no versions."""
    version = header(answer, "x-amz-version-id")
    return None if version in (None, "null") else str(version)


def with_encryption_headers(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return the answer with these headers in place of all headers about encryption."""
    others = {
        name: value for name, value in answer.headers.items() if not str(name).lower().startswith(ENCRYPTION)
    }
    return replace(answer, headers={**others, **headers})


def with_headers(answer: Answer, headers: Mapping[str, str | None]) -> Answer:
    """Return the answer with these headers in place of those with the same names; None removes a header."""
    named = {name.lower() for name in headers}
    others = {name: value for name, value in answer.headers.items() if str(name).lower() not in named}
    return replace(
        answer, headers={**others, **{name: value for name, value in headers.items() if value is not None}}
    )


def header(answer: Answer, name: str) -> str | None:
    """Return the value of a header of an answer, in upper or lower case; `name` is in lower case."""
    return next((str(value) for key, value in answer.headers.items() if str(key).lower() == name), None)
