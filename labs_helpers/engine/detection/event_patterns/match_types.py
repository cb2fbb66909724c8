"""The match types in patterns, which are compiled into tests of a value.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
A pattern is valid under the same conditions as in AWS's compiler:
https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/JsonRuleCompiler.java
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from labs_helpers.engine.detection.event_patterns.event_fields import Number, Value
from labs_helpers.engine.detection.wildcards import with_gaps

Test = Callable[[Value], bool]
"""A function that returns whether one value in an event matches."""


class InvalidPattern(ValueError):
    """The error for a pattern that AWS rejects. The message is the reason."""


class Absent:
    """The test `{"exists": false}`, which applies to the whole event instead of to one value."""


_LIMIT = Decimal(5_000_000_000)
"""The largest number that is compared as a number; larger ones are compared as strings."""


def test_of(element: Any) -> Test | Absent:
    """Return the test for one element in a pattern field's list. Raises `InvalidPattern` if AWS would reject it."""
    if isinstance(element, Mapping):
        return _expression(element)
    if isinstance(element, list):
        raise InvalidPattern("Match value must be String, number, true, false, or null")
    return _equals(element)


def _equals(wanted: Value) -> Test:
    if isinstance(wanted, Number):
        return lambda value: isinstance(value, Number) and _same(value, wanted)
    if isinstance(wanted, str):
        address = _address(wanted)
        if address is not None:
            return lambda value: isinstance(value, str) and (value == wanted or _address(value) == address)
        return lambda value: isinstance(value, str) and value == wanted
    return lambda value: value is wanted


def _same(one: Number, other: Number) -> bool:
    if one.text == other.text:
        return True
    return abs(one.value) <= _LIMIT and abs(other.value) <= _LIMIT and one.value == other.value


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _expression(element: Mapping[str, Any]) -> Test | Absent:
    if not element:
        raise InvalidPattern("Match expression name not found")
    name, wanted = next(iter(element.items()))
    if name not in _TYPES and name != "exists":
        raise InvalidPattern(f"Unrecognized match type {name}")
    if name == "exists":
        if not isinstance(wanted, bool):
            raise InvalidPattern("exists match pattern must be either true or false.")
        test: Test | Absent = (lambda value: True) if wanted else Absent()
    else:
        test = _TYPES[name](wanted)
    if len(element) > 1:
        raise InvalidPattern("Only one key allowed in match expression")
    return test


def _text(wanted: Any, name: str) -> str:
    if not isinstance(wanted, str):
        raise InvalidPattern(f"{name} match pattern must be a string")
    return wanted


def _of_text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _exactly(wanted: Any) -> Test:
    return _equals(_text(wanted, "exact"))


def _ignoring_case(wanted: Any) -> Test:
    folded = _text(wanted, "equals-ignore-case").lower()
    return _of_text(lambda text: text.lower() == folded)


def _begin(wanted: Any) -> Test:
    return _of_text(_at_an_end(wanted, "prefix", str.startswith))


def _end(wanted: Any) -> Test:
    return _of_text(_at_an_end(wanted, "suffix", str.endswith))


def _at_an_end(wanted: Any, name: str, at_end: Callable[[str, str], bool]) -> Callable[[str], bool]:
    """Return the test for a prefix or suffix, which can be in an object `{"equals-ignore-case": …}`."""
    if isinstance(wanted, Mapping):
        if not wanted or next(iter(wanted)) != "equals-ignore-case":
            raise InvalidPattern(f"Unsupported {name} pattern: {next(iter(wanted), '')}")
        if len(wanted) > 1:
            raise InvalidPattern("Only one key allowed in match expression")
        folded = _text(wanted["equals-ignore-case"], "equals-ignore-case").lower()
        return lambda text: at_end(text.lower(), folded)
    plain = _text(wanted, name)
    return lambda text: at_end(text, plain)


def _wildcard(wanted: Any) -> Test:
    text = _text(wanted, "wildcard")
    pieces, place = [""], 0
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            following = text[place + 1 : place + 2]
            if following not in ("*", "\\"):
                raise InvalidPattern(f"Invalid escape character at pos {place}")
            pieces[-1] += re.escape(following)
            place += 2
            continue
        if letter == "*" and text[place + 1 : place + 2] == "*":
            raise InvalidPattern(f"Consecutive wildcard characters at pos {place}")
        if letter == "*":
            pieces.append("")
        else:
            pieces[-1] += re.escape(letter)
        place += 1
    matcher = re.compile(with_gaps(pieces), re.DOTALL)
    return _of_text(lambda value: matcher.fullmatch(value) is not None)


# Numbers

_COMPARISONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


def _numeric(wanted: Any) -> Test:
    if not isinstance(wanted, list):
        raise InvalidPattern("Value of numeric must be an array.")
    if not wanted or not isinstance(wanted[0], str):
        raise InvalidPattern(f"Invalid member in numeric match: {_shown(wanted[0]) if wanted else ']'}")
    first = _comparison(wanted[0], wanted[1] if len(wanted) > 1 else None)
    if len(wanted) == 2:
        return _of_number(lambda number: first(number))
    if wanted[0] not in (">", ">="):
        raise InvalidPattern("Too many elements in numeric expression")
    if not isinstance(wanted[2], str):
        raise InvalidPattern(f"Bad value in numeric range: {_shown(wanted[2])}")
    if wanted[2] not in ("<", "<="):
        raise InvalidPattern(f"Bad numeric range operator: {wanted[2]}")
    second = _comparison(wanted[2], wanted[3] if len(wanted) > 3 else None)
    if len(wanted) > 4:
        raise InvalidPattern("Too many terms in numeric range expression")
    if wanted[1].value >= wanted[3].value:
        raise InvalidPattern("Bottom must be less than top")
    return _of_number(lambda number: first(number) and second(number))


def _comparison(name: str, bound: Any) -> Callable[[Decimal], bool]:
    if name not in _COMPARISONS:
        raise InvalidPattern(f"Unrecognized numeric range operator: {name}")
    if not isinstance(bound, Number):
        raise InvalidPattern(f"Value of {'equals' if name == '=' else name} must be numeric")
    limit, compares = _limited(bound), _COMPARISONS[name]
    return lambda number: compares(number, limit)


def _limited(number: Number) -> Decimal:
    if abs(number.value) > _LIMIT:
        raise InvalidPattern("Value must be between -5.0E9 and 5.0E9, inclusive")
    return number.value


def _of_number(test: Callable[[Decimal], bool]) -> Test:
    return lambda value: isinstance(value, Number) and abs(value.value) <= _LIMIT and test(value.value)


def _shown(value: Any) -> str:
    return value.text if isinstance(value, Number) else str(value)


# Addresses


def _cidr(wanted: Any) -> Test:
    text = _text(wanted, "prefix")
    if text.count("/") != 1:
        raise InvalidPattern("Malformed CIDR, one '/' required")
    address, bits = text.split("/")
    if not (bits.isascii() and bits.isdigit()):
        raise InvalidPattern("Malformed CIDR, mask bits must be an integer")
    if _address(address) is None:
        raise InvalidPattern(f"Nonstandard IP address: {address}")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise InvalidPattern("Malformed CIDR, mask bits must be an integer in range") from error

    def within(value: str) -> bool:
        """Return True for an address in the network."""
        found = _address(value)
        return found is not None and found.version == network.version and found in network

    return _of_text(within)


# Anything but


def _anything_but(wanted: Any) -> Test:
    if isinstance(wanted, Mapping):
        return _anything_but_expression(wanted)
    if isinstance(wanted, list):
        return _but(wanted)
    if not isinstance(wanted, str | Number):
        raise InvalidPattern("Value of anything-but must be an array or single string/number value.")
    return _but([wanted])


def _but(listed: list[Any]) -> Test:
    """Return the test for any value but those in a list. The list has only strings or only numbers."""
    if any(not isinstance(each, str | Number) for each in listed):
        raise InvalidPattern("Inside anything but list, start|null|boolean is not supported.")
    numbers = [each for each in listed if isinstance(each, Number)]
    for each in numbers:
        _limited(each)
    if not listed or 0 < len(numbers) < len(listed):
        raise InvalidPattern(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    return _none_of([_equals(each) for each in listed])


def _none_of(tests: list[Test]) -> Test:
    return lambda value: not any(test(value) for test in tests)


_BUT = ("prefix", "suffix", "equals-ignore-case", "wildcard")


def _anything_but_expression(wanted: Mapping[str, Any]) -> Test:
    if not wanted:
        raise InvalidPattern("Anything-But expression name not found")
    name, given = next(iter(wanted.items()))
    if name not in _BUT:
        raise InvalidPattern(f"Unsupported anything-but pattern: {name}")
    listed = given if isinstance(given, list) else [given]
    if not listed or any(not isinstance(each, str) for each in listed):
        raise InvalidPattern(f"Inside anything-but/{name} list, number|start|null|boolean is not supported.")
    if "" in listed and name in ("prefix", "suffix"):
        raise InvalidPattern("Null prefix/suffix not allowed")
    if len(wanted) > 1:
        raise InvalidPattern("Only one key allowed in match expression")
    return _none_of([_TYPES[name](each) for each in listed])


_TYPES: Mapping[str, Callable[[Any], Test]] = {
    "exactly": _exactly, "prefix": _begin, "suffix": _end, "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard, "numeric": _numeric, "cidr": _cidr, "anything-but": _anything_but,
}  # fmt: skip
RESERVED = frozenset((*_TYPES, "exists"))
"""The names of match types. In `$or`, an object with such a field name isn't treated as an alternative."""
