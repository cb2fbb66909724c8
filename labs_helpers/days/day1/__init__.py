"""Day 1: a neglected account, a posture checker, outsiders who attack it, its own work, and two replays.

    from labs_helpers.days.day1 import begin_anew, outsiders, scan, work     # also Shop, Repository, hunt
    scan(day.cloud)         → Report of Findings: id (a setting's), severity, resource, controls, evidence, fix
    outsiders(day.cloud)    → Attempts: who, what, got_in, because (the setting's id), answer
    work(day.cloud)         → Workday of Outcomes: name, goes_on, gone, answer, story
    begin_anew(day.cloud, "public-bucket")   the setting is as neglected as it was, whatever became of it

Each shows itself as a cell's last value. `outsiders` and `work` take ids: `outsiders(day.cloud, ["public-bucket"])`.
"""

from labs_helpers.days.day1.account import begin_anew
from labs_helpers.days.day1.outsiders import outsiders
from labs_helpers.days.day1.work import work

__all__ = ["begin_anew", "outsiders", "work"]
