"""Conversion of values to the form in which CloudTrail shows them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def plain(value: Any) -> Any:
    """Return a value in a JSON-serializable form: times as strings, bytes as base64."""
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def written(time: datetime) -> str:
    """Return a time in CloudTrail's form, such as `Jan 19, 2023 5:55:08 PM`."""
    moment = time.astimezone(UTC) if time.tzinfo else time
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment.year} {hour}:{moment:%M:%S %p}"
