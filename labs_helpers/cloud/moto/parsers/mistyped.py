"""A value that is not of its type."""

from __future__ import annotations

from typing import Any

TEXT, LIST, STRUCTURE = "text", "list", "structure"
NUMBERED, NESTED = "numbered parameter", "nested parameter"
OTHERS = "structure of none or of several"
"""A union must have exactly one member."""


class Mistyped(ValueError):
    """A value of another type than its member's.

    `wanted` is the type in the model, `given` the type that was sent: TEXT in a URL, header, form or XML document,
    else the name of JSON's token. `name` and `value` are the parameter's where they are known; `head` is True for a
    value in the URL or the headers.
    """

    def __init__(self, wanted: str, given: str, name: str = "", value: str = ""):
        super().__init__(f"{name or 'a value'} is a {given}, not a {wanted}")
        self.wanted, self.given, self.name, self.value = wanted, given, name, value
        self.head = False


class Unknown(Mistyped):
    """An unknown parameter, or one in a wrong place: NUMBERED or NESTED below a parameter that has no such members."""

    def __init__(self, name: str, given: str = TEXT):
        super().__init__("known parameter", given, name)


def token(value: Any) -> str:
    """Return AWS's name of a JSON value's type: STRING_VALUE and the like, LIST or STRUCTURE."""
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
