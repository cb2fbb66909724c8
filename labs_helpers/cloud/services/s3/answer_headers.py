"""What answers to uploads and reads say: which version was made, and how the object is encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labs_helpers.cloud.core.call import Answer

ENCRYPTION = "x-amz-server-side-encryption"
"""With what the names of all headers begin that tell of encryption."""


def version_made(answer: Answer) -> str | None:
    """The version that an upload made; None where the bucket keeps none."""
    found = header(answer, "x-amz-version-id")
    return None if found in (None, "null") else str(found)


def encrypted_as(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """The answer with these headers in place of all that tell of encryption."""
    others = {
        name: value for name, value in answer.headers.items() if not str(name).lower().startswith(ENCRYPTION)
    }
    return replace(answer, headers={**others, **headers})


def with_headers(answer: Answer, headers: Mapping[str, str | None]) -> Answer:
    """The answer with these headers in place of what it had under their names; without those that are None."""
    named = {name.lower() for name in headers}
    others = {name: value for name, value in answer.headers.items() if str(name).lower() not in named}
    return replace(
        answer, headers={**others, **{name: value for name, value in headers.items() if value is not None}}
    )


def header(answer: Answer, name: str) -> str | None:
    """A header of an answer, whatever its case."""
    return next((str(value) for key, value in answer.headers.items() if str(key).lower() == name), None)
