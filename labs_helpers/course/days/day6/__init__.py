"""Day 6: a company's blueprint, the code that builds it, and the actors who probe and attack it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.course.days.day6.capstone import Capstone

_HOMES = {
    "Capstone": "labs_helpers.course.days.day6.capstone",
}
__all__ = ["Capstone"]
__getattr__, __dir__ = exported(__name__, _HOMES)
