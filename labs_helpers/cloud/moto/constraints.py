"""Parameter constraints in AWS's models (length, range, pattern, enum, required), and AWS's messages for violations.

botocore checks required parameters and minimum lengths in the client; the service checks all other constraints: "1
validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must …".
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


@dataclass(frozen=True, slots=True)
class Violation:
    """A parameter that violates a constraint.

    `path` is in AWS's notation (`tags.1.member.key`). `kind` is one of required, enum, pattern, longer, shorter,
    greater, less. `members` lists the names from the operation's parameter down.
    """

    path: str
    kind: str
    constraint: str
    value: str | None
    """The value in the form that AWS quotes, or None if AWS omits the value because it is sensitive."""
    members: tuple[str, ...]
    pattern: str = ""
    blank: bool = False
    """True if the value is an empty string."""

    @property
    def text(self) -> str:
        """The AWS message about this violation."""
        if self.kind == "required":
            return f"Value null at '{self.path}' failed to satisfy constraint: {self.constraint}"
        value = "" if self.value is None else f"'{self.value}' "
        return f"Value {value}at '{self.path}' failed to satisfy constraint: {self.constraint}"


def violations(parameters: Mapping[str, Any], shape: StructureShape) -> list[Violation]:
    """Return every constraint violation in an operation's parameters, in the model's order."""
    return list(_structure(parameters, shape, "", ()))


def sentence(found: list[Violation]) -> str:
    """Return AWS's validation message, which contains the number of violations and a description of each."""
    errors = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {errors} detected: {'; '.join(each.text for each in found)}"


def _structure(
    value: Mapping[str, Any], shape: StructureShape, path: str, members: tuple[str, ...]
) -> Iterator[Violation]:
    for name in shape.required_members:
        if value.get(name) is None:
            at = f"{path}{_camel(name)}"
            yield Violation(at, "required", "Member must not be null", None, (*members, name))
    for name, member in shape.members.items():
        inner = value.get(name)
        if inner is not None:
            yield from _value(inner, member, f"{path}{_camel(name)}", (*members, name))


def _value(value: Any, shape: Shape, path: str, members: tuple[str, ...]) -> Iterator[Violation]:
    yield from _own(value, shape, path, members)
    if isinstance(shape, StructureShape):
        yield from _structure(value, shape, f"{path}.", members)
    elif isinstance(shape, ListShape):
        yield from _list(value, shape, path, members)
    elif isinstance(shape, MapShape):
        yield from _map(value, shape, path, members)


def _list(value: list[Any], shape: ListShape, path: str, members: tuple[str, ...]) -> Iterator[Violation]:
    if isinstance(shape.member, StructureShape | ListShape | MapShape):
        for number, inner in enumerate(value, 1):
            yield from _value(inner, shape.member, f"{path}.{number}.member", members)
        return
    yield from _inner(value, value, shape.member, shape, "Member", path, members)


def _map(
    value: Mapping[str, Any], shape: MapShape, path: str, members: tuple[str, ...]
) -> Iterator[Violation]:
    yield from _inner(list(value), value, shape.key, shape, "Map keys", path, members)
    if isinstance(shape.value, StructureShape):
        for name, inner in value.items():
            yield from _value(inner, shape.value, f"{path}.{name}.member", members)
        return
    yield from _inner(list(value.values()), value, shape.value, shape, "Map value", path, members)
    if isinstance(shape.value, ListShape | MapShape):
        for name, inner in value.items():
            for found in _value(inner, shape.value, f"{path}.{name}.member", members):
                if found.path != f"{path}.{name}.member":
                    yield found


def _inner(
    inner: list[Any], whole: Any, shape: Shape, outer: Shape, what: str, path: str, members: tuple[str, ...]
) -> Iterator[Violation]:
    """Yield one violation for the whole list or map, with all constraints of its members, as AWS does."""
    broken = next((found for each in inner for found in _own(each, shape, path, members)), None)
    if broken is None:
        return
    all_of_them = ", ".join(text for _, text in _demands(shape))
    secret = _sensitive(shape) or _sensitive(outer)
    yield Violation(
        path, broken.kind, f"{what} must satisfy constraint: [{all_of_them}]",
        None if secret else _shown(whole, outer), members, broken.pattern,
    )  # fmt: skip


def _own(value: Any, shape: Shape, path: str, members: tuple[str, ...]) -> Iterator[Violation]:
    for kind, text in _demands(shape):
        if not _meets(value, shape, kind):
            shown = None if _sensitive(shape) else _shown(value, shape)
            pattern = shape.metadata.get("pattern", "")
            yield Violation(path, kind, text, shown, members, pattern, value == "")


_COUNTED = ("string", "list", "map", "blob")


@cache
def _demands(shape: Shape) -> tuple[tuple[str, str], ...]:
    """Return (kind, AWS's words) for each constraint of a shape, in the order in which AWS lists them."""
    limits, kind = shape.metadata, shape.type_name
    demands = []
    if kind == "string" and limits.get("enum"):
        demands.append(("enum", f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"))
        return tuple(demands)
    if kind in _COUNTED:
        if "max" in limits:
            demands.append(("longer", f"Member must have length less than or equal to {limits['max']}"))
        if "min" in limits:
            demands.append(("shorter", f"Member must have length greater than or equal to {limits['min']}"))
    elif kind in ("integer", "long", "float", "double"):
        if "max" in limits:
            demands.append(("greater", f"Member must have value less than or equal to {limits['max']}"))
        if "min" in limits:
            demands.append(("less", f"Member must have value greater than or equal to {limits['min']}"))
    if kind == "string" and limits.get("pattern") and expression(limits["pattern"]) is not None:
        demands.append(("pattern", f"Member must satisfy regular expression pattern: {limits['pattern']}"))
    return tuple(demands)


def _meets(value: Any, shape: Shape, kind: str) -> bool:
    limits = shape.metadata
    if kind == "enum":
        return bool(value in limits["enum"])
    if kind == "pattern":
        return _matches(limits["pattern"], value)
    if kind in ("longer", "shorter"):
        if not hasattr(value, "__len__"):
            return True  # a blob that is a stream
        return bool(len(value) <= limits["max"] if kind == "longer" else len(value) >= limits["min"])
    return bool(value <= limits["max"] if kind == "greater" else value >= limits["min"])


def _sensitive(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))


def _shown(value: Any, shape: Shape) -> str | None:
    """Return a value as AWS quotes it, or None if part of it is sensitive or consists of bytes."""
    if _sensitive(shape) or shape.type_name == "blob":
        return None
    if isinstance(shape, ListShape):
        return _joined("[", [_shown(each, shape.member) for each in value], "]")
    if isinstance(shape, MapShape):
        pairs = [(name, _shown(each, shape.value)) for name, each in value.items()]
        return _joined("{", [None if text is None else f"{name}={text}" for name, text in pairs], "}")
    if isinstance(shape, StructureShape):
        shown = [(name, _shown(value[name], shape.members[name])) for name in shape.members if name in value]
        inner = [None if text is None else f"{_camel(name)}={text}" for name, text in shown]
        return _joined(f"{shape.name}(", inner, ")")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _joined(start: str, parts: list[str | None], end: str) -> str | None:
    known = [part for part in parts if part is not None]
    return f"{start}{', '.join(known)}{end}" if len(known) == len(parts) else None


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


# Patterns, which are written for Java


def _matches(pattern: str, value: str) -> bool:
    found = expression(pattern, ascii_only=value.isascii())
    return found is None or found.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def expression(pattern: str, *, ascii_only: bool = True) -> re.Pattern[str] | None:
    """Return a model's Java pattern as a Python pattern, or None if Python can't express it.

    With `ascii_only`, the pattern matches only ASCII strings, which keeps character classes (`\\p{L}`) short.
    """
    python = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    python = python.replace(r"\x{10FFFF}", r"\U0010FFFF").replace(r"\x{10000}", r"\U00010000")
    python = _TOKEN.sub(lambda found: _translated(found, ascii_only), python)
    # Java reads a hyphen after a class or a range as a hyphen.
    python = python.replace(r"\w-", r"\w\-").replace("0-9-_", r"0-9\-_")
    try:
        return re.compile(python, re.ASCII)
    except re.error:
        return None


_PROPERTY = re.compile(r"\\p\{(\w+)\}|\\p([A-Z])")
_TOKEN = re.compile(rf"(\[(?:\\.|[^\]\\])*\])|{_PROPERTY.pattern}")


def _translated(token: re.Match[str], ascii_only: bool) -> str:
    """Return a bracket expression with its properties as ranges, or put a property outside brackets into brackets."""
    inside = token[1] or f"[{token[0]}]"
    return _PROPERTY.sub(lambda found: _class(found[1] or found[2], ascii_only), inside)


_CLASSES = {
    "ASCII": r"\x00-\x7F", "Alnum": "a-zA-Z0-9", "Alpha": "a-zA-Z", "Digit": "0-9", "Upper": "A-Z", "Lower": "a-z",
    "Graph": r"\x21-\x7E", "Print": r"\x20-\x7E", "Space": r"\s", "Punct": r"!-/:-@\[-`{-~", "IsAlphabetic": "L",
}  # fmt: skip


def _class(name: str, ascii_only: bool) -> str:
    known = _CLASSES.get(name, name.removeprefix("Is"))
    if len(known) > 2 or not known.isalpha():
        return known
    return _category(known, 128 if ascii_only else sys.maxunicode + 1)


@cache
def _category(name: str, end: int) -> str:
    """Return the characters of a Unicode category, as the inside of a character class."""
    ranges: list[str] = []
    start: int | None = None
    for code in range(end + 1):
        inside = code < end and unicodedata.category(chr(code)).startswith(name)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(ranges)
