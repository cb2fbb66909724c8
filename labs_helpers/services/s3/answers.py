"""What answers to uploads and reads say: which version was made, and how the object is encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labs_helpers.core.call import Answer

ENCRYPTION = "x-amz-server-side-encryption"
"""With what the names of all headers begin that tell of encryption."""


def version_made(answer: Answer) -> str | None:
    """The version that an upload made; None where the bucket keeps none."""
    found = next(
        (value for name, value in answer.headers.items() if str(name).lower() == "x-amz-version-id"), None
    )
    return None if found in (None, "null") else str(found)


def encrypted_as(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """The answer with these headers in place of all that tell of encryption."""
    others = {
        name: value for name, value in answer.headers.items() if not str(name).lower().startswith(ENCRYPTION)
    }
    return replace(answer, headers={**others, **headers})
