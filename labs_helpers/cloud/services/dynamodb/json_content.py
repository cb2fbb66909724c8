"""Access to the content of moto's JSON responses. Changes to the content also update the checksum that SDKs verify."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Answer

_CHECKSUM = "x-amz-crc32"
"""The header with the body's checksum: an SDK retries a request if the checksum doesn't match."""


def content(answer: Answer) -> dict[str, Any]:
    """Return a response's content as a dict."""
    read: dict[str, Any] = json.loads(answer.text)
    return read


def rewritten(answer: Answer, new: Mapping[str, Any]) -> Answer:
    """Return a response with new content and the matching checksum."""
    body = json.dumps(new)
    headers = {name: value for name, value in answer.headers.items() if str(name).lower() != _CHECKSUM}
    return replace(answer, body=body, headers={**headers, _CHECKSUM: str(zlib.crc32(body.encode()))})
