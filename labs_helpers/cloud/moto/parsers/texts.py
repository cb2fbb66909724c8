"""Parsers for values that are strings in URLs, headers, forms, and XML documents."""

from __future__ import annotations

import base64
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore.model import Shape

from labs_helpers.cloud.moto.parsers.mistyped import TEXT, Mistyped

NAMES = {"integer": "Integer", "long": "Long", "float": "Float", "double": "Double"}
_BITS = {"integer": 31, "long": 63}
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d(?:T.{5,})?", re.ASCII)


def in_range(value: int, shape: Shape) -> bool:
    """Return True if a number fits in an integer's 32 bits or a long's 64 bits.

    https://smithy.io/2.0/spec/simple-types.html
    """
    limit = 1 << _BITS[shape.type_name]
    return -limit <= value < limit


def integer(text: str, shape: Shape) -> int:
    """Return an integer or a long. Raises `Mistyped` if the text isn't one or is out of range."""
    if not _INTEGER.fullmatch(text) or not in_range(int(text), shape):
        raise Mistyped(NAMES[shape.type_name], TEXT, value=text)
    return int(text)


def number(text: str, shape: Shape) -> float:
    """Return a finite number. Raises `Mistyped` if the text isn't a finite number."""
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise Mistyped(NAMES[shape.type_name], TEXT, value=text)
    return float(text)


def boolean(text: str) -> bool:
    """Return the value of `true` or `false`, which must be lowercase. Raises `Mistyped` for any other text."""
    if text not in ("true", "false"):
        raise Mistyped("Boolean", TEXT, value=text)
    return text == "true"


def blob(text: str) -> bytes:
    """Return the decoded bytes of a base64 string. Raises `Mistyped` if the text isn't valid base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Mistyped("Blob", TEXT, value=text) from error


def timestamp(text: str) -> datetime:
    """Return an ISO 8601 or HTTP date string as a naive UTC datetime. Raises `Mistyped` if the text isn't a date."""
    try:
        found = datetime.fromisoformat(text) if _ISO_8601.fullmatch(text) else parsedate_to_datetime(text)
        return (
            found.replace(tzinfo=None) if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
        )
    except (ValueError, OverflowError) as error:
        raise Mistyped("Timestamp", TEXT, value=text) from error
