"""A value that is not of its type."""

from __future__ import annotations

from typing import Any

TEXT, LIST, STRUCTURE = "text", "list", "structure"
NUMBERED, NESTED = "numbered parameter", "nested parameter"
OTHERS = "structure of none or of several"
"""What is no union."""


class Mistyped(ValueError):
    """`wanted` is the type that the model gives the place, and `given` what stands there: TEXT in a URL, header, form
    or XML document, else the name of JSON's token. `name` and `value` are the parameter's where they are known, `head`
    says that it stands in URL or headers.
    """

    def __init__(self, wanted: str, given: str, name: str = "", value: str = ""):
        super().__init__(f"{name or 'a value'} is a {given}, not a {wanted}")
        self.wanted, self.given, self.name, self.value = wanted, given, name, value
        self.head = False


class Unknown(Mistyped):
    """A parameter that the operation does not have, or to which the others leave no place: NUMBERED or NESTED."""

    def __init__(self, name: str, given: str = TEXT):
        super().__init__("known parameter", given, name)


def token(value: Any) -> str:
    """What AWS's reader of JSON calls a value: STRING_VALUE and the like, LIST or STRUCTURE."""
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
