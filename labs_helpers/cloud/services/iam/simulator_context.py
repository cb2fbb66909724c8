"""The simulator's context entries: names, types, and values.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.services.iam.entities import invalid_input

_LIST = "List"


def read_context(entries: Iterable[Mapping[str, Any]]) -> dict[str, str | tuple[str, ...]]:
    """Return the context entries by lowercase key.

    A value is a string, or a tuple of strings if the key has a list type. Raises InvalidInput for an invalid entry.
    """
    found: dict[str, str | tuple[str, ...]] = {}
    for entry in entries:
        name = entry.get("ContextKeyName") or ""
        if not 5 <= len(name) <= 256 or ":" not in name:
            raise invalid_input(f"Invalid context key name: {name}.")
        if name.lower() in found:
            raise invalid_input(f"The context key {name} is given twice.")
        found[name.lower()] = _value(name, entry.get("ContextKeyType"), entry.get("ContextKeyValues") or [])
    return found


def _value(name: str, kind: str | None, values: list[str]) -> str | tuple[str, ...]:
    several = len(values) != 1 if kind is None else kind.endswith(_LIST)
    basic = (kind or "string").removesuffix(_LIST)
    if basic not in _READERS:
        raise invalid_input(f"Invalid context key type {kind} of {name}.")
    if not several and len(values) != 1:
        raise invalid_input(f"The context key {name} of type {kind} must have one value.")
    for value in values:
        try:
            _READERS[basic](value)
        except (ValueError, binascii.Error):
            raise invalid_input(f"Invalid value {value} for the context key {name} of type {kind}.") from None
    return tuple(values) if several else values[0]


def _number(value: str) -> None:
    if not math.isfinite(float(value)):
        raise ValueError(value)


def _boolean(value: str) -> None:
    if value.lower() not in ("true", "false"):
        raise ValueError(value)


def _date(value: str) -> None:
    if not value.isdecimal():
        datetime.fromisoformat(value)


_READERS: dict[str, Callable[[str], object]] = {
    "string": str,
    "numeric": _number,
    "boolean": _boolean,
    "ip": lambda value: ipaddress.ip_network(value, strict=False),
    "binary": lambda value: base64.b64decode(value, validate=True),
    "date": _date,
}
