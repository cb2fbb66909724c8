"""Conversion of attribute values.

Binary values are bytes in a parsed request, but base64 strings in moto and JSON.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any


def as_sent(value: Any) -> Any:
    """Convert values from a parsed request to the form that moto and JSON use."""
    if isinstance(value, Mapping):
        return {name: as_sent(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_sent(inner) for inner in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def as_read(value: Any, kind: str = "") -> Any:
    """Convert values from moto to the form of a parsed request. `kind` is the value's type, or "" for other data."""
    if isinstance(value, Mapping):
        return {name: as_read(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_read(inner, kind) for inner in value]
    return base64.b64decode(value) if kind in ("B", "BS") and isinstance(value, str) else value
