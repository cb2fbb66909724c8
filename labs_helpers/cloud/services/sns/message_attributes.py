"""Message attributes: validating them, and converting them to the form that subscribers receive.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.services.shared.refusals import refusal

_wrong = refusal("ParameterValueInvalid", 400)
_NAME = re.compile(r"(?=.{1,256}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", re.ASCII)
"""Names neither begin nor end with a period, and never have two periods in a row.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html#SNSMessageAttributesNTV
"""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def as_sent(given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return attributes with `Type` and `Value`. Binary values are in base64.

    Raises ParameterValueInvalid for an invalid attribute.
    """
    return {name: _sent(name, value) for name, value in given.items()}


def _sent(name: str, given: Mapping[str, Any]) -> dict[str, str]:
    kind = given.get("DataType") or ""
    if not _NAME.fullmatch(name):
        raise _wrong(f"Invalid attribute name: {name}")
    if not kind:
        raise _wrong(f"The message attribute '{name}' must contain non-empty message attribute type.")
    prefix = kind.split(".")[0]
    if prefix not in ("String", "Number", "Binary"):
        raise _wrong(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes "
            "is Binary, Number, and String."
        )
    value = given.get("BinaryValue") if prefix == "Binary" else given.get("StringValue")
    if not value:
        raise _wrong(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
            f"'{kind}'."
        )
    if prefix == "Binary":
        return {"Type": kind, "Value": base64.b64encode(value).decode()}
    if prefix == "Number" and not _NUMBER.fullmatch(value):
        raise _wrong(f"Could not cast message attribute '{name}' value to number.")
    return {"Type": kind, "Value": str(value)}


def size(attributes: Mapping[str, Mapping[str, str]]) -> int:
    """Return the number of bytes that attributes add to a message."""
    return sum(
        len(text.encode("utf-8", "surrogatepass"))
        for name, value in attributes.items()
        for text in (name, value["Type"], value["Value"])
    )
