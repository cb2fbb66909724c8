"""Values that represent all values of a key: one at each bound that a condition names, and one in each gap.

No condition on the key tells two values of the same cell apart, so a question about all numbers, dates, or addresses
can be answered by looking at a few of them.
"""

from __future__ import annotations

import base64
import ipaddress
import itertools
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, localcontext
from fractions import Fraction

from labs_helpers.engine.analysis.contexts import iso
from labs_helpers.engine.policy.conditions import CompiledCondition
from labs_helpers.engine.policy.conditions.dates import instant
from labs_helpers.engine.policy.conditions.ip_addresses import address_range
from labs_helpers.engine.policy.conditions.numbers import number

_DAY = 86_400
_SIZES = {4: 32, 6: 128}
_UNREADABLE = "x"
_NANOSECONDS = 10**9


def cells(kind: str, conditions: Iterable[CompiledCondition]) -> list[str]:
    """Return a value for each cell of a key of this type, given all conditions on it.

    A type that ends in `?` also has values that can't be read as that type: the empty string and another one.
    """
    conditions = list(conditions)
    values = dict.fromkeys(
        value for each in conditions if each.operator.name != "Null" for value in each.values
    )
    unreadable = ["", _UNREADABLE] if kind.endswith("?") else []
    return [*_MAKERS[kind.removesuffix("?")](values), *unreadable]


def _truths(values: Iterable[str]) -> list[str]:
    return ["true", "false"]


def _numbers(values: Iterable[str]) -> list[str]:
    bounds = sorted({read for value in values if (read := number(value)) is not None})
    if not bounds:
        return ["1"]
    with localcontext() as context:
        context.prec = 100
        points = [bounds[0] - 1]
        for low, high in itertools.pairwise(bounds):
            points += [low, (low + high) / 2]
        points += [bounds[-1], bounds[-1] + 1]
        return [_plain(point) for point in points]


def _plain(point: Decimal) -> str:
    """Return a number as text, without an exponent if the text stays short."""
    text = format(point, "f")
    return text if number(text) == point else str(point)


def _dates(values: Iterable[str]) -> list[str]:
    bounds = sorted({read for value in values if (read := instant(value)) is not None})
    if not bounds:
        return ["2030-01-01T00:00:00Z"]
    points = [bounds[0] - _DAY]
    for low, high in itertools.pairwise(bounds):
        points += [low, _between(low, high)]
    return [_moment(point) for point in (*points, bounds[-1], bounds[-1] + _DAY)]


def _between(low: Fraction, high: Fraction) -> Fraction:
    """Return an instant between two others: a whole second if there is one. Dates have at most nine decimals."""
    for unit in (1, _NANOSECONDS):
        middle = Fraction(int((low + high) / 2 * unit), unit)
        if low < middle < high:
            return middle
    return low


def _moment(point: Fraction) -> str:
    if point.denominator == 1:
        text = iso(int(point))
        if instant(text) == point:
            return text
    return format(Decimal(point.numerator) / Decimal(point.denominator), ".9f")


def _addresses(values: Iterable[str]) -> list[str]:
    ranges = [read for value in values if (read := address_range(value)) is not None]
    found = []
    for version, size in _SIZES.items():
        starts = {0}
        for of_version, low, high in ranges:
            if of_version == version:
                starts |= {low, high + 1}
        make: Callable[[int], object] = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        found += [str(make(start)) for start in sorted(starts, reverse=True) if start < 2**size]
    return found


def _bytes(values: Iterable[str]) -> list[str]:
    listed = list(values)
    return [*listed, next(text for text in _encoded() if text not in listed)]


def _encoded() -> Iterator[str]:
    size = 1
    while True:
        yield base64.b64encode(b"x" * size).decode()
        size += 1


_MAKERS: dict[str, Callable[[Iterable[str]], list[str]]] = {
    "Bool": _truths,
    "Numeric": _numbers,
    "Date": _dates,
    "IPAddress": _addresses,
    "Binary": _bytes,
}
