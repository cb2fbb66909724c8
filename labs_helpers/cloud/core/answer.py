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
