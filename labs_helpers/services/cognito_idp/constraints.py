"""What botocore's model of user pools demands of parameters: lengths, ranges, patterns and sets of values.

AWS answers InvalidParameterException and names every member that is wrong; values of sensitive members stay unsaid.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.services.cognito_idp.errors import invalid

_CLASSES = {
    "L": "a-zA-Z\ue000", "M": "\ue001", "S": r"$+<=>^`|~" + "\ue002", "N": "0-9\ue003",
    "P": r"!\"#%&'()*,\-./:;?@\[\\\]_{}" + "\ue004", "Z": " \ue005",
}  # fmt: skip
"""Unicode's general categories within ASCII, and one character that stands for all others of each."""
_STANDS_FOR = {"L": "\ue000", "M": "\ue001", "S": "\ue002", "N": "\ue003", "P": "\ue004", "Z": "\ue005"}
_WIDER = frozenset({"DomainType"})
"""Patterns that the model states and AWS does not hold to: custom domains have dots."""
_BLANK_ALLOWED = frozenset({"PasswordType", "OptionalArnType"})
"""A blank password means: none (users who sign in with one-time codes)."""


def check(call: Call, input_shape: Any) -> None:
    """Hold a call's parameters to their constraints. Raises InvalidParameterException with all that fail."""
    wrong = list(_structure(input_shape, call.parameters, ""))
    if wrong:
        count = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected: "
        raise invalid(count + "; ".join(wrong))


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    if shape is None or shape.metadata.get("document"):
        return
    for name, item in value.items():
        member = shape.members.get(name)
        if member is not None and item is not None:
            yield from _value(member, item, f"{path}{name[:1].lower()}{name[1:]}")


def _value(shape: Any, value: Any, path: str) -> Iterator[str]:
    rules, kind = shape.metadata, shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, f"{path}.")
    elif kind == "list":
        yield from _size(rules, value, path)
        for number, item in enumerate(value, 1):
            yield from _value(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from _size(rules, value, path)
        for key, item in value.items():
            yield from _value(shape.key, key, f"{path}.{key}")
            yield from _value(shape.value, item, f"{path}.{key}.member")
    elif kind == "string":
        yield from _text(shape, value, path)
    elif kind in ("integer", "long"):
        yield from _number(rules, value, path)
    elif kind == "blob":
        yield from _size(rules, value, path, "length")


def _number(rules: Mapping[str, Any], value: int, path: str) -> Iterator[str]:
    if value < rules.get("min", value):
        yield _failed(value, path, f"have value greater than or equal to {rules['min']}")
    if value > rules.get("max", value):
        yield _failed(value, path, f"have value less than or equal to {rules['max']}")


def _size(rules: Mapping[str, Any], value: Any, path: str, what: str = "length") -> Iterator[str]:
    size = len(value)
    shown = None if rules.get("sensitive") or not isinstance(value, str) else value
    if size < rules.get("min", size):
        yield _failed(shown, path, f"have {what} greater than or equal to {rules['min']}")
    if size > rules.get("max", size):
        yield _failed(shown, path, f"have {what} less than or equal to {rules['max']}")


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    rules = shape.metadata
    if value == "" and shape.name in _BLANK_ALLOWED:
        return
    shown = None if rules.get("sensitive") else value
    yield from _size(rules, value, path)
    pattern = rules.get("pattern") if shape.name not in _WIDER else None
    if pattern and not _expression(pattern).fullmatch(_categorised(value)):
        yield _failed(shown, path, f"satisfy regular expression pattern: {pattern}")
    if rules.get("enum") and value not in rules["enum"]:
        yield _failed(shown, path, f"satisfy enum value set: [{', '.join(rules['enum'])}]")


def _failed(value: Any, path: str, constraint: str) -> str:
    shown = "" if value is None else f" '{value}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _categorised(text: str) -> str:
    """The text with one stand-in for all characters of a category beyond ASCII, as `_CLASSES` expects it."""
    if text.isascii():
        return text
    return "".join(
        char if char.isascii() else _STANDS_FOR.get(unicodedata.category(char)[0], "\ue006") for char in text
    )


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern of the model (Java's syntax) for Python: `\\p{L}` within brackets becomes what it stands for."""
    translated = re.sub(r"\\p\{(\w)\}", lambda found: _CLASSES[found[1]], pattern)
    return re.compile(translated.replace("0-9-_", r"0-9\-_"), re.ASCII)
