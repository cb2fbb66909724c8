"""The HTTP response that is returned to the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response to the SDK."""

    status: int
    headers: Mapping[str, Any]
    body: str | bytes

    @property
    def text(self) -> str:
        """The body of a response that is a document, such as JSON or XML."""
        return self.body.decode("utf-8", "replace") if isinstance(self.body, bytes) else self.body
