"""DateEquals, DateLessThan, and similar operators, for dates in W3C's ISO 8601 formats or as seconds since 1970.

Variables aren't supported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from labs_helpers.engine.policy.conditions.family import Compiled, Family, Static

_ISO = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?"
)
_EPOCH = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_START = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=512)
def instant(text: str) -> Fraction | None:
    """Return a date as seconds since 1970, or None if it isn't a date.

    Four digits are a year, and a time without a time zone is in UTC.
    """
    text = text.strip()
    iso = _ISO.fullmatch(text)
    if iso:
        return _from_iso(iso)
    return Fraction(text) if _EPOCH.fullmatch(text) else None


def _from_iso(iso: re.Match[str]) -> Fraction | None:
    year, month, day, hour, minute, second = (int(part) if part else None for part in iso.groups()[:6])
    try:
        moment = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=UTC)
    except ValueError:
        return None
    zone = iso.group(8)
    passed = moment - _START
    seconds = Fraction(passed // timedelta(seconds=1))
    if iso.group(7):
        seconds += Fraction(int(iso.group(7)), 10 ** len(iso.group(7)))
    if zone and zone != "Z":
        ahead = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        seconds += -ahead if zone[0] == "+" else ahead
    return seconds


def comparing(compare: Callable[[Fraction, Fraction], bool]) -> Family:
    """Return the operator family that compares a request's date (first argument) with each of the policy's dates."""

    def family(values: list[str], variables: bool) -> Compiled:
        """Compile a test that compares a request's date with these values."""
        wanted = [each for each in map(instant, values) if each is not None]

        def test(value: str) -> bool:
            """Return whether the comparison with one of the policy's dates is true."""
            moment = instant(value)
            return moment is not None and any(compare(moment, each) for each in wanted)

        return Static(test)

    return family
