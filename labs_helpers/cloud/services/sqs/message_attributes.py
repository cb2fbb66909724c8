"""Message attributes: their validation, size, and digest.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.services.sqs.errors import invalid

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MOST = 10
_RESERVED = ("aws.", "amazon.")


def check(given: Mapping[str, Mapping[str, Any]]) -> None:
    """Reject attributes that lack a type or value or have an unknown type, and more than ten attributes."""
    if len(given) > _MOST:
        raise invalid(f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{_MOST}].")
    for name, value in given.items():
        _check(name, value)


def check_system(given: Mapping[str, Mapping[str, Any]]) -> None:
    """Reject system attributes other than the trace header."""
    for name, value in given.items():
        if name != "AWSTraceHeader":
            raise invalid(f"Message system attribute name '{name}' is invalid.")
        if value.get("DataType") != "String":
            raise invalid(f"The data type of the system attribute '{name}' must be String.")
        _check(name, value)


def _check(name: str, given: Mapping[str, Any]) -> None:
    if (
        not _NAME.fullmatch(name)
        or name.lower().startswith(_RESERVED)
        or name[0] == "."
        or name[-1] == "."
        or ".." in name
    ):
        raise invalid(
            f"Message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), "
            "hyphen (-), and period (.) characters."
        )
    kind = given.get("DataType") or ""
    if not kind:
        raise invalid(f"The message attribute '{name}' must contain non-empty message attribute type.")
    prefix = kind.split(".")[0]
    if prefix not in ("String", "Number", "Binary"):
        raise invalid(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following supported type "
            "prefixes: Binary, Number, String."
        )
    value = given.get("BinaryValue" if prefix == "Binary" else "StringValue")
    if not value:
        raise invalid(
            f"The message attribute '{name}' must contain a non-empty message attribute value for message attribute "
            f"type '{kind}'."
        )
    if prefix == "Number" and not _NUMBER.fullmatch(value):
        raise invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def _bytes(value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)


def size(given: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the number of bytes that attributes add to a message."""
    return sum(
        len(_bytes(part))
        for name, value in given.items()
        for part in (
            name,
            value.get("DataType") or "",
            value.get("StringValue") or value.get("BinaryValue") or "",
        )
    )


def digest(given: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the MD5 digest of attributes, as described in the developer guide."""
    whole = b""
    for name in sorted(given):
        value = given[name]
        binary = value["DataType"].startswith("Binary")
        parts = [name, value["DataType"], value["BinaryValue" if binary else "StringValue"]]
        encoded = [struct.pack("!I", len(_bytes(part))) + _bytes(part) for part in parts]
        whole += encoded[0] + encoded[1] + (b"\x02" if binary else b"\x01") + encoded[2]
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()
