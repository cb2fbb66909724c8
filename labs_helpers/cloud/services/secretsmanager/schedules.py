"""Rotation schedules: rate() and cron() expressions, and the resulting rotation windows.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_SHORTEST_HOURS, _LONGEST_DAYS = 4, 999
_DAY, _HOUR, _LAST_SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split()
_SEARCHED_DAYS = 2 * 366
"""The number of days that are searched for the next window of a cron() expression."""


class WrongSchedule(ValueError):
    """The error for invalid rotation rules. The message is the reason."""


def check(rules: Mapping[str, Any]) -> None:
    """Raise `WrongSchedule` for rotation rules that Secrets Manager doesn't accept."""
    expression, days = rules.get("ScheduleExpression"), rules.get("AutomaticallyAfterDays")
    if expression and days is not None:
        raise WrongSchedule("You can set AutomaticallyAfterDays or ScheduleExpression, but not both.")
    hours = _duration_hours(rules)
    if hours is not None and not 1 <= hours <= 24:
        raise WrongSchedule("The rotation window must not extend into the next UTC day.")
    if expression:
        every = _rate(expression)
        if every is None:
            next(_window_starts(expression, datetime(2024, 1, 1)), None)
        elif hours is not None and hours * _HOUR > every:
            raise WrongSchedule("The rotation window must not extend into the next rotation window.")


def window_end(rules: Mapping[str, Any], last: datetime) -> datetime | None:
    """Return the end of the window for the next rotation after `last`, or None if the rules contain no schedule."""
    expression, days = rules.get("ScheduleExpression"), rules.get("AutomaticallyAfterDays")
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    every = timedelta(days=days) if days is not None else _rate(expression or "")
    if every is not None:
        # Days begin at midnight, and the hours of a rate are counted from there.
        begins = midnight + every * ((last - midnight) // every + 1)
        by_hour = every < _DAY
    elif expression:
        start = next(_window_starts(expression, last), None)
        if start is None:
            return None
        begins, by_hour = start, not expression[5:].split()[1].isdigit()
    else:
        return None
    hours = _duration_hours(rules)
    if hours is not None:
        return begins + hours * _HOUR - _LAST_SECOND
    ends = begins + _HOUR if by_hour else begins.replace(hour=0) + _DAY
    return ends - _LAST_SECOND


def _duration_hours(rules: Mapping[str, Any]) -> int | None:
    duration = rules.get("Duration")
    return int(duration.removesuffix("h")) if duration else None


def _rate(expression: str) -> timedelta | None:
    """Return the time between rotations, or None if the text isn't a rate() expression. Raises `WrongSchedule`."""
    match = _RATE.fullmatch(expression)
    if match is None:
        return None
    number, unit = int(match[1]), match[2].rstrip("s")
    if (unit == "hour" and number < _SHORTEST_HOURS) or not 1 <= number <= _LONGEST_DAYS:
        raise WrongSchedule(f"{expression} is not valid: a secret can rotate at most every four hours.")
    return timedelta(**{f"{unit}s": number})


def _window_starts(expression: str, after: datetime) -> Iterator[datetime]:
    """Yield the beginnings of the windows of a cron() expression. Raises `WrongSchedule`."""
    fields = _CRON.fullmatch(expression)
    # The minute is 0, the year is `*`, and either the day of the month or the weekday is `?`.
    if fields is None or fields[1] != "0" or fields[6] != "*" or (fields[3] == "?") == (fields[5] == "?"):
        raise WrongSchedule(f"{expression} is not a valid schedule expression.")
    hours = _numbers(fields[2], range(24), [])
    months = _numbers(fields[4], range(1, 13), _MONTHS)
    day = after.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(_SEARCHED_DAYS):
        if day.month in months and _is_day(day, fields[3]) and _is_weekday(day, fields[5]):
            yield from (moment for hour in sorted(hours) if (moment := day.replace(hour=hour)) > after)
        day += _DAY


def _is_day(day: datetime, field: str) -> bool:
    if field == "L":
        return (day + _DAY).month != day.month
    return field in "?*" or day.day in _numbers(field, range(1, 32), [])


def _is_weekday(day: datetime, field: str) -> bool:
    """Return True if the day matches: `2#1` is the first Monday of a month, `6L` its last Friday."""
    if field in "?*":
        return True
    weekday = day.isoweekday() % 7 + 1
    name, mark, number = field.partition("#")
    if mark:
        return weekday in _numbers(name, range(1, 8), _WEEKDAYS) and (day.day - 1) // 7 + 1 == int(number)
    if len(field) > 1 and field.endswith("L"):
        return weekday in _numbers(field[:-1], range(1, 8), _WEEKDAYS) and (day + 7 * _DAY).month != day.month
    return weekday in _numbers(field, range(1, 8), _WEEKDAYS)


def _numbers(field: str, values: range, names: list[str]) -> set[int]:
    """Return the values of a field: `*`, lists, ranges, and steps. Raises `WrongSchedule`."""
    numbers: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = values[0] if first == "*" else _number(first, values, names)
        end = _number(last, values, names) if last else values[-1] if step or first == "*" else start
        every = _number(step, range(1, values[-1] + 1), []) if step else 1
        numbers |= set(range(start, end + 1, every))
    return numbers


def _number(text: str, values: range, names: list[str]) -> int:
    number = values[0] + names.index(text.upper()) if text.upper() in names else None
    if number is None and text.isdigit():
        number = int(text)
    if number is None or number not in values:
        raise WrongSchedule(f"{text} is not valid in a schedule expression.")
    return number
