"""The error for a value of the wrong type."""

from __future__ import annotations

from typing import Any

TEXT, LIST, STRUCTURE = "text", "list", "structure"
NUMBERED, NESTED = "numbered parameter", "nested parameter"
OTHERS = "structure with none or several of the members"
"""The reason for rejecting a union that doesn't have exactly one member."""


class Mistyped(ValueError):
    """A value that doesn't have its member's type.

    `wanted` is the type in the model. `given` is the type that was sent: TEXT in a URL, header, form, or XML document,
    otherwise the JSON token's name. `name` and `value` are the parameter's name and value, if known. `head` is True for
    a value in the URL or headers.
    """

    def __init__(self, wanted: str, given: str, name: str = "", value: str = ""):
        super().__init__(f"{name or 'a value'} is a {given}, not a {wanted}")
        self.wanted, self.given, self.name, self.value = wanted, given, name, value
        self.head = False


class Unknown(Mistyped):
    """The error for an unknown or misplaced parameter.

    An example is a NUMBERED or NESTED part of a parameter that can't have parts.
    """

    def __init__(self, name: str, given: str = TEXT):
        super().__init__("known parameter", given, name)


def token(value: Any) -> str:
    """Return AWS's name for a JSON value's type, such as STRING_VALUE, LIST, or STRUCTURE."""
    if value is True or value is False:
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return _TOKENS.get(type(value), "null")


_TOKENS = {
    str: "STRING_VALUE",
    int: "NUMBER_VALUE",
    float: "DECIMAL_VALUE",
    list: LIST,
    dict: STRUCTURE,
}
