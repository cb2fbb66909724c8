"""Day 4: the landing zone and the people that the exercises need, and two widgets for an organization."""

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
