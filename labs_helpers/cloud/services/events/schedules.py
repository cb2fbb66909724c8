"""The syntax of schedules, such as `rate(5 minutes)` and `cron(0 12 * * ? *)`.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)", re.ASCII)
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_DAYS = "SUN MON TUE WED THU FRI SAT".split()


def is_schedule(text: str) -> bool:
    """Return True if a string is a rate or cron expression."""
    rate = _RATE.fullmatch(text)
    if rate is not None:
        return int(rate[1]) > 0 and (rate[3] == "") == (int(rate[1]) == 1)
    return text.startswith("cron(") and text.endswith(")") and _is_cron(text[5:-1].split())


def _is_cron(fields: list[str]) -> bool:
    """Return True for six fields in their ranges, with "?" in one of the two fields for days."""
    if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
        return False
    minute, hour, day, month, weekday, year = fields
    return (
        _is_field(minute, 0, 59)
        and _is_field(hour, 0, 23)
        and (day in ("?", "L", "LW") or re.fullmatch(r"\d{1,2}W", day) is not None or _is_field(day, 1, 31))
        and _is_field(month, 1, 12, _MONTHS)
        and _is_weekday(weekday)
        and _is_field(year, 1970, 2199)
    )


def _is_weekday(field: str) -> bool:
    special = re.fullmatch(r"([1-7]|[A-Z]{3})?L|([1-7]|[A-Z]{3})#[1-5]", field)
    return field == "?" or special is not None or _is_field(field, 1, 7, _DAYS)


def _is_field(field: str, least: int, most: int, names: list[str] | None = None) -> bool:
    """Return True for a list of values, ranges, and steps between `least` and `most`."""
    return all(_is_part(part, least, most, names or []) for part in field.split(","))


def _is_part(part: str, least: int, most: int, names: list[str]) -> bool:
    value, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
        return False
    if value == "*":
        return True
    ends = value.split("-")
    return len(ends) <= 2 and all(_is_value(each, least, most, names) for each in ends)


def _is_value(text: str, least: int, most: int, names: list[str]) -> bool:
    return text.upper() in names or (text.isascii() and text.isdigit() and least <= int(text) <= most)
