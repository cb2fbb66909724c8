"""Day 5: readable code for envelope encryption, the incident in part 7, and validation of log files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.course.days.day5 import costs
    from labs_helpers.course.days.day5.envelope import KmsKey, encrypt
    from labs_helpers.course.days.day5.incident import play
    from labs_helpers.course.days.day5.log_validation import validate_logs

_HOMES = {
    "KmsKey": "labs_helpers.course.days.day5.envelope",
    "costs": "labs_helpers.course.days.day5.costs",
    "encrypt": "labs_helpers.course.days.day5.envelope",
    "play": "labs_helpers.course.days.day5.incident",
    "validate_logs": "labs_helpers.course.days.day5.log_validation",
}
__all__ = ["KmsKey", "costs", "encrypt", "play", "validate_logs"]
__getattr__, __dir__ = exported(__name__, _HOMES)
