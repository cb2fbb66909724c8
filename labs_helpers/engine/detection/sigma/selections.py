"""The selections of a Sigma rule: fields with modifiers, and the values that they can have.

https://sigmahq.io/sigma-specification/specification/sigma-appendix-modifiers.html
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.detection.records import as_text, values
from labs_helpers.engine.detection.regular_expressions import SlowExpression, expression
from labs_helpers.engine.detection.rule import Record, RuleError
from labs_helpers.engine.detection.wildcards import with_gaps
from labs_helpers.engine.detection.yaml_places import Placed

Test = Callable[[Record], bool]
_ValueTest = Callable[[Any], bool]

_SHAPES = ("contains", "startswith", "endswith", "re", "cidr", "exists", "fieldref", "lt", "lte", "gt", "gte")
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
MODIFIERS = (*_SHAPES, "all", "cased", *_FLAGS)
"""The supported modifiers; i, m, and s follow re."""
_WITH_FIELDREF = frozenset(("contains", "startswith", "endswith"))


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection's test of a record, and the fields that it reads."""

    test: Test
    fields: tuple[str, ...]


def selection(placed: Placed) -> Selection:
    """Return a selection: a mapping, all of whose fields must match, or a list of mappings, one of which must match.

    Raises `RuleError` for unknown modifiers, and for lists of words without a field.
    """
    if isinstance(placed.value, list):
        if not placed.value:
            raise placed.error("the list is empty")
        parts = [selection(each) for each in placed.value]
        return Selection(
            lambda record: any(part.test(record) for part in parts),
            tuple(field for part in parts for field in part.fields),
        )
    if not isinstance(placed.value, Mapping):
        raise placed.error(
            "words without a field aren't supported. A selection is a mapping, such as eventName: DeleteTrail"
        )
    if not placed.value:
        raise placed.error("the selection is empty")
    tests, fields = [], []
    for name, wanted in placed.value.items():
        test, read = _field_test(name, placed.keys[name], wanted)
        tests.append(test)
        fields += read
    return Selection(lambda record: all(test(record) for test in tests), tuple(fields))


def _field_test(name: str, place: tuple[int, int], wanted: Placed) -> tuple[Test, list[str]]:
    field, *modifiers = name.split("|")
    _check_modifiers(field, modifiers, place)
    if isinstance(wanted.value, Mapping):
        raise wanted.error(f'"{field}" needs a value or a list of values. Write inner fields as {field}.name')
    listed = wanted.value if isinstance(wanted.value, list) else [wanted]
    if not listed:
        raise wanted.error("the list is empty")
    every = "all" in modifiers
    if every and len(listed) < 2:
        raise wanted.error('"all" needs a list of values')
    if "fieldref" in modifiers:
        others = [_text(each, "fieldref") for each in listed]
        tests = [_field_reference(field, other, modifiers) for other in others]
        return _joined(tests, every=every), [field, *others]
    return _joined([_test_of(field, each, modifiers) for each in listed], every=every), [field]


def _joined(tests: list[Test], *, every: bool) -> Test:
    join = all if every else any
    return lambda record: join(test(record) for test in tests)


def _check_modifiers(field: str, modifiers: list[str], place: tuple[int, int]) -> None:
    line, column = place
    if not field:
        raise RuleError("a field name is missing before the modifier", line, column)
    at = column + len(field) + 1
    for modifier in modifiers:
        if modifier not in MODIFIERS:
            known = ", ".join(MODIFIERS)
            raise RuleError(f'the modifier "{modifier}" isn\'t supported. Supported: {known}', line, at)
        if modifier in _FLAGS and "re" not in modifiers:
            raise RuleError(f'the modifier "{modifier}" is only for re', line, at)
        at += len(modifier) + 1
    shapes = [each for each in modifiers if each in _SHAPES]
    joined = set(shapes) - {"fieldref"} if "fieldref" in shapes else set()
    if len(shapes) > 1 and not (len(shapes) == 2 and joined and joined <= _WITH_FIELDREF):
        raise RuleError(f'the modifiers "{shapes[0]}" and "{shapes[1]}" can\'t be combined', line, column)


def _test_of(field: str, wanted: Placed, modifiers: list[str]) -> Test:
    """Return the test of one value that a field can have."""
    if "exists" in modifiers:
        if not isinstance(wanted.value, bool):
            raise wanted.error('"exists" needs true or false')
        return lambda record: bool(values(record, field)) is wanted.value
    if isinstance(wanted.value, Mapping | list):
        raise wanted.error("a value must be text, a number, true, false, or null")
    if wanted.value is None:
        if set(modifiers) - {"all"}:
            raise wanted.error("null can't have a modifier")
        return lambda record: all(each is None for each in values(record, field))
    passes = _value_test(wanted, modifiers)
    return lambda record: any(each is not None and passes(each) for each in values(record, field))


def _value_test(wanted: Placed, modifiers: list[str]) -> _ValueTest:
    if "re" in modifiers:
        flags = sum(flag for name, flag in _FLAGS.items() if name in modifiers)
        try:
            pattern = expression(_text(wanted, "re"), flags)
        except re.error as why:
            raise wanted.error(f"this isn't a regular expression: {why}") from None
        except SlowExpression as why:
            raise wanted.error(str(why)) from None
        return lambda value: pattern.search(as_text(value)) is not None
    if "cidr" in modifiers:
        try:
            network = ipaddress.ip_network(_text(wanted, "cidr"), strict=False)
        except ValueError:
            raise wanted.error("this isn't a network, such as 203.0.113.0/24") from None
        return lambda value: _is_in(as_text(value), network)
    for name in ("lt", "lte", "gt", "gte"):
        if name in modifiers:
            return _comparison(name.replace("te", "e"), wanted)
    if isinstance(wanted.value, str):
        return _text_test(wanted.value, modifiers)
    text = as_text(wanted.value)
    return _text_test(text.replace("\\", "\\\\"), modifiers)


def _comparison(name: str, wanted: Placed) -> _ValueTest:
    if isinstance(wanted.value, bool) or not isinstance(wanted.value, int | float):
        raise wanted.error(f'"{name}" needs a number')
    compares, bound = getattr(operator, name), wanted.value

    def passes(value: Any) -> bool:
        """Return True for a number within the bound."""
        return isinstance(value, int | float) and not isinstance(value, bool) and bool(compares(value, bound))

    return passes


def _text_test(wanted: str, modifiers: list[str]) -> _ValueTest:
    pieces = _between_wildcards(wanted)
    if "contains" in modifiers or "endswith" in modifiers:
        pieces = ["", *pieces]
    if "contains" in modifiers or "startswith" in modifiers:
        pieces = [*pieces, ""]
    flags = re.DOTALL | (0 if "cased" in modifiers else re.IGNORECASE)
    pattern = re.compile(with_gaps(pieces), flags)
    return lambda value: pattern.fullmatch(as_text(value)) is not None


def _between_wildcards(text: str) -> list[str]:
    r"""Return regular expressions for the pieces between the * in a string; ? is a wildcard as well.

    A wildcard after a backslash is plain.
    """
    found, place = [""], 0
    while place < len(text):
        letter, following = text[place], text[place + 1 : place + 2]
        if letter == "\\" and following in ("*", "?", "\\") and following:
            found[-1] += re.escape(following)
            place += 2
            continue
        if letter == "*":
            found.append("")
        else:
            found[-1] += "." if letter == "?" else re.escape(letter)
        place += 1
    return found


def _is_in(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(text) in network
    except ValueError:
        return False


def _field_reference(field: str, other: str, modifiers: list[str]) -> Test:
    """Return a test of whether a field equals, or contains, the value of another field."""
    compares: Callable[[str, str], bool] = operator.eq
    for name, method in (
        ("contains", operator.contains),
        ("startswith", str.startswith),
        ("endswith", str.endswith),
    ):
        if name in modifiers:
            compares = method
    folded: Callable[[str], str] = str if "cased" in modifiers else str.lower
    return lambda record: any(
        compares(folded(as_text(one)), folded(as_text(two)))
        for one in values(record, field)
        for two in values(record, other)
        if one is not None and two is not None
    )


def _text(wanted: Placed, modifier: str) -> str:
    if not isinstance(wanted.value, str):
        raise wanted.error(f'"{modifier}" needs text')
    return wanted.value
