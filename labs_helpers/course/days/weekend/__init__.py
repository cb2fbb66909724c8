"""Weekend: records by different callers, the rules that learners write, and the attack at 02:14."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.course.days.weekend.callers import lineup
    from labs_helpers.course.days.weekend.incident import night
    from labs_helpers.course.days.weekend.record_lanes import night_lanes
    from labs_helpers.course.days.weekend.rule_pack import RulePack, alarms

_HOMES = {
    "RulePack": "labs_helpers.course.days.weekend.rule_pack",
    "alarms": "labs_helpers.course.days.weekend.rule_pack",
    "lineup": "labs_helpers.course.days.weekend.callers",
    "night": "labs_helpers.course.days.weekend.incident",
    "night_lanes": "labs_helpers.course.days.weekend.record_lanes",
}
__all__ = ["RulePack", "alarms", "lineup", "night", "night_lanes"]
__getattr__, __dir__ = exported(__name__, _HOMES)
