"""Day 1: a neglected account, a posture checker, outside attackers, the shop's own work, and two replayed breaches.

    from labs_helpers.course.days.day1 import Repository, Shop, begin_anew, from_outside, outsiders, scan, story, work
    scan(day.cloud)         → Report of Findings: id (a setting's), severity, resource, controls, evidence, fix
    outsiders(day.cloud)    → Attempts: who, what, got_in, because (the setting's ID), answer
    work(day.cloud)         → Workday of Outcomes: name, goes_on, gone, answer, story
    begin_anew(day.cloud, "public-bucket")   return one setting to its neglected state

    Shop(day.cloud).visit("/preview?url=http://169.254.169.254/…")   the SSRF hole; steal(shop): the role's keys or None
    Repository(day.cloud)   .log(), .files(), .show(commit), .leaks() → Leaks: commit, path, line, key_id, keys
    story(day.cloud, access_key_id)   the event history of one access key
    olivias_phone(day.cloud).two_codes()   the two codes that EnableMFADevice requires
    with from_outside(day.cloud):     calls come from the thief's address

Each result displays itself when it is a cell's last value. `outsiders` and `work` accept setting IDs:
`outsiders(day.cloud, ["public-bucket"])`.
"""

from labs_helpers.course.days.day1.account import begin_anew, olivias_phone
from labs_helpers.course.days.day1.incidents import incidents, play, played
from labs_helpers.course.days.day1.outsiders import outsiders
from labs_helpers.course.days.day1.posture import scan
from labs_helpers.course.days.day1.repository import Repository
from labs_helpers.course.days.day1.responsibility import blank_card, the_line
from labs_helpers.course.days.day1.story import story
from labs_helpers.course.days.day1.webapp import Shop, from_outside, steal
from labs_helpers.course.days.day1.work import work

__all__ = [
    "Repository",
    "Shop",
    "begin_anew",
    "blank_card",
    "from_outside",
    "incidents",
    "olivias_phone",
    "outsiders",
    "play",
    "played",
    "scan",
    "steal",
    "story",
    "the_line",
    "work",
]
