"""Attribute values in their two forms: binary values are bytes in a parsed request, and base64 in moto and in JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any


def as_sent(value: Any) -> Any:
    """Return values of a parsed request as moto and JSON have them."""
    if isinstance(value, Mapping):
        return {name: as_sent(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_sent(inner) for inner in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def as_read(value: Any, kind: str = "") -> Any:
    """Return moto's values as a parsed request has them; `kind` is the type of the value, "" if it is not one."""
    if isinstance(value, Mapping):
        return {name: as_read(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_read(inner, kind) for inner in value]
    return base64.b64decode(value) if kind in ("B", "BS") and isinstance(value, str) else value
