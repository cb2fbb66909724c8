"""Day 4: the people of exercise 4.8, and the landing zone that the day's exercises find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.course.days.day4 import people

_HOMES = {
    "people": "labs_helpers.course.days.day4.people",
}
__all__ = ["people"]
__getattr__, __dir__ = exported(__name__, _HOMES)
